// SPDX-License-Identifier: BSL-1.0
// expect: the operand has no such axis
// expect: W"
// expect: extents<10, 784>
// expect: sum_over_missing_axis.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = sum<1>(W);
#else
constexpr auto wrong = sum<2>(W);
#endif
