// SPDX-License-Identifier: BSL-1.0
// expect: einsum: the letters of operands are separated by commas, those of the result follow ->
// expect: einsum_of_ellipsis.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto W = param<"W", 10, 784>;

#ifdef POSITIVE_TWIN
constexpr auto right = einsum<"ij,j->i">(W, x);
#else
constexpr auto wrong = einsum<"...j,j->...">(W, x);
#endif
