// SPDX-License-Identifier: BSL-1.0
// expect: the shapes of the operands do not match: equal extents, 1 or a missing axis are needed
// expect: x, b
// expect: extents<784>
// expect: extents<10>
// expect: trace_of_two_shapes.cpp:19:
#include "fusegrad/expr/trace.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto b = param<"b", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = trace([](auto u, auto v) { return 2 * u + v; }, x, x);
#else
constexpr auto wrong = trace([](auto u, auto v) { return 2 * u + v; }, x, b);
#endif
