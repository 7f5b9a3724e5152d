// SPDX-License-Identifier: BSL-1.0
// expect: the formula has no parameter of that name and shape
// expect: "v"
// expect: initialise_of_other_parameter.cpp:17:
#include "fusegrad/train/model.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto v = param<"v", 3>;
constexpr auto loss = dot(w, x);

#ifdef POSITIVE_TWIN
const auto model = initialise<loss>(1, w = normal(0, 1));
#else
const auto model = initialise<loss>(1, v = normal(0, 1));
#endif
