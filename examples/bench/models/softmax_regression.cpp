// SPDX-License-Identifier: BSL-1.0
// The softmax regression of Fashion-MNIST: value and gradient.
#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

float step(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels) {
  constexpr auto x = input<"x", 784>;
  constexpr auto y = label<"y", 10>;
  constexpr auto loss = -log(softmax(param<"W", 10, 784> * x + param<"b", 10>)[y]);
  return value_and_grad(loss, initialise<loss>(1), dataset(x = pixels, y = labels)).value;
}
