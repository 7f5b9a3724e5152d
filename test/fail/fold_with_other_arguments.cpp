// SPDX-License-Identifier: BSL-1.0
// expect: fold and scan: the body takes the carries, then one element of each axis, then the number of the step if it wants it
// expect: fold_with_other_arguments.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 5>;
constexpr auto a = param<"a">;

#ifdef POSITIVE_TWIN
constexpr auto right = fold([](auto v, auto e) { return v * e; }, a, x);
#else
constexpr auto wrong = fold([](auto v) { return v + v; }, a, x);
#endif
