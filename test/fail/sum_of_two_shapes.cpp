// SPDX-License-Identifier: BSL-1.0
// expect: the shapes of the operands do not match: equal extents, 1 or a missing axis are needed
// expect: wrong_formula<
// expect: x + b
// expect: extents<784>
// expect: extents<10>
// expect: sum_of_two_shapes.cpp:20:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = x + x;
#else
constexpr auto wrong = x + b;
#endif
