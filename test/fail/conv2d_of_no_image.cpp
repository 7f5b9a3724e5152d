// SPDX-License-Identifier: BSL-1.0
// expect: the image is [channels, height, width]
// expect: extents<784>
// expect: extents<6, 3, 5, 5>
// expect: conv2d_of_no_image.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto m = input<"m", 2, 3>;
constexpr auto image = input<"image", 3, 8, 8>;
constexpr auto W = param<"W", 6, 3, 5, 5>;
constexpr auto packed = param<"packed", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = conv2d<1, 2>(image, W);
#else
constexpr auto wrong = conv2d<1, 2>(x, W);
#endif
