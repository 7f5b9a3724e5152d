// SPDX-License-Identifier: BSL-1.0
// expect: the image has another number of channels than the weights
// expect: extents<2, 8, 8>
// expect: extents<6, 3, 5, 5>
// expect: conv2d_of_other_channels.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto m = input<"m", 2, 3>;
constexpr auto image = input<"image", 3, 8, 8>;
constexpr auto W = param<"W", 6, 3, 5, 5>;
constexpr auto packed = param<"packed", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = conv2d(image, W);
#else
constexpr auto wrong = conv2d(slice<0, 0, 2>(image), W);
#endif
