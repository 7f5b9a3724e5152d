// SPDX-License-Identifier: BSL-1.0
// expect: a label has at least one class
// expect: label_without_class.cpp:11:
#include "fusegrad/expr/symbol.hpp"

using namespace fusegrad;

#ifdef POSITIVE_TWIN
constexpr auto y = label<"y", 1>;
#else
constexpr auto y = label<"y", 0>;
#endif
