// SPDX-License-Identifier: BSL-1.0
// Example 06: the book's numbers on the real images, and plain loops in double beside it.
#define BOOST_TEST_MODULE example_06_multilayer_perceptron
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
constexpr auto W2 = param<"W2", 10, 256>;
constexpr auto b2 = param<"b2", 10>;
constexpr auto logits = W2 * relu(W1 * x + b1) + b2;
constexpr auto loss = cross_entropy(logits, y);

constexpr std::uint64_t own_seed = 10;  // that of the example

auto initial_model() { return initialise<loss>(own_seed, W1 = normal(0, 0.01), W2 = normal(0, 0.01)); }

}  // namespace

BOOST_AUTO_TEST_CASE(real_images_land_on_the_books_numbers) {
  const fashion_mnist_files files = load_fashion_mnist();
  if (files.is_subset) {
    std::cout << "skipped: the book's numbers need all of Fashion-MNIST (dataset-fashion-mnist)\n";
    return;
  }
  const auto [train, test] = fashion_mnist(x, y);
  auto model = initial_model();
  const auto reports = fit(loss, model, train, sgd{.learning_rate = 0.1}, {.seed = own_seed, .log = nullptr});
  const double known = accuracy(logits, model, train), unknown = accuracy(logits, model, test);
  BOOST_TEST_MESSAGE("loss " << reports.front().loss << " -> " << reports.back().loss << ", accuracy "
                             << known << " in training, " << unknown << " in test");
  BOOST_TEST((reports.front().loss > 1.04 && reports.front().loss < 1.05));
  BOOST_TEST((reports.back().loss > 0.381 && reports.back().loss < 0.385));
  BOOST_TEST((known > 0.863 && known < 0.866));
  BOOST_TEST((unknown > 0.823 && unknown < 0.853));
}

BOOST_AUTO_TEST_CASE(plain_loops_in_double_end_at_the_same_place) {
  const some_images images(1000);
  auto model = initial_model();
  plain_network expected({{model, W1, b1}, {model, W2, b2}});
  train_both(loss, model, images.data(x, y), expected, images, own_seed);
  // 16 steps round weights below 1/4 by at most 2^-27; their gradients are sums of a hundred roundings of
  // 2^-25 times values below 1, a tenth of which is the step.
  const double tolerance = 1e-6;
  BOOST_TEST(largest_gap(model[W1], expected.layers()[0].weights) < tolerance);
  BOOST_TEST(largest_gap(model[b1], expected.layers()[0].biases) < tolerance);
  BOOST_TEST(largest_gap(model[W2], expected.layers()[1].weights) < tolerance);
  BOOST_TEST(largest_gap(model[b2], expected.layers()[1].biases) < tolerance);
}
