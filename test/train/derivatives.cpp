// SPDX-License-Identifier: BSL-1.0
// Derivatives as values of programs: one gradient per row, Jacobians and Hessians in kernels, losses that
// contain derivatives of the model. Against the interpreter's formulas written out by hand.
#define BOOST_TEST_MODULE derivatives
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 3>;
constexpr auto y = target<"y">;
constexpr auto W = param<"W", 2, 3>;
constexpr auto a = param<"a", 2>;

constexpr auto hidden = tanh(W * x);
constexpr auto loss = square(dot(a, hidden) - y);

constexpr std::size_t rows = 37;  // neither a whole number of registers nor of tiles

struct batch_of_rows {
  std::vector<double> x = std::vector<double>(3 * rows), y = std::vector<double>(rows);
  batch_of_rows() {
    normal(0, 1).fill(x, 1);
    normal(0, 1).fill(y, 2);
  }
  [[nodiscard]] auto data() const { return dataset(::x = x, ::y = y); }
};

auto start() { return initialise<loss, double>(3, W = normal(0, 0.5), a = normal(0, 1)); }

/// The hidden values of a row, and its error.
struct row_by_hand {
  double h[2] = {}, error = 0;
  template <class Model> row_by_hand(const Model& model, const batch_of_rows& from, std::size_t row) {
    error = -from.y[row];
    for (std::size_t i = 0; i < 2; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += double(model[W][i * 3 + k]) * from.x[row * 3 + k];
      h[i] = std::tanh(sum);
      error += double(model[a][i]) * h[i];
    }
  }
};

void check(double found, double expected) {
  BOOST_TEST(std::abs(found - expected) <= 1e-13 * (1 + std::abs(expected)),
             found << ", expected " << expected);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_row_has_a_gradient_of_its_own) {
  const batch_of_rows from;
  const auto model = start();
  const std::vector<double> found = predict(grad(loss, W), model, from.data());
  BOOST_TEST_REQUIRE(found.size() == rows * 6);
  for (std::size_t row = 0; row < rows; ++row) {
    const row_by_hand at(model, from, row);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < 3; ++k)
        check(found[row * 6 + i * 3 + k],
              2 * at.error * double(model[a][i]) * (1 - at.h[i] * at.h[i]) * from.x[row * 3 + k]);
  }
}

BOOST_AUTO_TEST_CASE(every_row_has_a_jacobian_of_its_own) {
  const batch_of_rows from;
  const auto model = start();
  const std::vector<double> found = predict(jacobian(hidden, x), model, from.data());
  BOOST_TEST_REQUIRE(found.size() == rows * 6);
  for (std::size_t row = 0; row < rows; ++row) {
    const row_by_hand at(model, from, row);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < 3; ++k)
        check(found[row * 6 + i * 3 + k], (1 - at.h[i] * at.h[i]) * double(model[W][i * 3 + k]));
  }
}

BOOST_AUTO_TEST_CASE(a_hessian_of_the_mean_is_summed_over_the_rows) {
  const batch_of_rows from;
  const auto model = start();
  const std::vector<double> found = predict(hessian(mean_over_rows(loss), a), model, from.data());
  double expected[4] = {};
  for (std::size_t row = 0; row < rows; ++row) {
    const row_by_hand at(model, from, row);
    for (std::size_t i = 0; i < 4; ++i) expected[i] += 2 * at.h[i / 2] * at.h[i % 2] / double(rows);
  }
  BOOST_TEST_REQUIRE(found.size() == 4u);
  for (std::size_t i = 0; i < 4; ++i) check(found[i], expected[i]);
}

BOOST_AUTO_TEST_CASE(a_loss_may_contain_derivatives_of_the_model) {
  // The slope of the model along each input joins the loss: differentiated twice, by x and by a.
  constexpr auto slope = jvp(dot(a, hidden), x, x);
  constexpr auto penalised = loss + square(slope);
  const batch_of_rows from;
  const auto model = initialise<penalised, double>(3, W = normal(0, 0.5), a = normal(0, 1));
  const auto [value, gradient] = value_and_grad(penalised, model, from.data());
  double expected = 0, by_a[2] = {};
  for (std::size_t row = 0; row < rows; ++row) {
    const row_by_hand at(model, from, row);
    double along = 0, each[2] = {};
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t k = 0; k < 3; ++k)
        each[i] += (1 - at.h[i] * at.h[i]) * double(model[W][i * 3 + k]) * from.x[row * 3 + k];
      along += double(model[a][i]) * each[i];
    }
    expected += (at.error * at.error + along * along) / double(rows);
    for (std::size_t i = 0; i < 2; ++i)
      by_a[i] += (2 * at.error * at.h[i] + 2 * along * each[i]) / double(rows);
  }
  check(value, expected);
  for (std::size_t i = 0; i < 2; ++i) check(gradient[a][i], by_a[i]);
}

BOOST_AUTO_TEST_CASE(a_hessian_vector_product_of_a_batch_equals_a_difference_of_gradients) {
  constexpr auto v = param<"v", 2, 3>;
  constexpr auto product = hvp(mean_over_rows(loss), W, v);
  const batch_of_rows from;
  auto model = initialise<dot(a, hidden) - y + sum(v), double>(3, W = normal(0, 0.5), a = normal(0, 1),
                                                               v = normal(0, 1));
  const std::vector<double> found = predict(product, model, from.data());
  const auto gradient_at = [&](double step) {
    auto moved = model;
    for (std::size_t i = 0; i < 6; ++i) moved[W][i] += step * model[v][i];
    return predict(grad(mean_over_rows(loss), W), moved, from.data());
  };
  constexpr double step = 1e-5;  // truncation step^2, rounding 1e-16 / step: both below 1e-9
  const std::vector<double> above = gradient_at(step), below = gradient_at(-step);
  for (std::size_t i = 0; i < 6; ++i)
    BOOST_TEST(std::abs(found[i] - (above[i] - below[i]) / (2 * step)) < 1e-8);
}
