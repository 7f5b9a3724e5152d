// SPDX-License-Identifier: BSL-1.0
// expect: v[y] and one_hot(y) need a label: write label<"y", classes>
// expect: b[t]
// expect: extents<10>
// expect: pick_by_number.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = b[y];
#else
constexpr auto wrong = b[target<"t">];
#endif
