// SPDX-License-Identifier: BSL-1.0
#include "train/named_model/line.hpp"

namespace fusegrad::test {

void step_elsewhere(line_model& model) {
  const auto [value, gradient] = value_and_grad(line{}, model, line_data());
  model -= 0.05 * gradient;
}

}  // namespace fusegrad::test
