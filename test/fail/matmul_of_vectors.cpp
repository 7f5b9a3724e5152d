// SPDX-License-Identifier: BSL-1.0
// expect: matrix product: one operand must be a matrix, the other a matrix or a vector
// expect: x * x
// expect: extents<784>
// expect: matmul_of_vectors.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = matmul(W, x);
#else
constexpr auto wrong = matmul(x, x);
#endif
