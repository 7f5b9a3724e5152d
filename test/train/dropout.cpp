// SPDX-License-Identifier: BSL-1.0
// Dropout from the outside: what it drops, when it does, and what its numbers depend on.
#define BOOST_TEST_MODULE dropout
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <numeric>
#include <vector>

#include "fusegrad/train/fit.hpp"
#include "fusegrad/train/predictor.hpp"
#include "fusegrad/train/wrt.hpp"

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 50>;
constexpr auto w = param<"w", 50>;
constexpr auto kept = dropout<0.2>(multiply(w, x));
constexpr auto loss = sum(kept);

// The gradient by x shows what was kept: 0 or 1 / 0.8 of w, over the rows.
constexpr auto y = target<"y">;
constexpr auto deep = squared_error(sum(dropout<0.5>(tanh(dropout<0.2>(multiply(w, x))))), y);

std::vector<float> all_ones(std::size_t count) { return std::vector<float>(count, 1.0F); }

template <class Loss> auto model_with_ones(Loss) { return initialise<Loss{}>(1, w = filled_with{1}); }

/// For each row and element, what the loss of all ones kept of it: 0 or 1.25.
std::vector<float> kept_of(std::size_t rows, random_key key) {
  auto model = model_with_ones(loss);
  const auto features = all_ones(rows * 50);
  const auto data = dataset(x = features);
  std::vector<float> slopes(rows * 50);
  (void)value_and_grad(loss, wrt(x = slopes), model, data, random_seed = key);
  for (float& each : slopes) each *= float(rows);
  return slopes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_kept_is_scaled_and_the_share_is_that_asked_for) {
  const std::size_t rows = 4000;
  const auto found = kept_of(rows, {.seed = 3});
  std::size_t dropped = 0;
  for (float each : found) {
    const bool fits = each == 0 || std::abs(each - 1.25F) < 1e-5F;
    BOOST_TEST_REQUIRE(fits, "an element is kept with weight " << each);
    dropped += each == 0 ? 1 : 0;
  }
  const double count = double(found.size()), share = double(dropped) / count;
  // Five standard deviations.
  BOOST_TEST(std::abs(share - 0.2) < 5 * std::sqrt(0.2 * 0.8 / count));
}

BOOST_AUTO_TEST_CASE(seed_step_row_and_element_each_draw_anew) {
  const auto found = kept_of(100, {.seed = 3, .step = 7});
  BOOST_TEST((found == kept_of(100, {.seed = 3, .step = 7})));
  BOOST_TEST((found != kept_of(100, {.seed = 4, .step = 7})));
  BOOST_TEST((found != kept_of(100, {.seed = 3, .step = 8})));
  BOOST_TEST((found != kept_of(100, {.seed = 3 | std::uint64_t(1) << 40, .step = 7})));
  const std::vector<float> first(found.begin(), found.begin() + 50);
  const std::vector<float> second(found.begin() + 50, found.begin() + 100);
  BOOST_TEST((first != second));
  // Which rows are with it in the batch does not matter to a row.
  const auto few = kept_of(10, {.seed = 3, .step = 7});
  for (std::size_t i = 0; i < few.size(); ++i) BOOST_TEST(std::abs(few[i] - found[i]) < 1e-5F);
}

BOOST_AUTO_TEST_CASE(a_row_draws_the_same_in_any_batch) {
  auto model = initialise<deep>(1, w = normal(0, 1));
  const std::size_t rows = 130;
  auto features = all_ones(rows * 50);
  normal(0, 1).fill(std::span<float>(features), 5);
  const auto targets = all_ones(rows);
  const auto data = dataset(x = features, y = targets);
  double total = 0;
  for (const auto batch : minibatches(data, 10, 4))
    total += double(value_and_grad(deep, model, batch, random_seed = 9).value) * double(batch.rows.count);
  const double whole = value_and_grad(deep, model, data, random_seed = 9).value;
  BOOST_TEST(std::abs(total / double(rows) - whole) < 1e-4 * (1 + std::abs(whole)));
}

// The gradient of a step is that of its own value: both passes drop the same. In double, the masks are those
// of float.
BOOST_AUTO_TEST_CASE(the_gradient_is_that_of_the_value) {
  const std::size_t rows = 33;
  auto features = std::vector<double>(rows * 50);
  normal(0, 1).fill(std::span<double>(features), 5);
  const auto targets = std::vector<double>(rows, 1.0);
  const auto data = dataset(x = features, y = targets);
  auto model = initialise<deep, double>(1, w = normal(0, 1));
  const auto gradient = value_and_grad(deep, model, data, random_seed = 2).gradient;
  for (int i = 0; i < 50; i += 7) {
    const double here = model[w](i), step = 1e-6;
    model[w](i) = here + step;
    const double above = value_and_grad(deep, model, data, random_seed = 2).value;
    model[w](i) = here - step;
    const double below = value_and_grad(deep, model, data, random_seed = 2).value;
    model[w](i) = here;
    BOOST_TEST(std::abs(gradient[w](i) - (above - below) / (2 * step)) < 1e-7);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_dropped_outside_training) {
  auto model = model_with_ones(loss);
  const auto features = all_ones(50 * 20);
  const auto data = dataset(x = features);
  BOOST_TEST(evaluate(loss, model, data) == 50.0F);
  for (float each : predict(loss, model, data)) BOOST_TEST(each == 50.0F);
  BOOST_TEST(predictor(loss, model)(x = std::vector<float>(50, 1.0F)) == 50.0F);
  BOOST_TEST(value_and_grad(loss, model, data, random_seed = 1).value != 50.0F);
}

BOOST_AUTO_TEST_CASE(training_counts_its_steps) {
  auto one = model_with_ones(loss);
  auto other = one;
  const auto features = all_ones(50 * 20);
  const auto data = dataset(x = features);
  auto step = trainer(loss, one, sgd{.learning_rate = 0.01}, 11);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto [value, gradient] =
        value_and_grad(loss, other, data, random_seed = random_key{.seed = 11, .step = i});
    other -= 0.01 * gradient;
    BOOST_TEST(step(data) == value);
    BOOST_TEST((one == other));
  }
  // A seed in the call takes the place of the trainer's.
  BOOST_TEST(step(data, random_seed = 5) == value_and_grad(loss, other, data, random_seed = 5).value);
}

BOOST_AUTO_TEST_CASE(fit_is_repeatable_and_depends_on_its_seed) {
  const auto features = all_ones(50 * 40);
  const auto targets = all_ones(40);
  const auto data = dataset(x = features, y = targets);
  const auto trained = [&](std::uint64_t seed) {
    auto model = initialise<deep>(1, w = normal(0, 1));
    (void)fit(deep, model, data, sgd{.learning_rate = 0.01},
              {.epochs = 2, .batch_size = 40, .seed = seed, .log = nullptr});
    return std::vector<float>(model.data(), model.data() + 50);
  };
  BOOST_TEST((trained(1) == trained(1)));
  BOOST_TEST((trained(1) != trained(2)));
}
