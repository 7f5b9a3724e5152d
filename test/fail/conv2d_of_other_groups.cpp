// SPDX-License-Identifier: BSL-1.0
// expect: conv2d<stride, padding, dilation, groups>: channels and outputs must be multiples of the groups
// expect: extents<4, 8, 8>
// expect: conv2d_of_other_groups.cpp:15:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto image = input<"image", 4, 8, 8>;
constexpr auto K = param<"K", 6, 2, 3, 3>;

#ifdef POSITIVE_TWIN
constexpr auto right = conv2d<1, 0, 1, 2>(image, K);
#else
constexpr auto wrong = conv2d<1, 0, 1, 4>(image, K);
#endif
