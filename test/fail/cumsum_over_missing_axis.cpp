// SPDX-License-Identifier: BSL-1.0
// expect: the operand has no such axis
// expect: cumsum(W)
// expect: extents<10, 784>
// expect: cumsum_over_missing_axis.cpp:16:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto W = param<"W", 10, 784>;

#ifdef POSITIVE_TWIN
constexpr auto right = cumsum<1>(W);
#else
constexpr auto wrong = cumsum<2>(W);
#endif
