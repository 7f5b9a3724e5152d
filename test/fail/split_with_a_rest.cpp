// SPDX-License-Identifier: BSL-1.0
// expect: split<parts, axis>(v): the extent of the axis is no multiple of the number of parts
// expect: split_with_a_rest.cpp:14:
#include "fusegrad/expr/expression.hpp"

using namespace fusegrad;

constexpr auto v = input<"v", 6>;

#ifdef POSITIVE_TWIN
constexpr auto right = split<3>(v);
#else
// Each part is reported where it is made.
constexpr auto wrong = split<4>(v);
#endif
