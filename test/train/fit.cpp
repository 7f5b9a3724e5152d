// SPDX-License-Identifier: BSL-1.0
// Training in one line: the same bits as the loop written out, every option, and what a wrong row leaves.
#define BOOST_TEST_MODULE fit
#include "fusegrad/train/fit.hpp"

#include "fusegrad/run/instruction_set.hpp"

#include "data/temporary_directory.hpp"
#include "regression.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <sstream>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto lambda = scalar<"lambda">;
constexpr auto penalised = loss + lambda * dot(w, w);

const numbers in(103);
const auto data = in.data();

fit_options quiet(std::size_t epochs = 3, std::size_t batch_size = 10, std::uint64_t seed = 5) {
  return {.epochs = epochs, .batch_size = batch_size, .seed = seed, .log = nullptr};
}

auto start() { return initialise<loss>(1, w = normal(0, 1)); }

auto fitted(const fit_options& options, const sgd& optimise = {0.03}) {
  auto model = start();
  (void)fit(loss, model, data, optimise, options);
  return model;
}

}  // namespace

BOOST_AUTO_TEST_CASE(fit_and_the_loop_written_out_have_the_same_bits_and_losses) {
  auto by_hand = start();
  std::vector<double> losses;
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    double total = 0;
    for (const auto batch : minibatches(data, 10, 5 + epoch)) {
      const auto [value, gradient] = value_and_grad(loss, by_hand, batch);
      by_hand -= 0.03 * gradient;
      total += double(value) * double(batch.rows.count);
    }
    losses.push_back(total / double(in.rows()));
  }
  auto by_fit = start();
  const std::vector<epoch_report> reports = fit(loss, by_fit, data, sgd{0.03}, quiet());
  BOOST_TEST((by_fit == by_hand));
  BOOST_TEST(reports.size() == 3u);
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    BOOST_TEST(reports[epoch].epoch == epoch);
    BOOST_TEST(reports[epoch].loss == losses[epoch]);
  }
  BOOST_TEST(losses[2] < losses[0]);
}

BOOST_AUTO_TEST_CASE(every_option_has_an_effect) {
  const auto model = fitted(quiet());
  BOOST_TEST((fitted(quiet()) == model));
  BOOST_TEST((fitted(quiet(4)) != model));
  BOOST_TEST((fitted(quiet(3, 11)) != model));
  BOOST_TEST((fitted(quiet(3, 10, 6)) != model));
  BOOST_TEST((fitted(quiet(), sgd{0.04}) != model));
  BOOST_TEST((fitted(quiet(0)) == start()));
}

BOOST_AUTO_TEST_CASE(epochs_use_one_seed_after_the_other) {
  auto resumed = fitted(quiet(1, 10, 5));
  (void)fit(loss, resumed, data, sgd{0.03}, quiet(2, 10, 6));
  BOOST_TEST((resumed == fitted(quiet(3, 10, 5))));
}

BOOST_AUTO_TEST_CASE(a_batch_larger_than_the_data_is_one_step_on_all_rows) {
  auto by_hand = start();
  for (const auto batch : minibatches(data, in.rows(), 5))
    by_hand -= 0.03 * value_and_grad(loss, by_hand, batch).gradient;
  BOOST_TEST((fitted(quiet(1, 5000)) == by_hand));
  BOOST_TEST((fitted(quiet(1, std::numeric_limits<std::size_t>::max())) == by_hand));
}

BOOST_AUTO_TEST_CASE(after_each_epoch_the_callback_meets_the_model_of_that_epoch) {
  auto model = start();
  std::vector<epoch_report> told;
  std::vector<decltype(model)> seen;
  fit_options options = quiet();
  options.after_epoch = [&](const epoch_report& report) {
    told.push_back(report);
    seen.push_back(model);
  };
  const auto reports = fit(loss, model, data, sgd{0.03}, options);
  BOOST_TEST(told.size() == 3u);
  for (std::size_t epoch = 0; epoch < told.size(); ++epoch) {
    BOOST_TEST(told[epoch].epoch == epoch);
    BOOST_TEST(told[epoch].loss == reports[epoch].loss);
    BOOST_TEST((seen[epoch] == fitted(quiet(epoch + 1))));
  }
}

