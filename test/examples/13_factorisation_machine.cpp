// SPDX-License-Identifier: BSL-1.0
// Example 13: the sum over all pairs, by a plain loop over pairs, and its gradient by differences.
#define BOOST_TEST_MODULE example_13_factorisation_machine
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr int features = 12, factors = 3;
constexpr std::size_t rows = 20;

constexpr auto x = input<"x", features>;
constexpr auto y = target<"y">;
constexpr auto bias = param<"bias">;
constexpr auto w = param<"w", features>;
constexpr auto V = param<"V", features, factors>;
constexpr auto interactions = sum(square(x * V) - square(x) * square(V)) / constant<2>;
constexpr auto rating = bias + dot(w, x) + interactions;
constexpr auto loss = square(rating - y) + constant<0.002> * sum(square(V));

std::vector<double> some_numbers(std::size_t count, std::uint64_t seed) {
  std::vector<double> numbers(count);
  normal(0, 1).fill(std::span<double>(numbers), seed);
  return numbers;
}

template <class Model>
double loss_by_pairs(const Model& model, const std::vector<double>& features_of_rows,
                     const std::vector<double>& targets) {
  double total = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const double* const in = features_of_rows.data() + row * features;
    double found = model[bias];
    for (std::size_t i = 0; i < features; ++i) {
      found += model[w](i) * in[i];
      for (std::size_t j = i + 1; j < features; ++j)
        for (std::size_t k = 0; k < factors; ++k) found += model[V](i, k) * model[V](j, k) * in[i] * in[j];
    }
    total += (found - targets[row]) * (found - targets[row]) / double(rows);
  }
  for (double each : model[V]) total += 0.002 * each * each;
  return total;
}

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_are_those_of_the_sum_over_pairs) {
  const auto in = some_numbers(rows * features, 1), targets = some_numbers(rows, 2);
  const auto data = dataset(x = in, y = targets);
  auto model = initialise<loss, double>(3, bias = normal(0, 1), w = normal(0, 1), V = normal(0, 1));
  const auto [value, gradient] = value_and_grad(loss, model, data);
  BOOST_TEST(std::abs(value - loss_by_pairs(model, in, targets)) < 1e-11 * value);
  for (std::size_t i = 0; i < features * factors; i += 5) {
    const double here = model[V][i], step = 1e-6;
    model[V][i] = here + step;
    const double above = loss_by_pairs(model, in, targets);
    model[V][i] = here - step;
    const double below = loss_by_pairs(model, in, targets);
    model[V][i] = here;
    BOOST_TEST(std::abs(gradient[V][i] - (above - below) / (2 * step)) <
               1e-6 * (1 + std::abs(gradient[V][i])));
  }
}
