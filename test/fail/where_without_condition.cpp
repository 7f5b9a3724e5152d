// SPDX-License-Identifier: BSL-1.0
// expect: where(c, a, b), c && d, c || d, !c, any(c): c and d must be comparisons such as x > y
// expect: where(b, b, b)
// expect: extents<10>
// expect: where_without_condition.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = where(b < b, b, b);
#else
constexpr auto wrong = where(b, b, b);
#endif
