// SPDX-License-Identifier: BSL-1.0
// expect: einsum: a letter of the result stands in no operand, or twice after ->
// expect: einsum(W, x)
// expect: einsum_with_unknown_result.cpp:15:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto W = param<"W", 10, 784>;

#ifdef POSITIVE_TWIN
constexpr auto right = einsum<"ij,j->i">(W, x);
#else
constexpr auto wrong = einsum<"ij,j->k">(W, x);
#endif
