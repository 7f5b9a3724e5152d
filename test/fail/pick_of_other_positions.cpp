// SPDX-License-Identifier: BSL-1.0
// expect: v[y] with several labels: v is one vector, or its axes before the last end with those of y
// expect: scores[words]
// expect: extents<11, 1000>
// expect: extents<12>
// expect: pick_of_other_positions.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto words = label<"words", 1000, 12>;
constexpr auto scores = param<"scores", 11, 1000>;

#ifdef POSITIVE_TWIN
constexpr auto right = scores[slice<0, 1, 12>(words)];
#else
constexpr auto wrong = scores[words];
#endif
