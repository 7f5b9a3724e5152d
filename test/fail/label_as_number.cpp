// SPDX-License-Identifier: BSL-1.0
// expect: a label is a class, not a number: use v[y] or one_hot(y), or declare it as target<"y">
// expect: b - y
// expect: extents<10>
// expect: label_as_number.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = b - one_hot(y);
#else
constexpr auto wrong = b - y;
#endif
