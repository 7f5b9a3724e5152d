// SPDX-License-Identifier: BSL-1.0
// expect: jvp, vjp and jacobian differentiate by a parameter (or another real symbol)
// expect: jacobian(W * x, exp(x))
// expect: jacobian_by_expression.cpp:15:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto W = param<"W", 2, 3>;

#ifdef POSITIVE_TWIN
constexpr auto right = jacobian(W * x, x);
#else
constexpr auto wrong = jacobian(W * x, exp(x));
#endif
