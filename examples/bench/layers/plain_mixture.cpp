// SPDX-License-Identifier: BSL-1.0
// A mixture of normal distributions as plain loops, whose innermost goes over 64 rows.
#include "plain.hpp"

#include <cmath>
#include <cstring>

namespace bench::layers {
namespace {

using namespace mixture;

struct state {
  static constexpr std::size_t block = 64;
  static_assert(rows % block == 0);
  using rows_of_block = float[block];
  struct parameters {
    float share[clusters], mean[clusters][width], factor[clusters][packed];
  };
  const float* inputs;
  parameters at, by;
  float logarithm[clusters];  // of the share and of the determinant
  alignas(64) rows_of_block x[width], density[clusters], z[clusters][width], greatest, total;

  explicit state(const problem& from) : inputs(from.inputs.data()) {
    const std::vector<float> all = joined(from.parameters);
    std::memcpy(&at, all.data(), sizeof at);
  }

  static std::size_t place(std::size_t i, std::size_t j) { return i * (i + 1) / 2 + j; }

  double run() {
    std::memset(&by, 0, sizeof by);
    weigh_clusters();
    float loss = 0;
    for (std::size_t first = 0; first < rows; first += block) {
      for (std::size_t i = 0; i < width; ++i)
        for (std::size_t r = 0; r < block; ++r) x[i][r] = inputs[(first + r) * width + i];
      for (std::size_t k = 0; k < clusters; ++k) log_density(k);
      loss += to_probabilities();
      for (std::size_t k = 0; k < clusters; ++k) add_gradient(k);
    }
    finish_gradient();
    return double(loss) / double(rows);
  }

  void weigh_clusters() {
    float sum = 0;
    for (const float each : at.share) sum += std::exp(each);
    for (std::size_t k = 0; k < clusters; ++k) {
      logarithm[k] = at.share[k] - std::log(sum);
      for (std::size_t i = 0; i < width; ++i) logarithm[k] += std::log(std::fabs(at.factor[k][place(i, i)]));
    }
  }

  void log_density(std::size_t k) {
    rows_of_block squares = {};
    for (std::size_t i = 0; i < width; ++i) {
      rows_of_block sum = {};
      for (std::size_t j = 0; j <= i; ++j)
        for (std::size_t r = 0; r < block; ++r)
          sum[r] += at.factor[k][place(i, j)] * (x[j][r] - at.mean[k][j]);
      for (std::size_t r = 0; r < block; ++r) {
        z[k][i][r] = sum[r];
        squares[r] += sum[r] * sum[r];
      }
    }
    for (std::size_t r = 0; r < block; ++r) density[k][r] = logarithm[k] - squares[r] / 2;
  }

  /// Densities become the probabilities of the clusters. Returns the loss.
  float to_probabilities() {
    for (std::size_t r = 0; r < block; ++r) greatest[r] = density[0][r];
    for (std::size_t k = 1; k < clusters; ++k)
      for (std::size_t r = 0; r < block; ++r) greatest[r] = std::max(greatest[r], density[k][r]);
    for (float& each : total) each = 0;
    for (std::size_t k = 0; k < clusters; ++k)
      for (std::size_t r = 0; r < block; ++r) {
        density[k][r] = std::exp(density[k][r] - greatest[r]);
        total[r] += density[k][r];
      }
    float loss = 0;
    for (std::size_t r = 0; r < block; ++r) loss -= greatest[r] + std::log(total[r]);
    for (std::size_t k = 0; k < clusters; ++k)
      for (std::size_t r = 0; r < block; ++r) density[k][r] /= total[r];
    return loss;
  }

  void add_gradient(std::size_t k) {
    for (std::size_t r = 0; r < block; ++r) by.share[k] -= density[k][r];
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t r = 0; r < block; ++r) z[k][i][r] *= density[k][r];
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        float by_factor = 0, by_mean = 0;
        for (std::size_t r = 0; r < block; ++r) {
          by_factor += z[k][i][r] * (x[j][r] - at.mean[k][j]);
          by_mean += z[k][i][r];
        }
        by.factor[k][place(i, j)] += by_factor;
        by.mean[k][j] -= at.factor[k][place(i, j)] * by_mean;
      }
  }

  /// What is the same for all rows: the sums of probabilities belong to the determinants, too.
  void finish_gradient() {
    float sum = 0;
    for (const float each : at.share) sum += std::exp(each);
    for (std::size_t k = 0; k < clusters; ++k) {
      for (std::size_t i = 0; i < width; ++i)
        by.factor[k][place(i, i)] += by.share[k] / at.factor[k][place(i, i)];
      by.share[k] += float(rows) * std::exp(at.share[k]) / sum;
    }
  }

  std::vector<float> gradient() const {
    std::vector<float> all(sizeof by / sizeof(float));
    std::memcpy(all.data(), &by, sizeof by);
    return plain::scaled(all, rows);
  }
};

const entry loops{numbers, "plain loop", plain::of_state<state>};

}  // namespace
}  // namespace bench::layers
