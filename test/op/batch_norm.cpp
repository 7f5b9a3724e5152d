// SPDX-License-Identifier: BSL-1.0
// Batch normalisation, in training and outside it.
#define BOOST_TEST_MODULE batch_norm
#include "fusegrad/op/batch_norm.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 2>;
constexpr auto image = input<"image", 2, 3>;
constexpr auto gain = param<"gain", 2>;
constexpr auto bias = param<"bias", 2>;
constexpr auto mean_of_all = param<"mean", 2>;
constexpr auto variance_of_all = param<"variance", 2>;

template <class Value> constexpr auto normalised(Value v) {
  return batch_norm(v, gain, bias, mean_of_all, variance_of_all);
}
constexpr auto loss = sum(square(normalised(x)) + normalised(x));

}  // namespace

// Rows (1, 10), (3, 10), (5, 40): means 3 and 20, variances 8/3 and 200.
BOOST_AUTO_TEST_CASE(in_training_the_batch_gives_mean_and_variance) {
  const std::vector<double> rows{1, 10, 3, 10, 5, 40};
  const auto model = initialise<loss, double>(1, gain = ones);
  const double value = value_and_grad(loss, model, dataset(x = rows)).value;
  const double expected =
      (8 / 3.) / (8 / 3. + 1e-5) + 200 / (200 + 1e-5);  // the mean of squares; the sum is 0
  BOOST_TEST(std::abs(value - expected) < 1e-12);
}

BOOST_AUTO_TEST_CASE(outside_training_parameters_do) {
  const std::vector<double> rows{1, 10, 3, 10, 5, 40};
  const auto data = dataset(x = rows);
  auto model = initialise<loss, double>(1, gain = ones, variance_of_all = ones);
  model[bias] = 0.5;
  model[mean_of_all] = predict(batch_mean(x), model, data);
  model[variance_of_all] = predict(batch_variance(x), model, data);
  BOOST_TEST(std::abs(model[mean_of_all](0) - 3) < 1e-12);
  BOOST_TEST(std::abs(model[mean_of_all](1) - 20) < 1e-12);
  BOOST_TEST(std::abs(model[variance_of_all](0) - 8 / 3.) < 1e-12);
  BOOST_TEST(std::abs(model[variance_of_all](1) - 200) < 1e-12);
  const auto found = predict(normalised(x), model, dataset(x = std::vector<double>{5, 20}));
  BOOST_TEST(std::abs(found[0] - (2 / std::sqrt(8 / 3. + 1e-5) + 0.5)) < 1e-12);
  BOOST_TEST(std::abs(found[1] - 0.5) < 1e-12);
}

BOOST_AUTO_TEST_CASE(no_step_changes_the_parameters_of_evaluation) {
  auto model = initialise<loss>(1, gain = ones, variance_of_all = ones);
  const std::vector<float> rows{1, 10, 3, 10, 5, 40};
  auto step = trainer(loss, model, sgd{.learning_rate = 0.1});
  step(dataset(x = rows));
  BOOST_TEST(model[gain](0) != 1.0F);
  BOOST_TEST(model[variance_of_all](0) == 1.0F);
  BOOST_TEST(model[mean_of_all](0) == 0.0F);
}

// A channel of an image has one mean and one variance, over its pixels and the rows.
BOOST_AUTO_TEST_CASE(channels_are_normalised_as_a_whole) {
  const std::vector<double> rows{1, 2, 3, 10, 10, 10, 4, 5, 9, 20, 20, 50};
  constexpr auto one_loss = sum(square(normalised(image)));
  const auto model = initialise<one_loss, double>(1, gain = ones);
  const auto data = dataset(image = rows);
  const auto means = predict(batch_mean(image), model, data),
             variances = predict(batch_variance(image), model, data);
  BOOST_TEST(std::abs(means[0] - 4) < 1e-12);
  BOOST_TEST(std::abs(means[1] - 20) < 1e-12);
  BOOST_TEST(std::abs(variances[0] - 40 / 6.) < 1e-12);
  BOOST_TEST(std::abs(variances[1] - 1200 / 6.) < 1e-12);
}
