// SPDX-License-Identifier: BSL-1.0
// A deep formula, y = tanh(y) * w + y * y again and again, with its gradient: what other expression templates
// choke on.
#pragma once

#include "fusegrad/fusegrad.hpp"

namespace fusegrad::cost {

template <int Levels> constexpr auto chain(auto y) {
  if constexpr (Levels == 0)
    return y;
  else
    return chain<Levels - 1>(tanh(y) * param<"w"> + y * y);
}

/// The value of the chain and its gradient, compiled to a kernel.
template <int Levels> float value_of_chain(std::span<const float> rows) {
  constexpr auto x = input<"x">;
  constexpr auto loss = chain<Levels>(x);
  const auto model = initialise<loss>(1, param<"w"> = normal(0, 0.01));
  const auto [value, gradient] = value_and_grad(loss, model, dataset(x = rows));
  return value + gradient[param<"w">];
}

}  // namespace fusegrad::cost
