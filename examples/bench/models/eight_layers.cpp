// SPDX-License-Identifier: BSL-1.0
// Eight layers of 64 neurons: value and gradient.
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

template <fixed_string Weights> constexpr auto layer(auto below) {
  return relu(param<Weights, 64, 64> * below);
}

float step(std::span<const float> inputs) {
  constexpr auto x = input<"x", 64>;
  constexpr auto four = layer<"W4">(layer<"W3">(layer<"W2">(layer<"W1">(x))));
  constexpr auto loss = sum(square(layer<"W8">(layer<"W7">(layer<"W6">(layer<"W5">(four))))));
  return value_and_grad(loss, initialise<loss>(1), dataset(x = inputs)).value;
}
