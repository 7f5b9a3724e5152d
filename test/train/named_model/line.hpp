// SPDX-License-Identifier: BSL-1.0
// A model in a header: two translation units train it and hand it to each other.
#pragma once

#include "fusegrad/train/fit.hpp"

namespace fusegrad::test {

struct line {
  static constexpr auto x = input<"x", 2>;
  static constexpr auto y = target<"y">;
  static constexpr auto w = param<"w", 2>;
  static constexpr auto formula() { return squared_error(dot(w, x), y); }
};

using line_model = model_of<line, float>;

/// One step of gradient descent, taken in the other translation unit.
void step_elsewhere(line_model& model);

inline auto line_data() {
  static constexpr float features[] = {1, 2, 3, 4, 5, 7}, labels[] = {1, 2, 3};
  return dataset(line::x = std::span<const float>(features), line::y = std::span<const float>(labels));
}

}  // namespace fusegrad::test
