// SPDX-License-Identifier: BSL-1.0
// The robust loss of many pairs in Eigen's arrays: as it is written, and rewritten by hand in blocks that
// stay in the cache.

#include "../peer.hpp"
#include "../problems.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cstddef>
#include <memory>

namespace compare {
namespace {

using numbers = Eigen::Map<const Eigen::ArrayXf>;
constexpr float freedom = robust_pairs::freedom;

numbers map(std::span<const float> from) { return {from.data(), Eigen::Index(from.size())}; }

// The sum is taken in double: in float it is off by a hundredth.
double as_written(const robust_pairs& problem, robust_pairs::parameters& parameters) {
  const numbers p = map(problem.predictions), t = map(problem.targets);
  Eigen::Map<Eigen::ArrayXf> gradient(parameters.gradient.data(), p.size());
  gradient = ((p - t).tanh() + 2 * (p - t) / (freedom + (p - t).square())) / float(p.size());
  return ((p - t).cosh().log() + ((p - t).square() / freedom).log1p()).cast<double>().mean();
}

struct buffers {
  Eigen::ArrayXf error, power, squares;
};

// With u = exp(-2 |e|): cosh(e) = exp(|e|) (1 + u) / 2, tanh(|e|) = (1 - u) / (1 + u).
training<robust_pairs> prepare(const robust_pairs& problem) {
  return [&problem, kept = std::make_shared<buffers>()](robust_pairs::parameters& parameters) {
    constexpr Eigen::Index block = 4096;
    const numbers p = map(problem.predictions), t = map(problem.targets);
    Eigen::Map<Eigen::ArrayXf> gradient(parameters.gradient.data(), p.size());
    auto& [e, u, s] = *kept;
    const float share = 1.0F / float(p.size());
    double loss = 0;
    for (Eigen::Index row = 0; row < p.size(); row += block) {
      const Eigen::Index rows = std::min(block, p.size() - row);
      e = p.segment(row, rows) - t.segment(row, rows);
      u = (-2 * e.abs()).exp();
      s = freedom + e.square();
      loss += double((e.abs() + ((1 + u) * s * (0.5F / freedom)).log()).sum());
      gradient.segment(row, rows) =
          ((e >= 0).select(1 - u, u - 1) * s + 2 * e * (1 + u)) / ((1 + u) * s) * share;
    }
    return loss / double(p.size());
  };
}

const entry<robust_pairs> pairs{"Eigen", 1, prepare};
const entry<robust_pairs> written{"Eigen, as written", 1, unprepared<robust_pairs>(as_written)};

}  // namespace
}  // namespace compare
