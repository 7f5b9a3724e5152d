// SPDX-License-Identifier: BSL-1.0
// expect: embedding(table, y): the table must have one row for each class of the label y
// expect: embedding(E, words[:11])
// expect: extents<800, 32>
// expect: extents<1000>
// expect: embedding_of_other_words.cpp:18:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto words = label<"words", 1000, 12>;
constexpr auto before = slice<0, 0, 11>(words);
constexpr auto E = param<"E", 800, 32>;

#ifdef POSITIVE_TWIN
constexpr auto right = embedding(param<"E", 1000, 32>, before);
#else
constexpr auto wrong = embedding(E, before);
#endif
