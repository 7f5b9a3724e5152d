// SPDX-License-Identifier: BSL-1.0
// expect: a bare number cannot stand in a formula: write constant<2> * x instead of 2 * x, or 2_c
// expect: bare_number_in_max.cpp:14:
#include "fusegrad/expr/trace.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = max(x, constant<0>);
#else
constexpr auto wrong = max(x, 0);
#endif
