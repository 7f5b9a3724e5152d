// SPDX-License-Identifier: BSL-1.0
// expect: a literal like 0.5_c has digits and one point only: write constant<...>
// expect: literal_with_exponent.cpp:13:
#include "fusegrad/expr/expression.hpp"
#include "fusegrad/expr/literals.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
#ifdef POSITIVE_TWIN
constexpr auto right = 0.5_c * x;
#else
constexpr auto wrong = 1e5_c * x;
#endif
