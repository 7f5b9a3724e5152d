// SPDX-License-Identifier: BSL-1.0
// expect: matrix product: the inner extents of the operands differ
// expect: attention(q, k, k)
// expect: extents<6, 8>
// expect: extents<6, 4>
// expect: attention_of_other_width.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto q = input<"q", 6, 8>;
constexpr auto k = input<"k", 6, 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = attention(q, q, k);
#else
constexpr auto wrong = attention(q, k, k);
#endif
