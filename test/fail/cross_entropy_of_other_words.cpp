// SPDX-License-Identifier: BSL-1.0
// expect: v[y] with several labels: v is one vector, or its axes before the last end with those of y
// expect: extents<12, 50>
// expect: extents<11>
// expect: cross_entropy_of_other_words.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto words = label<"words", 50, 12>;
constexpr auto E = param<"E", 50, 8>;
constexpr auto W = param<"W", 8, 50>;
constexpr auto next = slice<0, 1, 12>(words);

#ifdef POSITIVE_TWIN
constexpr auto right = cross_entropy(embedding(E, slice<0, 0, 11>(words)) * W, next);
#else
constexpr auto wrong = cross_entropy(embedding(E, words) * W, next);
#endif
