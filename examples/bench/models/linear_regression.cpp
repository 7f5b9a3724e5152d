// SPDX-License-Identifier: BSL-1.0
// A linear regression: value and gradient.
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

float step(std::span<const float> inputs, std::span<const float> targets) {
  constexpr auto x = input<"x", 32>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", 32>;
  constexpr auto b = param<"b">;
  constexpr auto loss = squared_error(dot(w, x) + b, y);
  return value_and_grad(loss, initialise<loss>(1), dataset(x = inputs, y = targets)).value;
}
