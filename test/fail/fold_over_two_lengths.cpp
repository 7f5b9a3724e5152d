// SPDX-License-Identifier: BSL-1.0
// expect: fold and scan: the values whose elements are taken need a first axis of one extent
// expect: extents<5, 3>
// expect: extents<4>
// expect: fold_over_two_lengths.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 5, 3>;
constexpr auto w = param<"w", 4>;
constexpr auto body = [](auto v, auto e, auto f) { return v + sum(e) * f; };

#ifdef POSITIVE_TWIN
constexpr auto right = fold(body, constant<0>, x, param<"v", 5>);
#else
constexpr auto wrong = fold(body, constant<0>, x, w);
#endif
