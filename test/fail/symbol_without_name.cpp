// SPDX-License-Identifier: BSL-1.0
// expect: a symbol has a name
// expect: symbol_without_name.cpp:11:
#include "fusegrad/expr/symbol.hpp"

using namespace fusegrad;

#ifdef POSITIVE_TWIN
constexpr auto x = input<"x", 3>;
#else
constexpr auto x = input<"", 3>;
#endif
