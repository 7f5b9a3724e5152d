// SPDX-License-Identifier: BSL-1.0
// expect: the lambda of a trace captures something: give formulas as arguments, numbers as literals
// expect: trace_with_capture.cpp:14:
#include "fusegrad/expr/trace.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = trace([](auto a) { return 2 * a; }, x);
#else
constexpr auto wrong = trace([number = 2](auto a) { return number * a; }, x);
#endif
