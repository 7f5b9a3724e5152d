// SPDX-License-Identifier: BSL-1.0
// Which rows of the training data shape a fit? One gradient per row and the Hessian tell how far the weights
// would move without a row, and so which rows are wrong: here, three targets that were mistyped.
// Source: Koh, Liang 2017, "Understanding black-box predictions via influence functions".
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include <Eigen/Dense>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr int features = 4;
constexpr std::size_t rows = 60;
constexpr auto x = input<"x", features>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", features>;
constexpr auto loss = squared_error(dot(w, x), y);
constexpr auto slope_of_row = grad(loss, w);
constexpr auto curvature = hessian(mean_over_rows(loss), w);

/// The sum of all features, with a little noise; the targets of rows 10, 25 and 40 are off by 3.
auto drawn() {
  std::vector<double> inputs(rows * features), targets(rows);
  normal(0, 1).fill(inputs, 1);
  normal(0, 0.1).fill(targets, 2);
  for (std::size_t row = 0; row < rows; ++row)
    for (int k = 0; k < features; ++k) targets[row] += inputs[row * features + std::size_t(k)];
  for (const std::size_t row : {10u, 25u, 40u}) targets[row] += 3;
  return dataset(x = std::move(inputs), y = std::move(targets));
}

int main() {
  using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto data = drawn();
  auto model = initialise<loss, double>(1);
  const auto solve_with_hessian = [&](const matrix& right) -> matrix {
    const std::vector<double> numbers = predict(curvature, model, data);
    return Eigen::Map<const matrix>(numbers.data(), features, features).llt().solve(right);
  };

  // The loss is quadratic: one Newton step fits it.
  const auto [value, gradient] = value_and_grad(loss, model, data);
  const matrix change = solve_with_hessian(Eigen::Map<const matrix>(gradient[w].data(), features, 1));
  for (int k = 0; k < features; ++k) model[w][std::size_t(k)] -= change(k, 0);

  // Without a row the weights move by H^-1 g / rows, g the gradient of the loss of that row.
  const std::vector<double> slopes = predict(slope_of_row, model, data);
  const matrix moves =
      solve_with_hessian(Eigen::Map<const matrix>(slopes.data(), rows, features).transpose()) / double(rows);
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t(0));
  const auto length = [&](std::size_t row) { return moves.col(Eigen::Index(row)).norm(); };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return length(a) > length(b); });
  std::printf("weights %.3f %.3f %.3f %.3f; the rows that move them most:\n", model[w][0], model[w][1],
              model[w][2], model[w][3]);
  for (std::size_t i = 0; i < 5; ++i) std::printf("  row %2zu by %.4f\n", order[i], length(order[i]));
}
