// SPDX-License-Identifier: BSL-1.0
// expect: the shapes of the operands do not match: equal extents, 1 or a missing axis are needed
// expect: [t]
// expect: extents<10>
// expect: extents<12>
// expect: cross_entropy_of_other_target.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto z = input<"z", 10>;
constexpr auto t = target<"t", 12>;

#ifdef POSITIVE_TWIN
constexpr auto right = cross_entropy(z, softmax(z));
#else
constexpr auto wrong = cross_entropy(z, t);
#endif
