// SPDX-License-Identifier: BSL-1.0
// expect: a comparison is no number: use where(condition, a, b)
// expect: b * (0 < b)
// expect: extents<10>
// expect: comparison_as_number.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = where(b > constant<0>, b, constant<0>);
#else
constexpr auto wrong = b * (b > constant<0>);
#endif
