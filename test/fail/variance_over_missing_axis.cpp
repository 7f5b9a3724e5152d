// SPDX-License-Identifier: BSL-1.0
// expect: the operand has no such axis
// expect: variance(x)
// expect: extents<784>
// expect: variance_over_missing_axis.cpp:16:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto W = param<"W", 10, 784>;

#ifdef POSITIVE_TWIN
constexpr auto right = variance<0>(x);
#else
constexpr auto wrong = variance<1>(x);
#endif
