// SPDX-License-Identifier: BSL-1.0
// expect: a bare number cannot stand in a formula: write constant<2> * x instead of 2 * x, or 2_c
// expect: bare_number_on_the_right.cpp:14:
#include "fusegrad/expr/trace.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = x - constant<1>;
#else
constexpr auto wrong = x - 1.;
#endif
