// SPDX-License-Identifier: BSL-1.0
// expect: an extent of a symbol is a number from 1 to 2097151
// expect: symbol_that_is_too_long.cpp:11:
#include "fusegrad/expr/symbol.hpp"

using namespace fusegrad;

#ifdef POSITIVE_TWIN
constexpr auto x = input<"x", 2097151>;
#else
constexpr auto x = input<"x", 2097152>;
#endif
