// SPDX-License-Identifier: BSL-1.0
// expect: a bare number cannot stand in a formula: write constant<2> * x instead of 2 * x, or 2_c
// expect: bare_number_in_where.cpp:14:
#include "fusegrad/expr/trace.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = where(x > constant<0>, x, constant<0>);
#else
constexpr auto wrong = where(x > constant<0>, x, 0);
#endif
