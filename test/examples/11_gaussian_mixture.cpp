// SPDX-License-Identifier: BSL-1.0
// Example 11: the density against the textbook's, by a plain loop, and the end of training against expectation
// maximisation.
#define BOOST_TEST_MODULE example_11_gaussian_mixture
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 2>;
constexpr auto shares = param<"shares", 3>;
constexpr auto m1 = param<"m1", 2>;
constexpr auto m2 = param<"m2", 2>;
constexpr auto m3 = param<"m3", 2>;
constexpr auto f1 = param<"f1", 3>;
constexpr auto f2 = param<"f2", 3>;
constexpr auto f3 = param<"f3", 3>;

constexpr auto log_normal(formula auto mean, formula auto packed) {
  const auto F = lower_triangular<2>(packed);
  return sum(log(abs(diagonal(F)))) - sum(square(F * (x - mean))) / constant<2>;
}
constexpr auto log_densities = stack(log_normal(m1, f1), log_normal(m2, f2), log_normal(m3, f3));
constexpr auto loss = -logsumexp(log_softmax(shares) + log_densities);

/// A normal distribution in the plane, with its share of the mixture.
struct cluster {
  double share, x, y, xx, xy, yy;

  /// Its share times its density times 2 pi.
  [[nodiscard]] double density(double px, double py) const {
    const double determinant = xx * yy - xy * xy, dx = px - x, dy = py - y;
    const double square = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / determinant;
    return share * std::exp(-square / 2) / std::sqrt(determinant);
  }
};
using mixture = std::array<cluster, 3>;

double loss_of(const mixture& of, const std::vector<double>& points) {
  double total = 0;
  for (std::size_t i = 0; i < points.size(); i += 2) {
    double density = 0;
    for (const cluster& each : of) density += each.density(points[i], points[i + 1]);
    total -= std::log(density);
  }
  return total / double(points.size() / 2);
}

/// One step of expectation maximisation. Source: Dempster, Laird, Rubin 1977.
mixture improved(const mixture& of, const std::vector<double>& points) {
  mixture sums{};
  const auto visit = [&](auto add) {
    for (std::size_t i = 0; i < points.size(); i += 2) {
      double total = 0;
      for (const cluster& each : of) total += each.density(points[i], points[i + 1]);
      for (std::size_t k = 0; k < 3; ++k)
        add(sums[k], of[k].density(points[i], points[i + 1]) / total, points[i], points[i + 1]);
    }
  };
  visit([](cluster& to, double weight, double px, double py) {
    to.share += weight;
    to.x += weight * px;
    to.y += weight * py;
  });
  for (cluster& each : sums) each.x /= each.share, each.y /= each.share;
  visit([](cluster& to, double weight, double px, double py) {
    to.xx += weight * (px - to.x) * (px - to.x);
    to.xy += weight * (px - to.x) * (py - to.y);
    to.yy += weight * (py - to.y) * (py - to.y);
  });
  for (cluster& each : sums) each.xx /= each.share, each.xy /= each.share, each.yy /= each.share;
  for (cluster& each : sums) each.share /= double(points.size() / 2);
  return sums;
}

std::vector<double> drawn_points(std::size_t count) {
  std::mt19937_64 random(10);
  std::normal_distribution<double> normal;
  std::vector<double> points;
  for (std::size_t i = 0; i < count; ++i) {
    const double u = normal(random), v = normal(random);
    if (i % 10 < 5)
      points.insert(points.end(), {-3 + 1.5 * u, 0.3 * v});
    else if (i % 10 < 8)
      points.insert(points.end(), {2 + 0.5 * u, 2 + 0.5 * v});
    else
      points.insert(points.end(), {2 + 0.8 * u, -2 + 0.6 * u + 0.3 * v});
  }
  return points;
}

auto model_at_start() {
  auto model = initialise<loss, double>(1);
  model[m1] = std::vector<double>{-1, 0};
  model[m2] = std::vector<double>{1, 1};
  model[m3] = std::vector<double>{1, -1};
  model[f1] = model[f2] = model[f3] = std::vector<double>{1, 0, 1};
  return model;
}
constexpr mixture start{{{1 / 3., -1, 0, 1, 0, 1}, {1 / 3., 1, 1, 1, 0, 1}, {1 / 3., 1, -1, 1, 0, 1}}};

}  // namespace

BOOST_AUTO_TEST_CASE(the_loss_is_minus_the_textbooks_log_density) {
  const auto points = drawn_points(200);
  auto model = model_at_start();
  BOOST_TEST(std::abs(evaluate(loss, model, dataset(x = points)) - loss_of(start, points)) < 1e-12);
  // F = (2 0; 1 -3): the inverse of transpose(F) * F, by hand.
  model[f1] = std::vector<double>{2, 1, -3};
  mixture bent = start;
  bent[0].xx = 1 / 4., bent[0].xy = 1 / 12., bent[0].yy = 5 / 36.;
  BOOST_TEST(std::abs(evaluate(loss, model, dataset(x = points)) - loss_of(bent, points)) < 1e-12);
}

BOOST_AUTO_TEST_CASE(training_ends_where_expectation_maximisation_does) {
  const auto points = drawn_points(1000);
  const auto data = dataset(x = points);
  auto model = model_at_start();
  fit(loss, model, data, momentum{.learning_rate = 0.05},
      {.epochs = 2000, .batch_size = 1000, .log = nullptr});
  mixture expected = start;
  for (int times = 0; times < 300; ++times) expected = improved(expected, points);
  BOOST_TEST(std::abs(evaluate(loss, model, data) - loss_of(expected, points)) < 1e-9);
  const auto weights = predict(softmax(shares), model, data);
  for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(std::abs(weights[k] - expected[k].share) < 1e-5);
  BOOST_TEST(std::abs(model[m1](0) - expected[0].x) < 1e-5);
  BOOST_TEST(std::abs(model[m2](1) - expected[1].y) < 1e-5);
  BOOST_TEST(std::abs(model[m3](0) - expected[2].x) < 1e-5);
  const double a = model[f3](0), b = model[f3](1), c = model[f3](2);
  BOOST_TEST(std::abs(-b / (a * a * c) - expected[2].xy) < 1e-4);
}
