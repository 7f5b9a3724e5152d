// SPDX-License-Identifier: BSL-1.0
// expect: an extent of a symbol is a number from 1 to 2097151
// expect: symbol_of_negative_extent.cpp:11:
#include "fusegrad/expr/symbol.hpp"

using namespace fusegrad;

#ifdef POSITIVE_TWIN
constexpr auto w = param<"w", 3, 4>;
#else
constexpr auto w = param<"w", 3, -4>;
#endif
