// SPDX-License-Identifier: BSL-1.0
// The largest eigenvalues of a network's Hessian, by products with vectors: the matrix is never formed. Twice
// the reciprocal of the largest tells how long a step of gradient descent may be.
// Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian".
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr int inputs = 8, hidden = 16;
constexpr std::size_t size = inputs * hidden;
constexpr auto x = input<"x", inputs>;
constexpr auto y = target<"y">;
constexpr auto W = param<"W", hidden, inputs>;
constexpr auto a = param<"a", hidden>;
constexpr auto v = param<"v", hidden, inputs>;
constexpr auto loss = squared_error(dot(a, tanh(W* x)), y);
constexpr auto hessian_times_v = hvp(mean_over_rows(loss), W, v);

auto drawn(std::size_t rows) {
  std::vector<double> numbers(rows * inputs), targets(rows);
  normal(0, 1).fill(numbers, 1);
  for (std::size_t row = 0; row < rows; ++row) targets[row] = std::sin(2 * numbers[row * inputs]);
  return dataset(x = std::move(numbers), y = std::move(targets));
}

double inner(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Removes what a vector has along others of length 1, and gives it length 1.
void orthonormalise(std::vector<double>& vector, const std::vector<std::vector<double>>& others) {
  for (const auto& each : others) {
    const double along = inner(vector, each);
    for (std::size_t i = 0; i < size; ++i) vector[i] -= along * each[i];
  }
  const double length = std::sqrt(inner(vector, vector));
  for (double& each : vector) each /= length;
}

int main() {
  const auto data = drawn(400);
  auto model = initialise<hessian_times_v, double>(3, W = normal(0, 0.4), a = normal(0, 0.4));
  const auto times_hessian = [&](const std::vector<double>& vector) {
    std::copy(vector.begin(), vector.end(), model[v].begin());
    return predict(hessian_times_v, model, data);
  };

  std::printf("eigenvalue   |H v - eigenvalue v|\n");
  std::vector<std::vector<double>> found;
  for (int which = 0; which < 3; ++which) {
    std::vector<double> vector(size);
    normal(0, 1).fill(vector, std::uint64_t(which));
    double eigenvalue = 0, residual = 1;
    for (int step = 0; step < 5000 && residual > 1e-9; ++step) {
      orthonormalise(vector, found);
      std::vector<double> image = times_hessian(vector);
      eigenvalue = inner(vector, image);
      residual = 0;
      for (std::size_t i = 0; i < size; ++i) residual += std::pow(image[i] - eigenvalue * vector[i], 2);
      residual = std::sqrt(residual);
      if (residual > 1e-9) vector = std::move(image);
    }
    std::printf("%10.6f   %.1e\n", eigenvalue, residual);
    found.push_back(vector);
  }
  std::printf("a step of gradient descent longer than %.3f diverges\n",
              2 / inner(found[0], times_hessian(found[0])));
}
