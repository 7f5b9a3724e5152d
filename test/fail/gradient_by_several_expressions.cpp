// SPDX-License-Identifier: BSL-1.0
// expect: grad(loss, w): w must be a parameter (or another real symbol) that the loss contains
// expect: grad(sum(W * x + b), W * x)
// expect: extents<10>
// expect: gradient_by_several_expressions.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = grad(sum(W * x + b), W, b);
#else
constexpr auto wrong = grad(sum(W * x + b), b, W* x);
#endif
