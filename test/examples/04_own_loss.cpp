// SPDX-License-Identifier: BSL-1.0
// Example 04: a loss of one's own against its gradient by hand, and what it forgives.
#define BOOST_TEST_MODULE example_04_own_loss
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <vector>

#include "fusegrad/fusegrad.hpp"
#include "same_graph.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto student_t_loss(formula auto prediction, formula auto target, formula auto log_scale) {
  const auto error = (prediction - target) / exp(log_scale);
  return 2_c * log1p(square(error) / 3_c) + log_scale;
}

constexpr auto x = input<"x", 2>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 2>;
constexpr auto b = param<"b">;
constexpr auto log_scale = param<"log_scale">;
constexpr auto prediction = dot(w, x) + b;
constexpr auto loss = student_t_loss(prediction, y, log_scale);

regression_data data_with_wrong_labels() {
  auto made = synthetic_data({2, -3.4}, 4.2, 1000, 1, 0.5);
  for (std::size_t row = 0; row < made.labels.size(); row += 10) made.labels[row] += 30;
  return made;
}

/// Loss and gradient by w[0], w[1], b and log_scale, over the rows with the given indices, by hand.
struct by_hand {
  double value = 0;
  std::array<double, 4> gradient{};

  template <class Rows>
  by_hand(const std::array<double, 4>& at, const regression_data& data, const Rows& rows) {
    for (const auto row : rows) {
      const double x0 = data.features[2 * row], x1 = data.features[2 * row + 1];
      const double scale = std::exp(at[3]);
      const double error = (at[0] * x0 + at[1] * x1 + at[2] - data.labels[row]) / scale;
      const double slope = 4 * error / (3 + error * error);  // of 2 log(1 + error^2 / 3)
      value += (2 * std::log1p(error * error / 3) + at[3]) / double(rows.size());
      const std::array<double, 4> each = {slope * x0 / scale, slope * x1 / scale, slope / scale,
                                          1 - slope * error};
      for (std::size_t i = 0; i < 4; ++i) gradient[i] += each[i] / double(rows.size());
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_agree_with_those_by_hand) {
  const regression_data made = data_with_wrong_labels();
  const auto data = dataset(x = made.features, y = made.labels);
  auto model = initialise<loss, double>(42, w = normal(), b = normal(), log_scale = normal());
  const by_hand expected({model[w](0), model[w](1), model[b], model[log_scale]}, made, permutation(1000, 0));
  const auto [value, gradient] = value_and_grad(loss, model, data);
  const std::array<double, 4> found = {gradient[w](0), gradient[w](1), gradient[b], gradient[log_scale]};
  // A sum of 1000 terms below 10 in double, in another order.
  BOOST_TEST(std::abs(value - expected.value) < 1e-12);
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(found[i] - expected.gradient[i]) < 1e-12);
}

BOOST_AUTO_TEST_CASE(training_agrees_with_plain_loops) {
  const regression_data made = data_with_wrong_labels();
  const auto data = dataset(x = made.features, y = made.labels);
  model_of<formula_of<loss>, double> model;
  fit(loss, model, data, sgd{0.03}, {.epochs = 10, .batch_size = 10, .log = nullptr});
  std::array<double, 4> expected{};
  for (std::uint64_t epoch = 0; epoch < 10; ++epoch) {
    const auto order = permutation(1000, epoch);
    for (std::size_t first = 0; first < 1000; first += 10) {
      const by_hand step(expected, made, std::span(order).subspan(first, 10));
      for (std::size_t i = 0; i < 4; ++i) expected[i] -= 0.03 * step.gradient[i];
    }
  }
  const std::array<double, 4> found = {model[w](0), model[w](1), model[b], model[log_scale]};
  // 1000 steps, each rounding numbers below 8 by 2^-51; near the minimum earlier errors shrink.
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(found[i] - expected[i]) < 1e-12);
}

BOOST_AUTO_TEST_CASE(wrong_labels_are_forgiven_that_squares_chase) {
  const regression_data made = data_with_wrong_labels();
  const auto data = dataset(x = made.features, y = made.labels);
  const fit_options options{.epochs = 10, .batch_size = 10, .log = nullptr};
  const auto robust = fit(loss, data, sgd{0.03}, options);
  const auto squared = fit(squared_error(prediction, y), data, sgd{0.03}, options);
  BOOST_TEST(std::abs(double(robust[b]) - 4.2) < 0.1);
  BOOST_TEST(std::abs(double(squared[b]) - 7.2) < 0.5);  // the mean label is 3 too high
}

BOOST_AUTO_TEST_CASE(both_doors_give_the_same_graph) {
  constexpr auto traced = trace(
      [](auto weights, auto features, auto bias, auto label, auto scale) {
        const auto error = (dot(weights, features) + bias - label) / exp(scale);
        return 2 * log1p(square(error) / 3) + scale;
      },
      w, x, b, y, log_scale);
  BOOST_TEST(graph_of(traced) == graph_of(loss));
}
