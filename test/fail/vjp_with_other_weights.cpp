// SPDX-License-Identifier: BSL-1.0
// expect: jvp(f, x, v) and hvp(loss, w, v): the direction has the shape of the symbol;
// expect: vjp(W * x, W, x)
// expect: vjp_with_other_weights.cpp:15:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto W = param<"W", 2, 3>;

#ifdef POSITIVE_TWIN
constexpr auto right = vjp(W * x, W, exp(W* x));
#else
constexpr auto wrong = vjp(W * x, W, x);
#endif
