// SPDX-License-Identifier: BSL-1.0
// expect: a loss must be a scalar per row: reduce it with sum or mean
// expect: grad(W * x, W)
// expect: extents<10>
// expect: gradient_of_vector.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = grad(mean(W * x), W);
#else
constexpr auto wrong = grad(W * x, W);
#endif
