// SPDX-License-Identifier: BSL-1.0
// expect: multi_head_attention<heads>: the width of queries, keys and values is no multiple of the heads
// expect: attention_of_other_heads.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 5, 8>;
constexpr auto W = param<"W", 8, 8>;

#ifdef POSITIVE_TWIN
constexpr auto right = multi_head_attention<4>(x, x, x, W, W, W, W);
#else
constexpr auto wrong = multi_head_attention<3>(x, x, x, W, W, W, W);
#endif
