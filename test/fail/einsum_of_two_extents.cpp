// SPDX-License-Identifier: BSL-1.0
// expect: einsum: one letter stands for axes of two extents
// expect: einsum(W, x)
// expect: extents<10>
// expect: extents<784>
// expect: einsum_of_two_extents.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto W = param<"W", 10, 784>;

#ifdef POSITIVE_TWIN
constexpr auto right = einsum<"ij,j->i">(W, x);
#else
constexpr auto wrong = einsum<"ij,i->j">(W, x);
#endif
