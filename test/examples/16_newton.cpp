// SPDX-License-Identifier: BSL-1.0
// Example 16: iteratively reweighted least squares in plain loops, step for step, without a library of
// matrices.
#define BOOST_TEST_MODULE example_16_newton
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr std::size_t rows = 300, features = 4;
constexpr auto x = input<"x", 4>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 4>;
constexpr auto loss = logistic_loss(dot(w, x), y) + constant<0.005> * sum(square(w));
constexpr auto curvature = hessian(mean_over_rows(loss), w);

using vector = std::vector<double>;

/// Solves A v = right by elimination; A is positive definite, row-major.
vector solve(vector A, vector right) {
  for (std::size_t i = 0; i < features; ++i)
    for (std::size_t j = i + 1; j < features; ++j) {
      const double factor = A[j * features + i] / A[i * features + i];
      for (std::size_t k = i; k < features; ++k) A[j * features + k] -= factor * A[i * features + k];
      right[j] -= factor * right[i];
    }
  for (std::size_t i = features; i-- > 0;) {
    for (std::size_t k = i + 1; k < features; ++k) right[i] -= A[i * features + k] * right[k];
    right[i] /= A[i * features + i];
  }
  return right;
}

struct problem_by_hand {
  vector inputs = vector(rows * features), targets = vector(rows);

  problem_by_hand() {
    normal(0, 1).fill(inputs, 1);
    vector noise(rows);
    normal(0, 1).fill(noise, 2);
    for (std::size_t row = 0; row < rows; ++row)
      targets[row] = 2 * inputs[row * features] - inputs[row * features + 1] + noise[row] > 0 ? 1 : 0;
  }
  [[nodiscard]] vector gradient(const vector& at) const {
    vector result(features);
    for (std::size_t k = 0; k < features; ++k) result[k] = 0.01 * at[k];
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t k = 0; k < features; ++k)
        result[k] += (probability(at, row) - targets[row]) * inputs[row * features + k] / double(rows);
    return result;
  }
  [[nodiscard]] vector hessian(const vector& at) const {
    vector result(features * features);
    for (std::size_t k = 0; k < features; ++k) result[k * features + k] = 0.01;
    for (std::size_t row = 0; row < rows; ++row) {
      const double p = probability(at, row);
      for (std::size_t k = 0; k < features; ++k)
        for (std::size_t l = 0; l < features; ++l)
          result[k * features + l] +=
              p * (1 - p) * inputs[row * features + k] * inputs[row * features + l] / double(rows);
    }
    return result;
  }

 private:
  [[nodiscard]] double probability(const vector& at, std::size_t row) const {
    double score = 0;
    for (std::size_t k = 0; k < features; ++k) score += at[k] * inputs[row * features + k];
    return 1 / (1 + std::exp(-score));
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_step_is_that_of_reweighted_least_squares) {
  const problem_by_hand by_hand;
  const auto data = dataset(x = by_hand.inputs, y = by_hand.targets);
  auto model = initialise<loss, double>(1, w = normal(0, 0.01));
  vector weights(model[w].begin(), model[w].end());
  double length = 0;
  for (int step = 0; step < 8; ++step) {
    const auto gradient = value_and_grad(loss, model, data).gradient;
    const vector slope(gradient[w].begin(), gradient[w].end());
    const vector change = solve(predict(curvature, model, data), slope);
    const vector expected = solve(by_hand.hessian(weights), by_hand.gradient(weights));
    length = 0;
    for (std::size_t k = 0; k < features; ++k) {
      model[w][k] -= change[k];
      weights[k] -= expected[k];
      length += change[k] * change[k];
      BOOST_TEST(std::abs(model[w][k] - weights[k]) < 1e-12 * (1 + std::abs(weights[k])));
    }
  }
  BOOST_TEST(std::sqrt(length) < 1e-12);  // quadratic convergence: the last step is rounding
}
