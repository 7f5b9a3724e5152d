// SPDX-License-Identifier: BSL-1.0
// expect: v[y] picks the class that a label names: y is label<"y", classes>, not a number
// expect: bare_index.cpp:14:
#include "fusegrad/expr/trace.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;

#ifdef POSITIVE_TWIN
constexpr auto right = x[label<"y", 4>];
#else
constexpr auto wrong = x[2];
#endif
