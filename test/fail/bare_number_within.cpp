// SPDX-License-Identifier: BSL-1.0
// expect: a bare number cannot stand in a formula: write constant<2> * x instead of 2 * x, or 2_c
// expect: bare_number_within.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto r = input<"r">;
constexpr auto s = param<"s">;

#ifdef POSITIVE_TWIN
constexpr auto right = -log(constant<1> / (exp(s) * (constant<1> + square(r))));
#else
constexpr auto wrong = -log(constant<1> / (exp(s) * (1 + square(r))));
#endif
