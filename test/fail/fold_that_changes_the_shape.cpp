// SPDX-License-Identifier: BSL-1.0
// expect: fold and scan: the body must keep the shape of the carry
// expect: carry(b)
// expect: extents<>
// expect: extents<3>
// expect: fold_that_changes_the_shape.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 5, 3>;
constexpr auto b = param<"b">;

#ifdef POSITIVE_TWIN
constexpr auto right = fold([](auto v, auto e) { return v + sum(e); }, b, x);
#else
constexpr auto wrong = fold([](auto v, auto e) { return v + e; }, b, x);
#endif
