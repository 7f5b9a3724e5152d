// SPDX-License-Identifier: BSL-1.0
// expect: and fit into the padded image
// expect: image"
// expect: extents<3, 8, 8>
// expect: extents<9, 8>
// expect: window_larger_than_image.cpp:20:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto m = input<"m", 2, 3>;
constexpr auto image = input<"image", 3, 8, 8>;
constexpr auto W = param<"W", 6, 3, 5, 5>;
constexpr auto packed = param<"packed", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = windows<8, 8>(image);
#else
constexpr auto wrong = windows<9, 8>(image);
#endif
