// SPDX-License-Identifier: BSL-1.0
// Synthetic data for linear regression.
// Features and noise come from one stream, so that no other seed's features can repeat this seed's noise.
#include "fusegrad/data/synthetic_data.hpp"

#include "fusegrad/data/error.hpp"
#include "fusegrad/data/random.hpp"

#include <cmath>
#include <span>

namespace fusegrad {
namespace {

double linear(std::span<const float> x, std::span<const double> w, double b) {
  for (std::size_t i = 0; i < w.size(); ++i) b = std::fma(x[i], w[i], b);
  return b;
}

}  // namespace

regression_data synthetic_data(const std::vector<double>& w, double b, std::size_t n, std::uint64_t seed,
                               double noise_standard_deviation) {
  if (w.empty()) throw data_error("synthetic_data", "at least 1 weight", "none");
  std::vector<double> draws(n * (w.size() + 1));
  normal{}.fill(draws, seed);
  const auto noise = draws.end() - static_cast<std::ptrdiff_t>(n);

  regression_data data{{draws.begin(), noise}, std::vector<float>(n), w.size()};
  for (std::size_t row = 0; row < n; ++row) {
    const auto x = std::span(data.features).subspan(row * w.size(), w.size());
    data.labels[row] = static_cast<float>(
        std::fma(noise_standard_deviation, noise[static_cast<std::ptrdiff_t>(row)], linear(x, w, b)));
  }
  return data;
}

}  // namespace fusegrad
