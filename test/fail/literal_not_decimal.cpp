// SPDX-License-Identifier: BSL-1.0
// expect: a literal like 0.5_c or 1e-3_c is a decimal number: write constant<...>
// expect: literal_not_decimal.cpp:13:
#include "fusegrad/expr/expression.hpp"
#include "fusegrad/expr/literals.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
#ifdef POSITIVE_TWIN
constexpr auto right = 0.5_c * x;
#else
constexpr auto wrong = 0x10_c * x;
#endif
