// SPDX-License-Identifier: BSL-1.0
// expect: jvp(f, x, v) and hvp(loss, w, v): the direction has the shape of the symbol;
// expect: jvp(W * x, x, W)
// expect: extents<3>
// expect: jvp_along_other_shape.cpp:16:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto W = param<"W", 2, 3>;

#ifdef POSITIVE_TWIN
constexpr auto right = jvp(W * x, x, x);
#else
constexpr auto wrong = jvp(W * x, x, W);
#endif
