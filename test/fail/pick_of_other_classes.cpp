// SPDX-License-Identifier: BSL-1.0
// expect: v[y]: the last extent of v differs from the number of classes of the label
// expect: x[y]
// expect: extents<784>
// expect: extents<10>
// expect: pick_of_other_classes.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = b[y];
#else
constexpr auto wrong = x[y];
#endif
