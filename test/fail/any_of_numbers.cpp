// SPDX-License-Identifier: BSL-1.0
// expect: any(c): c and d must be comparisons such as x > y
// expect: any(x)
// expect: extents<784>
// expect: any_of_numbers.cpp:16:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto W = param<"W", 10, 784>;

#ifdef POSITIVE_TWIN
constexpr auto right = any(x > constant<0>);
#else
constexpr auto wrong = any(x);
#endif
