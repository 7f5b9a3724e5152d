// SPDX-License-Identifier: BSL-1.0
// Running statistics against loops that average the same batches, and what evaluation makes of them.
#define BOOST_TEST_MODULE running_average
#include "fusegrad/train/running_average.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "fusegrad/train/fit.hpp"
#include "run/arena.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 3>;
constexpr auto y = target<"y">;
constexpr auto gain = param<"gain", 3>;
constexpr auto bias = param<"bias", 3>;
constexpr auto running_mean = param<"mean", 3>;
constexpr auto running_variance = param<"variance", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto normalised = batch_norm(x, gain, bias, running_mean, running_variance);
constexpr auto loss = squared_error(dot(w, normalised), y);

constexpr std::size_t rows = 103, batch_size = 20;
constexpr double share = 0.1;

std::vector<double> features() {
  std::vector<double> result(rows * 3);
  normal(2, 3).fill(std::span<double>(result), 5);
  return result;
}
auto data() {
  std::vector<double> answers(rows);
  normal(0, 1).fill(std::span<double>(answers), 6);
  return dataset(x = features(), y = std::move(answers));
}
auto fresh_model() {
  return initialise<loss, double>(1, gain = ones, w = normal(0, 1), running_variance = ones);
}

/// Exponential averages of mean and variance, by plain loops over the same batches.
struct plain_averages {
  std::array<double, 3> mean{}, variance{1, 1, 1};

  void follow(const std::vector<double>& from, const row_selection& which) {
    for (std::size_t k = 0; k < 3; ++k) {
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < which.count; ++i) sum += from[which[i] * 3 + k];
      const double centre = sum / double(which.count);
      for (std::size_t i = 0; i < which.count; ++i) squares += std::pow(from[which[i] * 3 + k] - centre, 2);
      mean[k] = (1 - share) * mean[k] + share * centre;
      variance[k] = (1 - share) * variance[k] + share * squares / double(which.count);
    }
  }
};

/// Trains for some epochs, with averages of all batches.
auto trained() {
  auto model = fresh_model();
  auto step = trainer(loss, model, sgd{.learning_rate = 0.01});
  auto average =
      running_average(model, share, running_mean = batch_mean(x), running_variance = batch_variance(x));
  const auto all = data();
  for (std::uint64_t epoch = 0; epoch < 4; ++epoch)
    for (const auto batch : minibatches(all, batch_size, epoch)) {
      average(batch);
      step(batch);
    }
  return model;
}

}  // namespace

BOOST_AUTO_TEST_CASE(averages_are_those_of_plain_loops_over_the_same_batches) {
  const auto model = trained();
  plain_averages expected;
  const auto from = features();
  const auto all = data();
  for (std::uint64_t epoch = 0; epoch < 4; ++epoch)
    for (const auto batch : minibatches(all, batch_size, epoch)) expected.follow(from, batch.rows);
  for (int k = 0; k < 3; ++k) {
    BOOST_TEST(std::abs(model[running_mean](k) - expected.mean[std::size_t(k)]) < 1e-12);
    BOOST_TEST(std::abs(model[running_variance](k) - expected.variance[std::size_t(k)]) < 1e-12);
    BOOST_TEST(std::abs(model[running_mean](k) - 2) < 1);
    BOOST_TEST(std::abs(model[running_variance](k) - 9) < 4);
  }
}

BOOST_AUTO_TEST_CASE(evaluation_normalises_by_the_averages) {
  const auto model = trained();
  const auto found = predict(normalised, model, dataset(x = std::vector<double>{5, 5, 5}));
  for (int k = 0; k < 3; ++k) {
    const double expected =
        model[gain](k) * (5 - model[running_mean](k)) / std::sqrt(model[running_variance](k) + 1e-5) +
        model[bias](k);
    BOOST_TEST(std::abs(found[std::size_t(k)] - expected) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(averages_do_not_change_what_is_trained) {
  const auto averaged = trained();
  auto model = fresh_model();
  auto step = trainer(loss, model, sgd{.learning_rate = 0.01});
  const auto all = data();
  for (std::uint64_t epoch = 0; epoch < 4; ++epoch)
    for (const auto batch : minibatches(all, batch_size, epoch)) step(batch);
  for (int k = 0; k < 3; ++k) {
    BOOST_TEST(averaged[w](k) == model[w](k));
    BOOST_TEST(averaged[gain](k) == model[gain](k));
    BOOST_TEST(model[running_variance](k) == 1.0);
  }
}

BOOST_AUTO_TEST_CASE(averages_have_the_same_bits_at_any_number_of_threads) {
  const auto alone = trained();
  for (int threads : thread_counts) with_threads(threads, [&] { BOOST_TEST((trained() == alone)); });
}

// What the second average follows is made of the first one's parameter: both see it as it was before the batch.
BOOST_AUTO_TEST_CASE(all_formulas_are_evaluated_before_a_parameter_changes) {
  auto model = fresh_model();
  const auto all = data();
  auto average = running_average(model, 1, running_mean = batch_mean(x),
                                 running_variance = batch_mean(x) + running_mean);
  average(all);
  const auto expected = predict(batch_mean(x), model, all);
  for (int k = 0; k < 3; ++k) {
    BOOST_TEST(model[running_mean](k) == expected[std::size_t(k)]);
    BOOST_TEST(model[running_variance](k) == expected[std::size_t(k)]);
  }
}

BOOST_AUTO_TEST_CASE(scalars_are_handed_on) {
  auto model = fresh_model();
  const auto factor = scalar<"factor">;
  auto average = running_average(model, 0.5, running_mean = batch_mean(x * factor));
  const auto all = data();
  average(all, factor = 3);
  const auto once = predict(batch_mean(x), model, all);
  for (int k = 0; k < 3; ++k)
    BOOST_TEST(std::abs(model[running_mean](k) - 1.5 * once[std::size_t(k)]) < 1e-12);
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_changes_no_average) {
  auto model = fresh_model();
  auto average =
      running_average(model, share, running_variance = batch_variance(x), running_mean = batch_mean(x));
  const double infinity = std::numeric_limits<double>::infinity();
  const auto broken =
      dataset(x = std::vector<double>{1, 2, 3, 4, infinity, 6}, y = std::vector<double>{0, 0});
  BOOST_CHECK_THROW(average(broken), non_finite_error);
  BOOST_TEST((model == fresh_model()));
}

BOOST_AUTO_TEST_CASE(a_momentum_is_a_share) {
  auto model = fresh_model();
  BOOST_CHECK_THROW((void)running_average(model, 1.5, running_mean = batch_mean(x)), data_error);
  BOOST_CHECK_THROW((void)running_average(model, -0.1, running_mean = batch_mean(x)), data_error);
  BOOST_CHECK_THROW((void)running_average(model, std::nan(""), running_mean = batch_mean(x)), data_error);
}
