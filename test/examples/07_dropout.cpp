// SPDX-License-Identifier: BSL-1.0
// Example 07: the book's numbers on the real images, and plain loops in double that drop the same values.
#define BOOST_TEST_MODULE example_07_dropout
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <iostream>

#include "fusegrad/fusegrad.hpp"
#include "plain_network.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto W1 = param<"W1", 256, 784>;
constexpr auto b1 = param<"b1", 256>;
constexpr auto W2 = param<"W2", 256, 256>;
constexpr auto b2 = param<"b2", 256>;
constexpr auto W3 = param<"W3", 10, 256>;
constexpr auto b3 = param<"b3", 10>;
constexpr auto first = dropout<0.2>(relu(W1 * x + b1));
constexpr auto second = dropout<0.5>(relu(W2 * first + b2));
constexpr auto logits = W3 * second + b3;
constexpr auto loss = cross_entropy(logits, y);

constexpr std::uint64_t own_seed = 10;  // that of the example

auto initial_model(double standard_deviation = 0.01) {
  const auto values = normal(0, standard_deviation);
  return initialise<loss>(own_seed, W1 = values, W2 = values, W3 = values);
}

}  // namespace

// The book's last loss is 0.330 to 0.344; five seeds gave 0.346 to 0.358 here, and the mean 0.351, that of an
// independent program.
BOOST_AUTO_TEST_CASE(real_images_land_on_the_books_numbers) {
  const fashion_mnist_files files = load_fashion_mnist();
  if (files.is_subset) {
    std::cout << "skipped: the book's numbers need all of Fashion-MNIST (dataset-fashion-mnist)\n";
    return;
  }
  const auto [train, test] = fashion_mnist(x, y);
  auto model = initial_model();
  const auto reports = fit(loss, model, train, sgd{.learning_rate = 0.5}, {.seed = own_seed, .log = nullptr});
  const double unknown = accuracy(logits, model, test);
  BOOST_TEST_MESSAGE("loss " << reports.front().loss << " -> " << reports.back().loss << ", test accuracy "
                             << unknown);
  BOOST_TEST((reports.back().loss > 0.33 && reports.back().loss < 0.365));
  BOOST_TEST((unknown > 0.835 && unknown < 0.87));
}

BOOST_AUTO_TEST_CASE(plain_loops_in_double_that_drop_the_same_end_at_the_same_place) {
  const some_images images(600);
  auto model = initial_model(0.05);
  const auto factor = [](std::size_t layer, std::size_t row, std::uint32_t step, std::size_t unit) {
    const double rate = layer == 0 ? 0.2 : 0.5;
    const random_key key{.seed = own_seed, .step = step};
    const double drawn = random_uniform(key, std::uint32_t(row), std::uint32_t(layer), std::uint32_t(unit));
    return drawn < rate ? 0 : 1 / (1 - rate);
  };
  plain_network expected({{model, W1, b1}, {model, W2, b2}, {model, W3, b3}}, factor);
  train_both(loss, model, images.data(x, y), expected, images, own_seed);
  const double tolerance = 1e-6;  // as in example 06
  BOOST_TEST(largest_gap(model[W1], expected.layers()[0].weights) < tolerance);
  BOOST_TEST(largest_gap(model[W2], expected.layers()[1].weights) < tolerance);
  BOOST_TEST(largest_gap(model[W3], expected.layers()[2].weights) < tolerance);
  BOOST_TEST(largest_gap(model[b3], expected.layers()[2].biases) < tolerance);
}
