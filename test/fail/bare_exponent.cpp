// SPDX-License-Identifier: BSL-1.0
// expect: the exponent is a part of the formula: write pow<2>(x) instead of pow(x, 2)
// expect: bare_exponent.cpp:14:
#include "fusegrad/expr/trace.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = pow<2>(x);
#else
constexpr auto wrong = pow(x, 2);
#endif
