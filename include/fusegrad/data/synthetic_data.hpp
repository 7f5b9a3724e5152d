// SPDX-License-Identifier: BSL-1.0
// Synthetic data for linear regression: normal features, and labels that are linear in them but for noise.
// The true weights are known, so one can see how near a fit comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fusegrad {

/// Rows of features with one label each.
/// Shape:   features [rows, width], row-major; labels [rows].
struct regression_data {
  std::vector<float> features;
  std::vector<float> labels;
  std::size_t width;
};

/// Draws n rows x ~ N(0, 1) with labels y = x.w + b + noise: `synthetic_data({2, -3.4}, 4.2, 1000, seed)`.
/// Shape:   w [width] -> features [n, width], labels [n].
/// Rounds:  a label is computed in double from the features as stored, and rounded once.
/// Errors:  data_error if w is empty.
/// Source:  Zhang, Lipton, Li, Smola, "Dive into Deep Learning", section 3.3.
[[nodiscard]] regression_data synthetic_data(const std::vector<double>& w, double b, std::size_t n,
                                             std::uint64_t seed, double noise_standard_deviation = 0.01);

}  // namespace fusegrad
