// SPDX-License-Identifier: BSL-1.0
// expect: 0 <= start < stop <= extent
// expect: x"
// expect: extents<784>
// expect: slice_beyond_the_end.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto m = input<"m", 2, 3>;
constexpr auto image = input<"image", 3, 8, 8>;
constexpr auto W = param<"W", 6, 3, 5, 5>;
constexpr auto packed = param<"packed", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = slice<0, 780, 784>(x);
#else
constexpr auto wrong = slice<0, 780, 785>(x);
#endif
