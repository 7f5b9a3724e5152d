// SPDX-License-Identifier: BSL-1.0
// expect: embedding(table, y): the table must have one row for each class of the label y
// expect: embedding(T, y)
// expect: extents<16, 10>
// expect: extents<10>
// expect: embedding_of_other_classes.cpp:17:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto T = param<"T", 16, 10>;
constexpr auto y = label<"y", 10>;

#ifdef POSITIVE_TWIN
constexpr auto right = embedding(transpose(T), y);
#else
constexpr auto wrong = embedding(T, y);
#endif
