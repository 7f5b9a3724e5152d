// SPDX-License-Identifier: BSL-1.0
// expect: a value has more than six axes
// expect: hessian_of_seven_axes.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto w = param<"w", 2, 2, 2>;
constexpr auto T = param<"T", 2, 2, 2, 2>;

#ifdef POSITIVE_TWIN
constexpr auto right = hessian(sum(square(w)), w);
#else
constexpr auto wrong = hessian(sum(square(T)), T);
#endif
