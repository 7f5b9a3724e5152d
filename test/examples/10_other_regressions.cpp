// SPDX-License-Identifier: BSL-1.0
// Example 10: each regression against the method that statistics has for it: reweighted least squares in double.
#define BOOST_TEST_MODULE example_10_other_regressions
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 2>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 2>;
constexpr auto b = param<"b">;
constexpr auto log_scale = param<"log_scale">;
constexpr auto score = dot(w, x) + b;

constexpr std::size_t rows = 1000;
using line = std::array<double, 3>;  // w, b

/// Features of each row, 1 for the bias, and its target.
struct points {
  std::vector<std::array<double, 3>> features;
  std::vector<double> targets;

  explicit points(const std::function<double(double, std::mt19937_64&)>& draw) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal;
    for (std::size_t row = 0; row < rows; ++row) {
      features.push_back({float(normal(random)), float(normal(random)), 1});
      const double truth = features[row][0] - 0.5 * features[row][1] + 0.25;
      targets.push_back(float(draw(truth, random)));
    }
  }

  [[nodiscard]] auto data() const {
    std::vector<double> flat;
    for (const auto& each : features) flat.insert(flat.end(), {each[0], each[1]});
    return dataset(x = std::move(flat), y = targets);
  }
};

double at(const line& of, const std::array<double, 3>& features) {
  return of[0] * features[0] + of[1] * features[1] + of[2] * features[2];
}

/// The line with the least sum of weight * (response - line)^2: normal equations, by elimination.
line least_squares(const points& of, const auto& weight, const auto& response) {
  double equations[3][4] = {};
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < 3; ++i) {
      const double factor = weight(row) * of.features[row][i];
      for (std::size_t k = 0; k < 3; ++k) equations[i][k] += factor * of.features[row][k];
      equations[i][3] += factor * response(row);
    }
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k < 3; ++k) {
      if (k == i) continue;
      const double factor = equations[k][i] / equations[i][i];
      for (std::size_t c = i; c < 4; ++c) equations[k][c] -= factor * equations[i][c];
    }
  line result;
  for (std::size_t i = 0; i < 3; ++i) result[i] = equations[i][3] / equations[i][i];
  return result;
}

/// A generalised linear model by Fisher scoring. Source: McCullagh, Nelder 1989, "Generalized linear models", 2.5.
line fisher_scoring(const points& of, double (*mean)(double), double (*slope)(double)) {
  line found{};
  for (int times = 0; times < 50; ++times) {
    const auto here = [&](std::size_t row) { return at(found, of.features[row]); };
    found = least_squares(
        of, [&](std::size_t row) { return slope(here(row)); },
        [&](std::size_t row) { return here(row) + (of.targets[row] - mean(here(row))) / slope(here(row)); });
  }
  return found;
}

template <class Loss> auto learned(Loss loss, const points& of) {
  auto model = initialise<Loss{}, double>(1);
  (void)fit(loss, model, of.data(), momentum{.learning_rate = 0.1, .decay = 0.9},
            {.epochs = 1500, .batch_size = rows, .log = nullptr});
  return model;
}

template <class Model> void check_line(const Model& model, const line& expected) {
  BOOST_TEST(std::abs(double(model[w](0)) - expected[0]) < 1e-8);
  BOOST_TEST(std::abs(double(model[w](1)) - expected[1]) < 1e-8);
  BOOST_TEST(std::abs(double(model[b]) - expected[2]) < 1e-8);
}

}  // namespace

BOOST_AUTO_TEST_CASE(logistic_regression_ends_where_fisher_scoring_does) {
  const points of([](double truth, auto& random) {
    return std::bernoulli_distribution(1 / (1 + std::exp(-truth)))(random) ? 1 : 0;
  });
  const auto mean = [](double s) { return 1 / (1 + std::exp(-s)); };
  const auto slope = [](double s) { return std::exp(-s) / std::pow(1 + std::exp(-s), 2); };
  check_line(learned(logistic_loss(score, y), of), fisher_scoring(of, mean, slope));
}

BOOST_AUTO_TEST_CASE(poisson_regression_ends_where_fisher_scoring_does) {
  const points of(
      [](double truth, auto& random) { return std::poisson_distribution<int>(std::exp(truth))(random); });
  const auto exponential = [](double s) { return std::exp(s); };
  check_line(learned(poisson_nll(score, y), of), fisher_scoring(of, exponential, exponential));
}

// Source: Lange, Little, Taylor 1989, "Robust statistical modeling using the t distribution", EM.
BOOST_AUTO_TEST_CASE(regression_with_students_t_ends_where_reweighting_does) {
  const points of([](double truth, auto& random) {
    return truth + 0.5 * std::student_t_distribution<double>(3)(random);
  });
  line found{};
  double variance = 1;
  const auto error = [&](std::size_t row) { return of.targets[row] - at(found, of.features[row]); };
  const auto weight = [&](std::size_t row) { return 4 / (3 + error(row) * error(row) / variance); };
  for (int times = 0; times < 500; ++times) {
    found = least_squares(of, weight, [&](std::size_t row) { return of.targets[row]; });
    double sum = 0;
    for (std::size_t row = 0; row < rows; ++row) sum += weight(row) * error(row) * error(row);
    variance = sum / double(rows);
  }
  const auto model = learned(student_t_nll<3>(score, y, exp(log_scale)), of);
  check_line(model, found);
  BOOST_TEST(std::abs(std::exp(double(model[log_scale])) - std::sqrt(variance)) < 1e-8);
}

// Any quantile line through the optimum leaves the asked share below, up to the points that lie on it; steps of a
// fixed size end near it.
BOOST_AUTO_TEST_CASE(a_quantile_regression_leaves_its_share_below) {
  const points of(
      [](double truth, auto& random) { return truth + std::uniform_real_distribution<double>()(random); });
  const auto model = learned(quantile_loss<0.9>(score, y), of);
  const line found{double(model[w](0)), double(model[w](1)), double(model[b])};
  std::size_t below = 0;
  for (std::size_t row = 0; row < rows; ++row) below += of.targets[row] < at(found, of.features[row]) ? 1 : 0;
  BOOST_TEST(std::abs(double(below) / rows - 0.9) < 0.02);
  BOOST_TEST(std::abs(found[0] - 1) < 0.05);
  BOOST_TEST(std::abs(found[1] + 0.5) < 0.05);
  BOOST_TEST(std::abs(found[2] - 1.15) < 0.05);
}
