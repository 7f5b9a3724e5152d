// SPDX-License-Identifier: BSL-1.0
// Training steps one at a time: the same bits as the loop written out.
#define BOOST_TEST_MODULE trainer
#include "fusegrad/train/trainer.hpp"

#include "fusegrad/train/fit.hpp"
#include "regression.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <string>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto shrinkage = scalar<"shrinkage">;
constexpr auto shrunk = loss + shrinkage * sum(square(w));

std::string message_of(auto call) {
  try {
    (void)call();
  } catch (const non_finite_error& wrong) {
    return wrong.what();
  }
  return "no error";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_step_is_value_and_grad_and_an_update) {
  const numbers rows(103);
  const auto data = rows.data();
  for (std::size_t batch_size : {1u, 10u, 64u, 103u}) {
    auto one = initialise<loss>(1, w = normal(0, 1));
    auto other = one;
    auto step = trainer(loss, one, sgd{.learning_rate = 0.125});
    for (const auto batch : minibatches(data, batch_size, 5)) {
      const auto [value, gradient] = value_and_grad(loss, other, batch);
      other -= 0.125 * gradient;
      BOOST_TEST(step(batch) == value);
      BOOST_TEST(step.gradient()[w](2) == gradient[w](2));
      BOOST_TEST((one == other));
    }
  }
}

BOOST_AUTO_TEST_CASE(fit_takes_the_same_steps) {
  const numbers rows(50);
  const auto data = rows.data();
  auto one = initialise<loss>(1, w = normal(0, 1));
  auto other = one;
  const momentum optimise{.learning_rate = 0.01, .decay = 0.5};
  (void)fit(loss, other, data, optimise, {.epochs = 2, .batch_size = 7, .seed = 3, .log = nullptr});
  auto step = trainer(loss, one, optimise);
  for (std::uint64_t epoch = 0; epoch < 2; ++epoch)
    for (const auto batch : minibatches(data, 7, 3 + epoch)) (void)step(batch);
  BOOST_TEST((one == other));
}

BOOST_AUTO_TEST_CASE(scalars_and_the_numbers_of_the_optimiser_may_change) {
  const numbers rows(20);
  const auto data = rows.data();
  auto model = initialise<shrunk>(1, w = normal(0, 1));
  auto step = trainer(shrunk, model, sgd{.learning_rate = 0});
  const auto before = model;
  const float without = step(data, shrinkage = 0);
  const float with = step(data, shrinkage = 0.5);
  BOOST_TEST((model == before));
  double squares = 0;
  for (float each : model[w]) squares += double(each) * double(each);
  BOOST_TEST(std::abs(double(with) - double(without) - squares / 2) <= 1e-5 * double(with));
  step.optimiser().learning_rate = 0.1;
  (void)step(data, shrinkage = 0);
  BOOST_TEST(!(model == before));
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_model_as_it_was) {
  numbers rows(20);
  rows.features[13 * 3] = std::numeric_limits<float>::infinity();
  const auto data = rows.data();
  auto model = initialise<loss>(1, w = normal(0, 1));
  const auto before = model;
  auto step = trainer(loss, model, sgd{.learning_rate = 0.1});
  BOOST_TEST(message_of([&] { return step(data); }).find("row 13") != std::string::npos);
  BOOST_TEST((model == before));
  rows.features[13 * 3] = 0;
  step.optimiser().learning_rate = 1e39;
  BOOST_TEST(message_of([&] { return step(data); }).find("w") != std::string::npos);
  BOOST_TEST((model == before));
}

// A batch may be read together with rows of the next one.
BOOST_AUTO_TEST_CASE(an_infinity_in_the_next_batch_does_no_harm) {
  numbers rows(40);
  for (std::size_t row : {10u, 11u, 12u, 13u, 14u, 15u}) {
    rows.features[row * 3] = std::numeric_limits<float>::infinity();
    rows.targets[row] = std::numeric_limits<float>::quiet_NaN();
  }
  const auto data = rows.data();
  auto model = initialise<loss>(1, w = normal(0, 1));
  auto step = trainer(loss, model, sgd{.learning_rate = 0.1});
  const auto batches = minibatches(data, 10);
  BOOST_TEST(message_of([&] { return step(*batches.begin()); }) == "no error");
  BOOST_TEST(message_of([&] { return step(*++batches.begin()); }).find("row 10") != std::string::npos);
}
