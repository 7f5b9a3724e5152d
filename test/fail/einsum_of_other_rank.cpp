// SPDX-License-Identifier: BSL-1.0
// expect: einsum: an operand has another number of axes than letters
// expect: einsum(W, x)
// expect: extents<784>
// expect: extents<2>
// expect: einsum_of_other_rank.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto W = param<"W", 10, 784>;

#ifdef POSITIVE_TWIN
constexpr auto right = einsum<"ij,j->i">(W, x);
#else
constexpr auto wrong = einsum<"ij,jk->ik">(W, x);
#endif
