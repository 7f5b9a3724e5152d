// SPDX-License-Identifier: BSL-1.0
// Synthetic data for linear regression: shapes, the linear law, and the size of the noise.
// Without noise the law must hold to the rounding of the label; with it, in distribution.
#define BOOST_TEST_MODULE synthetic_data
#include "fusegrad/data/synthetic_data.hpp"

#include "fusegrad/data/error.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

const std::vector<double> w = {2, -3.4};
constexpr double b = 4.2;

/// The label less what the linear law gives.
double residual(const regression_data& data, std::size_t row) {
  double linear = b;
  for (std::size_t i = 0; i < data.width; ++i) linear += w[i] * data.features[row * data.width + i];
  return data.labels[row] - linear;
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_have_one_feature_per_weight_and_one_label) {
  const regression_data data = synthetic_data({2, -3.4}, 4.2, 1000, 1);
  BOOST_TEST(data.width == 2u);
  BOOST_TEST(data.features.size() == 2000u);
  BOOST_TEST(data.labels.size() == 1000u);
  BOOST_TEST(synthetic_data({2, -3.4}, 4.2, 0, 1).labels.empty());
}

BOOST_AUTO_TEST_CASE(one_weight_is_one_feature) { BOOST_TEST(synthetic_data({2}, 0, 10, 1).width == 1u); }

BOOST_AUTO_TEST_CASE(without_noise_a_label_is_the_linear_law_rounded_to_float) {
  const regression_data data = synthetic_data(w, b, 1000, 2, 0);
  for (std::size_t row = 0; row < 1000; ++row) {
    const double half_ulp = std::ldexp(std::abs(data.labels[row]), -24);
    BOOST_TEST(std::abs(residual(data, row)) <= half_ulp * (1 + 1e-6) + 1e-15);
  }
}

BOOST_AUTO_TEST_CASE(the_noise_has_the_standard_deviation_asked_for) {
  constexpr std::size_t n = 10000;
  for (double noise : {0.01, 0.5}) {
    const regression_data data = synthetic_data(w, b, n, 3, noise);
    double sum = 0, sum_of_squares = 0;
    for (std::size_t row = 0; row < n; ++row) {
      sum += residual(data, row);
      sum_of_squares += std::pow(residual(data, row), 2);
    }
    // Five standard errors of the mean, and of the variance.
    BOOST_TEST(std::abs(sum / n) < 5 * noise / std::sqrt(double(n)));
    BOOST_TEST(std::abs(sum_of_squares / n / (noise * noise) - 1) < 5 * std::sqrt(2. / n));
  }
}

BOOST_AUTO_TEST_CASE(the_noise_is_one_hundredth_unless_told) {
  BOOST_TEST((synthetic_data(w, b, 10, 4).labels == synthetic_data(w, b, 10, 4, 0.01).labels));
}

BOOST_AUTO_TEST_CASE(the_features_are_standard_normal) {
  constexpr std::size_t n = 10000;
  double sum = 0, sum_of_squares = 0;
  for (float x : synthetic_data({1}, 0, n, 5).features) {
    sum += x;
    sum_of_squares += double(x) * x;
  }
  BOOST_TEST(std::abs(sum / n) < 5 / std::sqrt(double(n)));
  BOOST_TEST(std::abs(sum_of_squares / n - 1) < 5 * std::sqrt(2. / n));
}

BOOST_AUTO_TEST_CASE(the_same_seed_repeats_and_another_does_not) {
  BOOST_TEST((synthetic_data(w, b, 10, 6).labels == synthetic_data(w, b, 10, 6).labels));
  BOOST_TEST((synthetic_data(w, b, 10, 6).features != synthetic_data(w, b, 10, 7).features));
}

BOOST_AUTO_TEST_CASE(no_weights_are_refused) {
  BOOST_TEST(message_of<data_error>([] { return synthetic_data({}, 1, 10, 1); }) ==
             "synthetic_data: expected at least 1 weight, found none");
}