BOOST_AUTO_TEST_CASE(the_log_names_the_instruction_set_and_each_epoch) {
  std::ostringstream log;
  fit_options options = quiet();
  options.log = &log;
  (void)fitted(options);
  const std::string text = log.str();
  BOOST_TEST(text.find("3 epochs of 11 batches") != std::string::npos, text);
  BOOST_TEST(text.find("compiled for " + std::string(simd::name_of<native_arch>()) + "; " +
                       compare_with_machine(int(lane_count<float>)) + "\n") != std::string::npos,
             text);
  BOOST_TEST(text.find("epoch 1/3  loss ") != std::string::npos, text);
  BOOST_TEST(text.find("epoch 3/3  loss ") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(fit_makes_a_model_of_its_own_that_begins_at_zero) {
  auto zero = initialise<loss>(0);
  (void)fit(loss, zero, data, sgd{0.03}, quiet());
  BOOST_TEST((fit(loss, data, sgd{0.03}, quiet()) == zero));
}

BOOST_AUTO_TEST_CASE(scalars_of_the_loss_are_given_after_the_options) {
  auto model = initialise<penalised>(1, w = normal(0, 1));
  auto by_hand = model;
  (void)fit(penalised, model, data, sgd{0.03}, quiet(1), lambda = 0.1);
  for (const auto batch : minibatches(data, 10, 5))
    by_hand -= 0.03 * value_and_grad(penalised, by_hand, batch, lambda = 0.1).gradient;
  BOOST_TEST((model == by_hand));
}

BOOST_AUTO_TEST_CASE(a_batch_size_of_zero_is_refused_before_anything_is_done) {
  auto model = start();
  std::ostringstream log;
  fit_options options = quiet(3, 0);
  options.log = &log;
  BOOST_TEST(message_of<data_error>([&] { (void)fit(loss, model, data, sgd{0.03}, options); }) ==
             "minibatches(data, batch_size): expected a batch size of at least 1, found 0");
  BOOST_TEST((model == start()));
  BOOST_TEST(log.str() == "");
}

BOOST_AUTO_TEST_CASE(a_wrong_row_stops_training_at_the_last_good_step) {
  for (const bool in_target : {false, true})
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      numbers wrong = in;
      (in_target ? wrong.targets[62] : wrong.features[62 * 3 + 1]) = value;
      auto by_fit = start(), by_hand = start();
      std::size_t epochs_done = 0;
      fit_options options = quiet();
      options.after_epoch = [&](const epoch_report&) { ++epochs_done; };
      const std::string of_fit =
          message_of<non_finite_error>([&] { (void)fit(loss, by_fit, wrong.data(), sgd{0.03}, options); });
      std::size_t steps = 0;
      const std::string of_loop = message_of<non_finite_error>([&] {
        for (const auto batch : minibatches(wrong.data(), 10, 5)) {
          const auto [loss_of_batch, gradient] = value_and_grad(loss, by_hand, batch);
          by_hand -= 0.03 * gradient;
          ++steps;
        }
      });
      BOOST_TEST(of_fit.find("row 62") != std::string::npos, of_fit);
      BOOST_TEST(of_fit.find(in_target ? "y[0]" : "x[1]") != std::string::npos, of_fit);
      BOOST_TEST(of_fit == of_loop);
      BOOST_TEST(steps > 0u);
      BOOST_TEST(epochs_done == 0u);
      BOOST_TEST((by_fit == by_hand));
      BOOST_TEST(std::isfinite(by_fit[w](1)));
    }
}

BOOST_AUTO_TEST_CASE(a_step_that_overflows_is_not_taken) {
  auto model = start();
  const std::string found =
      message_of<non_finite_error>([&] { (void)fit(loss, model, data, sgd{1e39}, quiet(1, 103)); });
  BOOST_TEST((found.find("this step would make w(0) ") == 0), found);
  BOOST_TEST(found.find("inf: the learning rate is too large for its gradient; the parameters are as they "
                        "were before this step") != std::string::npos,
             found);
  BOOST_TEST((model == start()));
  // A later step, with a memory: the parameters are those of the step before.
  for (std::size_t good = 1; good < 40; ++good) {
    auto longer = start(), kept = start();
    try {
      (void)fit(loss, longer, data, momentum{1e5, 0.5}, quiet(good, 103));
    } catch (const non_finite_error&) {
      (void)fit(loss, kept, data, momentum{1e5, 0.5}, quiet(good - 1, 103));
      BOOST_TEST(good > 1u);
      BOOST_TEST((longer == kept));
      return;
    }
  }
  BOOST_TEST(false, "this must diverge");
}

BOOST_AUTO_TEST_CASE(training_that_diverges_says_so_and_keeps_finite_parameters) {
  auto model = start();
  const std::string found =
      message_of<non_finite_error>([&] { (void)fit(loss, model, data, sgd{1e6}, quiet(100)); });
  BOOST_TEST(found.find("the parameters are as they were before this step") != std::string::npos, found);
  for (float each : model[w]) BOOST_TEST(std::isfinite(each));
}
