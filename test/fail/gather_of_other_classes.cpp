// SPDX-License-Identifier: BSL-1.0
// expect: gather(t, y): a table must have one element for each class of the label along the axis
// expect: gather(T, y)
// expect: extents<16, 10>
// expect: extents<10>
// expect: gather_of_other_classes.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto T = param<"T", 16, 10>;
constexpr auto y = label<"y", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = gather<1>(T, y);
#else
constexpr auto wrong = gather(T, y);
#endif
