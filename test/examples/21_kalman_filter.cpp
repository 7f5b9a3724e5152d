// SPDX-License-Identifier: BSL-1.0
// Example 21: the likelihood and the filtered positions by a plain loop over numbers; the gradient by differences.
#define BOOST_TEST_MODULE example_21_kalman_filter
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr int length = 12;
constexpr std::size_t rows = 19;

constexpr auto z = input<"z", length>;
constexpr auto log_push = param<"log_push">;
constexpr auto log_blur = param<"log_blur">;

constexpr auto roll_on = stack(stack(1_c, 1_c), stack(0_c, 1_c));
constexpr auto pushed = stack(0.5_c, 1_c);
constexpr auto seen = stack(1_c, 0_c);

constexpr auto step = [](auto mean, auto covariance, auto loss, auto measured) {
  const auto expected = roll_on * mean;
  const auto uncertain =
      roll_on * covariance * transpose(roll_on) + outer(pushed, pushed) * square(exp(log_push));
  const auto variance = dot(seen, uncertain * seen) + square(exp(log_blur));
  const auto surprise = measured - dot(seen, expected);
  const auto gain = uncertain * seen / variance;
  return std::tuple(expected + gain * surprise, uncertain - outer(gain, seen) * uncertain,
                    loss + (log(variance) + square(surprise) / variance) / 2_c);
};
constexpr std::tuple start(stack(0_c, 0_c), diagonal_matrix(stack(100_c, 1_c)), 0_c);

constexpr auto loss = std::get<2>(fold(step, start, z));
constexpr auto positions = std::get<0>(scan(step, start, z)) * seen;

/// The filter of one row, with the three different numbers of its covariance.
struct by_hand {
  std::vector<double> places;
  long double loss = 0;

  by_hand(const double* measured, double log_of_push, double log_of_blur) {
    const long double q = std::exp(2 * (long double)(log_of_push)),
                      r = std::exp(2 * (long double)(log_of_blur));
    long double place = 0, speed = 0, pp = 100, ps = 0, ss = 1;
    for (int i = 0; i < length; ++i) {
      place += speed;
      pp += 2 * ps + ss + q / 4;
      ps += ss + q / 2;
      ss += q;
      const long double variance = pp + r, surprise = measured[i] - place;
      place += pp / variance * surprise;
      speed += ps / variance * surprise;
      ss -= ps * ps / variance;
      ps -= ps * pp / variance;
      pp -= pp * pp / variance;
      loss += (std::log(variance) + surprise * surprise / variance) / 2;
      places.push_back(double(place));
    }
  }
};

long double mean_loss(const std::vector<double>& measured, double log_of_push, double log_of_blur) {
  long double total = 0;
  for (std::size_t row = 0; row < rows; ++row)
    total += by_hand(measured.data() + row * length, log_of_push, log_of_blur).loss;
  return total / (long double)(rows);
}

struct problem_at_hand {
  std::vector<double> measured = std::vector<double>(rows * length);
  decltype(initialise<loss, double>(0)) model = initialise<loss, double>(0);

  problem_at_hand() {
    normal(0, 5).fill(std::span<double>(measured), 1);
    model[log_push] = -1.3;
    model[log_blur] = 0.4;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_are_those_of_the_likelihood) {
  const problem_at_hand here;
  const auto [value, gradient] = value_and_grad(loss, here.model, dataset(z = here.measured));
  const auto tolerance = boost::test_tools::tolerance(1e-12);
  BOOST_TEST(value == double(mean_loss(here.measured, -1.3, 0.4)), tolerance);
  const double apart = 1e-6;
  const auto slope = [&](double by_push, double by_blur) {
    const auto at = [&](double by) {
      return mean_loss(here.measured, -1.3 + by * by_push, 0.4 + by * by_blur);
    };
    return double((at(apart) - at(-apart)) / (2 * (long double)(apart)));
  };
  BOOST_TEST(double(gradient[log_push]) == slope(1, 0), boost::test_tools::tolerance(1e-8));
  BOOST_TEST(double(gradient[log_blur]) == slope(0, 1), boost::test_tools::tolerance(1e-8));
}

BOOST_AUTO_TEST_CASE(filtered_positions_are_those_of_the_loop) {
  const problem_at_hand here;
  const std::vector<double> found = predict(positions, here.model, dataset(z = here.measured));
  for (std::size_t row = 0; row < rows; ++row) {
    const by_hand expected(here.measured.data() + row * length, -1.3, 0.4);
    for (std::size_t i = 0; i < length; ++i)
      BOOST_TEST(found[row * length + i] == expected.places[i], boost::test_tools::tolerance(1e-11));
  }
}
