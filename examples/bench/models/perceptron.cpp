// SPDX-License-Identifier: BSL-1.0
// One hidden layer of 256 neurons: value and gradient.
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

float step(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels) {
  constexpr auto x = input<"x", 784>;
  constexpr auto y = label<"y", 10>;
  constexpr auto hidden = relu(param<"W", 256, 784> * x + param<"b", 256>);
  constexpr auto loss = cross_entropy(param<"V", 10, 256> * hidden + param<"c", 10>, y);
  return value_and_grad(loss, initialise<loss>(1), dataset(x = pixels, y = labels)).value;
}
