// SPDX-License-Identifier: BSL-1.0
// expect: jvp(f, x, v) and hvp(loss, w, v): the direction has the shape of the symbol;
// expect: hvp_along_other_shape.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto W = param<"W", 2, 3>;

#ifdef POSITIVE_TWIN
constexpr auto right = hvp(sum(W * x), W, W);
#else
constexpr auto wrong = hvp(sum(W * x), W, x);
#endif
