// SPDX-License-Identifier: BSL-1.0
// expect: matrix product: the inner extents of the operands differ
// expect: x, b
// expect: extents<784>
// expect: extents<10>
// expect: dot_of_two_lengths.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = dot(x, x);
#else
constexpr auto wrong = dot(x, b);
#endif
