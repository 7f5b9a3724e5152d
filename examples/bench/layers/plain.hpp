// SPDX-License-Identifier: BSL-1.0
// Plain loops as a contender: a struct of arrays with fixed sizes, and a gradient that was derived by hand.
#pragma once

#include "problems.hpp"

#include <algorithm>
#include <memory>
#include <span>

namespace bench::layers::plain {

/// `State` copies the parameters when it is made; `run` and `gradient` are its own.
template <class State> [[nodiscard]] implementation of_state(const problem& from) {
  const auto kept = std::make_shared<State>(from);
  return {[=] { return kept->run(); }, [=] { return kept->gradient(); }};
}

/// Half the sum of the squares of some numbers.
[[nodiscard]] inline double half_squares(std::span<const float> values) {
  float sum = 0;
  for (const float each : values) sum += each * each;
  return 0.5 * double(sum);
}

[[nodiscard]] inline std::vector<float> scaled(std::span<const float> sums, std::size_t rows) {
  std::vector<float> means(sums.begin(), sums.end());
  for (float& each : means) each /= float(rows);
  return means;
}

}  // namespace bench::layers::plain
