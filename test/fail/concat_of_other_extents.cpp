// SPDX-License-Identifier: BSL-1.0
// expect: differ beside the axis along which they are put
// expect: m
// expect: packed
// expect: extents<2, 3>
// expect: extents<6>
// expect: concat_of_other_extents.cpp:21:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto m = input<"m", 2, 3>;
constexpr auto image = input<"image", 3, 8, 8>;
constexpr auto W = param<"W", 6, 3, 5, 5>;
constexpr auto packed = param<"packed", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = concat<0>(m, m);
#else
constexpr auto wrong = concat<0>(m, packed);
#endif
