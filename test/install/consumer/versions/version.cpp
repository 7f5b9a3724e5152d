// SPDX-License-Identifier: BSL-1.0
// Compiled once per instruction set: a loss, and a vector that grows, as it does in main.
#include <fusegrad/fusegrad.hpp>

#include "shared.hpp"

namespace FUSEGRAD_VERSION {

using namespace fusegrad;

constexpr auto x = input<"x", 4>;
constexpr auto w = param<"w", 4>;
constexpr auto loss = log(constant<1> + exp(dot(w, x)));

std::vector<float> losses(const std::vector<float>& features) {
  const auto data = dataset(x = features);
  const auto model = initialise<loss>(1, w = normal());
  std::vector<float> results = numbered(int(features.size()) / 100, features[1]);
  results.push_back(evaluate(loss, model, data));
  return results;
}

}  // namespace FUSEGRAD_VERSION
