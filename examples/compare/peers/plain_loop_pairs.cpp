// SPDX-License-Identifier: BSL-1.0
// The robust loss of many pairs as plain loops: as it is written, and rewritten by hand so that one
// exponential, one logarithm and one division serve loss and gradient, in loops that the compiler vectorises.

#include "../peer.hpp"
#include "../problems.hpp"
#include "exponential.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace compare {
namespace {

constexpr float freedom = robust_pairs::freedom;

double as_written(const robust_pairs& problem, robust_pairs::parameters& parameters) {
  const float share = 1.0F / float(problem.rows());
  float* const gradient = parameters.gradient.data();
  double loss = 0;
  for (std::size_t row = 0; row < problem.rows(); ++row) {
    const float e = problem.predictions[row] - problem.targets[row];
    loss += double(std::log(std::cosh(e)) + std::log1p(e * e / freedom));
    gradient[row] = (std::tanh(e) + 2 * e / (freedom + e * e)) * share;
  }
  return loss / double(problem.rows());
}

// Sums of this many rows keep their digits in float.
constexpr std::size_t block = 4096;

// With u = exp(-2 |e|): cosh(e) = exp(|e|) (1 + u) / 2, tanh(|e|) = (1 - u) / (1 + u).
float add_rows(const float* p, const float* t, std::size_t rows, float share, float* gradient) {
  float loss = 0;
#pragma omp simd reduction(+ : loss)
  for (std::size_t row = 0; row < rows; ++row) {
    const float e = p[row] - t[row];
    const float size = std::fabs(e);
    const float u = exponential(std::max(-2 * size, -87.0F));
    const float squares = freedom + e * e;
    const float both = (1 + u) * squares;
    loss += size + logarithm(both * (0.5F / freedom));
    gradient[row] = (std::copysign(1 - u, e) * squares + 2 * e * (1 + u)) / both * share;
  }
  return loss;
}

double rewritten(const robust_pairs& problem, robust_pairs::parameters& parameters) {
  const float share = 1.0F / float(problem.rows());
  double loss = 0;
  for (std::size_t row = 0; row < problem.rows(); row += block)
    loss += double(add_rows(&problem.predictions[row], &problem.targets[row],
                            std::min(block, problem.rows() - row), share, parameters.gradient.data() + row));
  return loss / double(problem.rows());
}

const entry<robust_pairs> pairs{"plain loop", 1, unprepared<robust_pairs>(rewritten)};
const entry<robust_pairs> written{"plain loop, as written", 1, unprepared<robust_pairs>(as_written)};

}  // namespace
}  // namespace compare
