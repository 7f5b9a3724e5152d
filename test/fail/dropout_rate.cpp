// SPDX-License-Identifier: BSL-1.0
// expect: dropout<rate>(v): the rate is a probability, from 0 to 1
// expect: dropout_rate.cpp:13:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;

#ifdef POSITIVE_TWIN
constexpr auto dropped = dropout<0.5>(x);
#else
constexpr auto dropped = dropout<50>(x);
#endif
