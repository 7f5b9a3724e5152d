// SPDX-License-Identifier: BSL-1.0
// expect: a value has more than six axes
// expect: outer(
// expect: outer_of_seven_axes.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto T = param<"T", 2, 2, 2, 2>;

#ifdef POSITIVE_TWIN
constexpr auto right = outer(T, sum<0, 1>(T));
#else
constexpr auto wrong = outer(T, sum<0>(T));
#endif
