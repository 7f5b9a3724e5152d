// SPDX-License-Identifier: BSL-1.0
#include "chain.hpp"

float value_and_gradient(std::span<const float> rows) { return fusegrad::cost::value_of_chain<25>(rows); }
