// SPDX-License-Identifier: BSL-1.0
// expect: fold<n> and scan<n>: n must be 1 or more, a body is computed at least once
// expect: fold_of_no_step.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto w = param<"w", 4>;
constexpr auto body = [](auto v) { return sin(v); };

#ifdef POSITIVE_TWIN
constexpr auto right = fold<1>(body, w);
#else
constexpr auto wrong = fold<0>(body, w);
#endif
