// SPDX-License-Identifier: BSL-1.0
// A small linear regression: its formula, its data, and the same in plain loops, in double.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fusegrad/train/model.hpp"

namespace fusegrad::test {

constexpr auto x = input<"x", 3>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 3>;
constexpr auto b = param<"b">;
constexpr auto prediction = dot(w, x) + b;
constexpr auto loss = squared_error(prediction, y);

/// Rows that no straight line meets exactly.
struct numbers {
  std::vector<float> features;
  std::vector<float> targets;

  explicit numbers(std::size_t rows, std::uint64_t seed = 1) : features(3 * rows), targets(rows) {
    normal(0, 1).fill(features, seed);
    normal(1, 2).fill(targets, seed + 1);
  }
  [[nodiscard]] std::size_t rows() const { return targets.size(); }
  [[nodiscard]] auto data() const { return dataset(x = features, y = targets); }
};

/// What is learned: w, then b.
using weights = std::array<double, 4>;

template <class Model> weights weights_of(const Model& model) {
  return {double(model[w](0)), double(model[w](1)), double(model[w](2)), double(model[b])};
}

inline double predicted(const weights& at, const numbers& in, std::size_t row) {
  double result = at[3];
  for (std::size_t i = 0; i < 3; ++i) result += at[i] * double(in.features[row * 3 + i]);
  return result;
}

/// Loss and gradient over the chosen rows.
struct plain_step {
  double value = 0;
  weights gradient{};
};
template <class Rows> plain_step plain_loop(const weights& at, const numbers& in, const Rows& chosen) {
  plain_step result;
  const double share = 1 / double(chosen.size());
  for (std::size_t row : chosen) {
    const double error = predicted(at, in, row) - double(in.targets[row]);
    result.value += share * error * error / 2;
    for (std::size_t i = 0; i < 3; ++i)
      result.gradient[i] += share * error * double(in.features[row * 3 + i]);
    result.gradient[3] += share * error;
  }
  return result;
}

/// The rows of a batch, as indices into the data.
template <class Batch> std::vector<std::size_t> rows_of(const Batch& batch) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < batch.rows.count; ++i) result.push_back(batch.rows[i]);
  return result;
}

}  // namespace fusegrad::test
