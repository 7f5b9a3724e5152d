// SPDX-License-Identifier: BSL-1.0
// Example 17: each row is left out and the rest fitted again, by the normal equations. Of a quadratic loss
// the move of the weights is that of the influence divided by 1 - h, h the leverage of the row.
// Source: Cook, Weisberg 1982, "Residuals and influence in regression".
#define BOOST_TEST_MODULE example_17_influence
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr std::size_t rows = 40;
constexpr auto x = input<"x", 2>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 2>;
constexpr auto loss = squared_error(dot(w, x), y);

using pair = std::array<double, 2>;

/// A symmetric matrix [[a, b], [b, c]] and its solutions.
struct symmetric {
  double a = 0, b = 0, c = 0;
  void add(const double* v) {
    a += v[0] * v[0];
    b += v[0] * v[1];
    c += v[1] * v[1];
  }
  [[nodiscard]] pair solve(const pair& right) const {
    const double determinant = a * c - b * b;
    return {(c * right[0] - b * right[1]) / determinant, (a * right[1] - b * right[0]) / determinant};
  }
};

/// The least squares without one row, or with all.
pair fitted(const std::vector<double>& inputs, const std::vector<double>& targets, std::size_t without) {
  symmetric normal;
  pair right{};
  for (std::size_t row = 0; row < rows; ++row) {
    if (row == without) continue;
    normal.add(&inputs[2 * row]);
    for (std::size_t k = 0; k < 2; ++k) right[k] += targets[row] * inputs[2 * row + k];
  }
  return normal.solve(right);
}

}  // namespace

BOOST_AUTO_TEST_CASE(influences_are_the_moves_of_a_fit_without_the_row) {
  std::vector<double> inputs(2 * rows), targets(rows);
  normal(0, 1).fill(inputs, 1);
  normal(0, 0.5).fill(targets, 2);
  for (std::size_t row = 0; row < rows; ++row) targets[row] += inputs[2 * row] - 2 * inputs[2 * row + 1];
  const auto data = dataset(x = inputs, y = targets);
  auto model = initialise<loss, double>(1);
  const pair best = fitted(inputs, targets, rows);
  for (std::size_t k = 0; k < 2; ++k) model[w][k] = best[k];

  const std::vector<double> slopes = predict(grad(loss, w), model, data);
  const std::vector<double> H = predict(hessian(mean_over_rows(loss), w), model, data);
  const symmetric curvature{H[0], H[1], H[3]};
  BOOST_TEST(H[1] == H[2]);
  symmetric all;
  for (std::size_t row = 0; row < rows; ++row) all.add(&inputs[2 * row]);
  for (std::size_t row = 0; row < rows; ++row) {
    const pair move = curvature.solve({slopes[2 * row] / double(rows), slopes[2 * row + 1] / double(rows)});
    const pair without = fitted(inputs, targets, row);
    const pair hat = all.solve({inputs[2 * row], inputs[2 * row + 1]});
    const double leverage = hat[0] * inputs[2 * row] + hat[1] * inputs[2 * row + 1];
    for (std::size_t k = 0; k < 2; ++k)
      BOOST_TEST(std::abs(move[k] / (1 - leverage) - (without[k] - best[k])) < 1e-12);
  }
}
