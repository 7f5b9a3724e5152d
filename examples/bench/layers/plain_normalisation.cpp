// SPDX-License-Identifier: BSL-1.0
// layer_norm as plain loops, row by row.
#include "plain.hpp"

#include <array>
#include <cmath>

namespace bench::layers {
namespace {

using namespace normalisation;

struct state {
  using vector = std::array<float, width>;
  const float* x;
  vector shift, gain, bias;
  vector by_shift, by_gain, by_bias;

  explicit state(const problem& from) : x(from.inputs.data()) {
    vector* const all[] = {&shift, &gain, &bias};
    for (std::size_t k = 0; k < 3; ++k) std::copy_n(from.parameters[k].begin(), width, all[k]->begin());
  }

  double run() {
    by_shift.fill(0);
    by_gain.fill(0);
    by_bias.fill(0);
    double loss = 0;
    for (std::size_t r = 0; r < rows; ++r) loss += run_row(x + r * width);
    return loss / double(rows);
  }

  float run_row(const float* row) {
    vector normal;
    float mean = 0, variance = 0;
    for (std::size_t k = 0; k < width; ++k) mean += normal[k] = row[k] + shift[k];
    mean /= float(width);
    for (std::size_t k = 0; k < width; ++k) {
      normal[k] -= mean;
      variance += normal[k] * normal[k];
    }
    const float scale = 1 / std::sqrt(variance / float(width) + float(epsilon));
    vector adjoint;  // by the normalised numbers
    float squares = 0, sum = 0, product = 0;
    for (std::size_t k = 0; k < width; ++k) {
      normal[k] *= scale;
      const float result = gain[k] * normal[k] + bias[k];
      squares += result * result;
      by_bias[k] += result;
      by_gain[k] += result * normal[k];
      adjoint[k] = result * gain[k];
      sum += adjoint[k];
      product += adjoint[k] * normal[k];
    }
    sum /= float(width);
    product /= float(width);
    for (std::size_t k = 0; k < width; ++k) by_shift[k] += scale * (adjoint[k] - sum - normal[k] * product);
    return squares / 2;
  }

  std::vector<float> gradient() const {
    std::vector<float> all(by_shift.begin(), by_shift.end());
    all.insert(all.end(), by_gain.begin(), by_gain.end());
    all.insert(all.end(), by_bias.begin(), by_bias.end());
    return plain::scaled(all, rows);
  }
};

const entry loops{numbers, "plain loop", plain::of_state<state>};

}  // namespace
}  // namespace bench::layers
