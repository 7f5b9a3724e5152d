// SPDX-License-Identifier: BSL-1.0
// expect: einsum: the letters are those of another number of operands than are given
// expect: einsum_of_too_few.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto W = param<"W", 10, 784>;

#ifdef POSITIVE_TWIN
constexpr auto right = einsum<"ij,j->i">(W, x);
#else
constexpr auto wrong = einsum<"ij,j->i">(W);
#endif
