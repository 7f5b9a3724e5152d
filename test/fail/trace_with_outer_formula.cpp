// SPDX-License-Identifier: BSL-1.0
// expect: the lambda of a trace uses a formula from outside: give it as an argument
// expect: trace_with_outer_formula.cpp:14:
#include "fusegrad/expr/trace.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = trace([](auto a, auto b) { return a * b; }, x, w);
#else
constexpr auto wrong = trace([](auto a) { return a * w; }, x);
#endif
