// SPDX-License-Identifier: BSL-1.0
// expect: v must be a vector of n * (n + 1) / 2 elements
// expect: packed"
// expect: extents<6>
// expect: extents<10>
// expect: triangle_of_other_length.cpp:20:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto m = input<"m", 2, 3>;
constexpr auto image = input<"image", 3, 8, 8>;
constexpr auto W = param<"W", 6, 3, 5, 5>;
constexpr auto packed = param<"packed", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = lower_triangular<3>(packed);
#else
constexpr auto wrong = lower_triangular<4>(packed);
#endif
