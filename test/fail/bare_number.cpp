// SPDX-License-Identifier: BSL-1.0
// expect: a bare number cannot stand in a formula: write constant<2> * x instead of 2 * x, or 2_c
// expect: bare_number.cpp:16:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = constant<2> * x;
#else
constexpr auto wrong = 2 * x;
#endif
