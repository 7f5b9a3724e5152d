// SPDX-License-Identifier: BSL-1.0
// Newton's method with exact Hessians: a logistic regression is fitted to all digits of a double in a few
// steps.
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include <Eigen/Dense>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr int features = 6;
constexpr auto x = input<"x", features>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", features>;
constexpr auto loss = logistic_loss(dot(w, x), y) + constant<0.005> * sum(square(w));
constexpr auto curvature = hessian(mean_over_rows(loss), w);

/// Rows whose answer is 1 with the probability logistic(2 x0 - x1 + x2 / 2).
auto drawn(std::size_t rows) {
  std::mt19937_64 random(16);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> inputs, targets;
  for (std::size_t row = 0; row < rows; ++row) {
    for (int k = 0; k < features; ++k) inputs.push_back(normal(random));
    const double* const here = inputs.data() + row * features;
    const double score = 2 * here[0] - here[1] + here[2] / 2;
    targets.push_back(uniform(random) < 1 / (1 + std::exp(-score)) ? 1 : 0);
  }
  return dataset(x = std::move(inputs), y = std::move(targets));
}

int main() {
  const auto data = drawn(500);
  auto model = initialise<loss, double>(1, w = normal(0, 0.01));
  std::printf("step   loss               length of the gradient\n");
  for (int step = 0; step < 8; ++step) {
    const auto [value, gradient] = value_and_grad(loss, model, data);
    const Eigen::Map<const Eigen::VectorXd> slope(gradient[w].data(), features);
    std::printf("%4d   %.15f  %.2e\n", step, value, slope.norm());
    const std::vector<double> numbers = predict(curvature, model, data);
    const Eigen::Map<const Eigen::MatrixXd> matrix(numbers.data(), features, features);
    const Eigen::VectorXd change = matrix.llt().solve(slope);
    for (int k = 0; k < features; ++k) model[w][std::size_t(k)] -= change[k];
  }
}
