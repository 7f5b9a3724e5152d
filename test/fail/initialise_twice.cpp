// SPDX-License-Identifier: BSL-1.0
// expect: a parameter has two initial values: name it once in initialise<loss>(seed, W = ...)
// expect: "w"
// expect: initialise_twice.cpp:17:
#include "fusegrad/train/model.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto v = param<"v", 3>;
constexpr auto loss = dot(w, x) + dot(v, x);

#ifdef POSITIVE_TWIN
const auto model = initialise<loss>(1, w = normal(0, 1), v = ones);
#else
const auto model = initialise<loss>(1, w = normal(0, 1), w = ones);
#endif
