// SPDX-License-Identifier: BSL-1.0
// expect: the operand has no element of this index
// expect: m"
// expect: extents<2, 3>
// expect: take_of_missing_element.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto m = input<"m", 2, 3>;
constexpr auto image = input<"image", 3, 8, 8>;
constexpr auto W = param<"W", 6, 3, 5, 5>;
constexpr auto packed = param<"packed", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = take<1, 2, 0, 0>(m);
#else
constexpr auto wrong = take<1, 2, 0, 3>(m);
#endif
