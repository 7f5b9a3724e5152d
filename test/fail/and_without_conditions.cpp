// SPDX-License-Identifier: BSL-1.0
// expect: where(c, a, b), c && d, c || d, !c, any(c): c and d must be comparisons such as x > y
// expect: x && w
// expect: extents<4>
// expect: and_without_conditions.cpp:15:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;
#ifdef POSITIVE_TWIN
constexpr auto right = where(x > w && !(w > x), x, w);
#else
constexpr auto wrong = x && w;
#endif
