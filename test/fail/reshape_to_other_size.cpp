// SPDX-License-Identifier: BSL-1.0
// expect: reshape must keep the number of elements
// expect: x"
// expect: extents<784>
// expect: extents<28, 29>
// expect: reshape_to_other_size.cpp:19:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = reshape<28, 28>(x);
#else
constexpr auto wrong = reshape<28, 29>(x);
#endif
