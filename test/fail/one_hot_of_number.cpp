// SPDX-License-Identifier: BSL-1.0
// expect: v[y] and one_hot(y) need a label: write label<"y", classes>
// expect: one_hot(t)
// expect: one_hot_of_number.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = one_hot(y);
#else
constexpr auto wrong = one_hot(target<"t">);
#endif
