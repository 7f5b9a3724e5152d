// SPDX-License-Identifier: BSL-1.0
// expect: the shapes of the operands do not match: equal extents, 1 or a missing axis are needed
// expect: x"
// expect: extents<3>
// expect: extents<3, 2>
// expect: broadcast_to_other_shape.cpp:15:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
#ifdef POSITIVE_TWIN
constexpr auto right = broadcast_to<2, 3>(x);
#else
constexpr auto wrong = broadcast_to<3, 2>(x);
#endif
