// SPDX-License-Identifier: BSL-1.0
// expect: a label is a class, not a number: use v[y] or one_hot(y), or declare it as target<"y">
// expect: words_as_numbers.cpp:13:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto words = label<"words", 50, 12>;

#ifdef POSITIVE_TWIN
constexpr auto right = sum(one_hot(words));
#else
constexpr auto wrong = sum(words);
#endif
