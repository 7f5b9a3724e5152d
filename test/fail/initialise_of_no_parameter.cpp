// SPDX-License-Identifier: BSL-1.0
// expect: initialise<loss>(seed, W = normal(0, 0.01)): W must be a parameter
// expect: "x"
// expect: initialise_of_no_parameter.cpp:16:
#include "fusegrad/train/model.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = dot(w, x);

#ifdef POSITIVE_TWIN
const auto model = initialise<loss>(1, w = normal(0, 1));
#else
const auto model = initialise<loss>(1, x = normal(0, 1));
#endif
