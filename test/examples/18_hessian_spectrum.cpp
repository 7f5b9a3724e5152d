// SPDX-License-Identifier: BSL-1.0
// Example 18: the same Hessian written out by hand, as a matrix, against products and the eigenvalue they
// find.
#define BOOST_TEST_MODULE example_18_hessian_spectrum
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr std::size_t rows = 50, inputs = 3, hidden = 4, size = inputs * hidden;
constexpr auto x = input<"x", 3>;
constexpr auto y = target<"y">;
constexpr auto W = param<"W", 4, 3>;
constexpr auto a = param<"a", 4>;
constexpr auto v = param<"v", 4, 3>;
constexpr auto loss = squared_error(dot(a, tanh(W* x)), y);
constexpr auto hessian_times_v = hvp(mean_over_rows(loss), W, v);

using vector = std::vector<double>;

/// The matrix of second derivatives of the mean of (a . tanh(W x) - y)^2 / 2 by W.
template <class Model> vector matrix_by_hand(const Model& model, const vector& given, const vector& wanted) {
  vector H(size * size);
  for (std::size_t row = 0; row < rows; ++row) {
    double error = -wanted[row], value[hidden], slope[hidden];
    for (std::size_t i = 0; i < hidden; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < inputs; ++k) sum += model[W][i * inputs + k] * given[row * inputs + k];
      value[i] = std::tanh(sum);
      slope[i] = 1 - value[i] * value[i];
      error += model[a][i] * value[i];
    }
    for (std::size_t p = 0; p < size; ++p)
      for (std::size_t q = 0; q < size; ++q) {
        const std::size_t i = p / inputs, j = q / inputs;
        double second = model[a][i] * slope[i] * model[a][j] * slope[j];
        if (i == j) second -= error * model[a][i] * 2 * value[i] * slope[i];
        H[p * size + q] +=
            second * given[row * inputs + p % inputs] * given[row * inputs + q % inputs] / double(rows);
      }
  }
  return H;
}

double length(const vector& of) {
  double sum = 0;
  for (double each : of) sum += each * each;
  return std::sqrt(sum);
}

}  // namespace

BOOST_AUTO_TEST_CASE(products_are_those_with_the_matrix_and_find_its_eigenvalue) {
  vector given(rows * inputs), wanted(rows);
  normal(0, 1).fill(given, 1);
  normal(0, 1).fill(wanted, 2);
  const auto data = dataset(x = given, y = wanted);
  auto model = initialise<hessian_times_v, double>(3, W = normal(0, 0.4), a = normal(0, 1), v = normal(0, 1));
  const vector H = matrix_by_hand(model, given, wanted);
  double eigenvalue = 0;
  for (int step = 0; step < 2000; ++step) {
    const vector image = predict(hessian_times_v, model, data);
    for (std::size_t p = 0; p < size && step < 3; ++p) {
      double expected = 0;
      for (std::size_t q = 0; q < size; ++q) expected += H[p * size + q] * model[v][q];
      BOOST_TEST(std::abs(image[p] - expected) < 1e-13);
    }
    eigenvalue = length(image);
    for (std::size_t p = 0; p < size; ++p) model[v][p] = image[p] / eigenvalue;
  }
  for (std::size_t p = 0; p < size; ++p) {
    double image = 0;
    for (std::size_t q = 0; q < size; ++q) image += H[p * size + q] * model[v][q];
    BOOST_TEST(std::abs(std::abs(image) - eigenvalue * std::abs(model[v][p])) < 1e-6 * eigenvalue);
  }
}
