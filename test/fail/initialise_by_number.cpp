// SPDX-License-Identifier: BSL-1.0
// expect: an initial value is normal(mean, deviation), uniform(low, high), zeros, ones or filled_with(value)
// expect: "w"
// expect: initialise_by_number.cpp:16:
#include "fusegrad/train/model.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = dot(w, x);

#ifdef POSITIVE_TWIN
const auto model = initialise<loss>(1, w = filled_with(0.5));
#else
const auto model = initialise<loss>(1, w = 0.5);
#endif
