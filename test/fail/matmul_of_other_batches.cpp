// SPDX-License-Identifier: BSL-1.0
// expect: the shapes of the operands do not match: equal extents, 1 or a missing axis are needed
// expect: A * B
// expect: extents<2, 4, 3>
// expect: extents<5, 3, 4>
// expect: matmul_of_other_batches.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto A = input<"A", 2, 4, 3>;
constexpr auto B = param<"B", 5, 3, 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = matmul(A, sum<0>(B));
#else
constexpr auto wrong = matmul(A, B);
#endif
