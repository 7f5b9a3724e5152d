// SPDX-License-Identifier: BSL-1.0
// Example 08: the book's numbers, and plain loops in double beside it.
#define BOOST_TEST_MODULE example_08_weight_decay
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <numeric>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr std::size_t features = 200, rows = 20, batch_size = 5, epochs = 100;
constexpr double learning_rate = 0.003;

constexpr auto x = input<"x", features>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", features>;
constexpr auto b = param<"b">;
constexpr auto lambda = scalar<"lambda">;
constexpr auto error = squared_error(dot(w, x) + b, y);
constexpr auto loss = error + lambda * sum(square(w)) / constant<2>;

/// What is left of a run: the weights, then the bias.
using numbers = std::vector<double>;

double length_of(const numbers& weights) {
  return std::sqrt(std::inner_product(weights.begin(), weights.end() - 1, weights.begin(), 0.));
}

regression_data drawn(std::size_t count, std::uint64_t seed) {
  return synthetic_data(numbers(features, 0.01), 0.05, count, seed);
}

struct outcome {
  numbers weights;
  double test_loss = 0;
};

outcome train(std::uint64_t seed, double strength) {
  const auto few = drawn(rows, seed), many = drawn(100, seed + 1);
  auto model = initialise<loss>(seed, w = normal(0, 1));
  fit(loss, model, dataset(x = few.features, y = few.labels), sgd{learning_rate},
      {.epochs = epochs, .batch_size = batch_size, .seed = seed, .log = nullptr}, lambda = strength);
  outcome result{{model[w].begin(), model[w].end()}, 0};
  result.weights.push_back(double(model[b]));
  result.test_loss = evaluate(error, model, dataset(x = many.features, y = many.labels));
  return result;
}

numbers train_by_loops(std::uint64_t seed, double strength) {
  const auto few = drawn(rows, seed);
  const auto start = initialise<loss>(seed, w = normal(0, 1));
  numbers weights(start[w].begin(), start[w].end());
  double bias = 0;
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    const auto order = permutation(rows, seed + epoch);
    for (std::size_t first = 0; first < rows; first += batch_size) {
      numbers gradient(weights);
      for (double& each : gradient) each *= strength;
      double bias_gradient = 0;
      for (std::size_t i = first; i < first + batch_size; ++i) {
        const float* const row = few.features.data() + order[i] * features;
        const double gap =
            std::inner_product(weights.begin(), weights.end(), row, bias) - few.labels[order[i]];
        for (std::size_t j = 0; j < features; ++j) gradient[j] += gap * row[j] / batch_size;
        bias_gradient += gap / batch_size;
      }
      for (std::size_t j = 0; j < features; ++j) weights[j] -= learning_rate * gradient[j];
      bias -= learning_rate * bias_gradient;
    }
  }
  weights.push_back(bias);
  return weights;
}

}  // namespace

// One draw of 20 rows of 200 features varies: the mean over twenty draws is compared. The book has one draw:
// lengths 12.96 and 0.356, test loss 0.080.
BOOST_AUTO_TEST_CASE(the_mean_over_twenty_draws_lands_on_the_books_numbers) {
  double long_length = 0, short_length = 0, test_loss = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    long_length += length_of(train(2 * seed, 0).weights) / 20;
    const outcome decayed = train(2 * seed, 3);
    short_length += length_of(decayed.weights) / 20;
    test_loss += decayed.test_loss / 20;
  }
  BOOST_TEST_MESSAGE("lengths " << long_length << ", " << short_length << ", test loss " << test_loss);
  // All but the 20 directions of the rows keep their start: a length of sqrt(180) = 13.4.
  BOOST_TEST((long_length > 12.9 && long_length < 13.9));
  BOOST_TEST((short_length > 0.32 && short_length < 0.39));
  BOOST_TEST((test_loss > 0.06 && test_loss < 0.10));
}

BOOST_AUTO_TEST_CASE(plain_loops_in_double_end_at_the_same_place) {
  for (double strength : {0., 3.}) {
    const numbers found = train(10, strength).weights, expected = train_by_loops(10, strength);
    // 400 steps round weights below 4 by at most 2^-23, and errors shrink.
    for (std::size_t i = 0; i < expected.size(); ++i)
      BOOST_TEST(std::abs(found[i] - expected[i]) < 4 * std::sqrt(400) * std::ldexp(1, -23));
  }
}
