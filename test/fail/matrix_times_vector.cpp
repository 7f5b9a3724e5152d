// SPDX-License-Identifier: BSL-1.0
// expect: matrix product: the inner extents of the operands differ
// expect: W * b
// expect: extents<10, 784>
// expect: extents<10>
// expect: matrix_times_vector.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = W * x;
#else
constexpr auto wrong = W * b;
#endif
