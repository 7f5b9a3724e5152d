// SPDX-License-Identifier: BSL-1.0
// expect: zeros cannot be fewer than none
// expect: m"
// expect: extents<2, 3>
// expect: pad_by_less_than_nothing.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto m = input<"m", 2, 3>;
constexpr auto image = input<"image", 3, 8, 8>;
constexpr auto W = param<"W", 6, 3, 5, 5>;
constexpr auto packed = param<"packed", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = pad<1, 0, 1>(m);
#else
constexpr auto wrong = pad<1, 0, -1>(m);
#endif
