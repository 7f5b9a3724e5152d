// SPDX-License-Identifier: BSL-1.0
// expect: one symbol is used with two different shapes or roles
// expect: "w"
// expect: symbol_with_two_shapes.cpp:18:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
#ifdef POSITIVE_TWIN
constexpr auto other = param<"other", 2>;
#else
constexpr auto other = param<"w", 2>;
#endif
constexpr auto loss = dot(w, x) + sum(other);

const auto model = initialise<loss>(1);
