// SPDX-License-Identifier: BSL-1.0
// Example 14: the density of the mixture, by a plain loop, also far from every hump; and its gradient by
// differences.
#define BOOST_TEST_MODULE example_14_mixture_density
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr int hidden = 7, humps = 3;
constexpr std::size_t rows = 15;

constexpr auto x = input<"x">;
constexpr auto t = target<"t">;
constexpr auto w = param<"w", hidden>;
constexpr auto b = param<"b", hidden>;
constexpr auto W = param<"W", 3 * humps, hidden>;
constexpr auto c = param<"c", 3 * humps>;
constexpr auto outputs = W * tanh(w * x + b) + c;
constexpr auto shares = slice<0, 0, humps>(outputs);
constexpr auto middles = slice<0, humps, 2 * humps>(outputs);
constexpr auto log_widths = slice<0, 2 * humps>(outputs);
constexpr auto standardised = (t - middles) / exp(log_widths);
constexpr auto loss = -logsumexp(log_softmax(shares) - log_widths - square(standardised) / constant<2>);

/// Minus the mean logarithm of sum of share / width * exp(-(t - middle)^2 / (2 width^2)), in long double, which has
/// an exponent for densities far from the humps.
template <class Model>
long double loss_by_loop(const Model& model, const std::vector<double>& places,
                         const std::vector<double>& values) {
  long double total = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    long double out[3 * humps] = {};
    for (std::size_t i = 0; i < 3 * humps; ++i) {
      out[i] = model[c](i);
      for (std::size_t k = 0; k < hidden; ++k)
        out[i] += model[W](i, k) * std::tanh((long double)(model[w](k)) * places[row] + model[b](k));
    }
    long double all = 0, density = 0;
    for (std::size_t k = 0; k < humps; ++k) all += std::exp(out[k]);
    for (std::size_t k = 0; k < humps; ++k) {
      const long double width = std::exp(out[2 * humps + k]), z = (values[row] - out[humps + k]) / width;
      density += std::exp(out[k]) / all / width * std::exp(-z * z / 2);
    }
    total -= std::log(density) / (long double)(rows);
  }
  return total;
}

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_are_those_of_the_density) {
  std::vector<double> places(rows), values(rows);
  normal(0, 1).fill(std::span<double>(places), 1);
  normal(0, 1).fill(std::span<double>(values), 2);
  values[3] = 40;  // its density is below the least double
  const auto data = dataset(x = places, t = values);
  auto model = initialise<loss, double>(3, w = normal(0, 1), b = normal(0, 1), W = normal(0, 0.5));
  const auto [value, gradient] = value_and_grad(loss, model, data);
  BOOST_TEST(std::abs(double(value - loss_by_loop(model, places, values))) < 1e-12 * std::abs(value));
  for (std::size_t i = 0; i < model[W].size(); i += 4) {
    const double here = model[W][i], step = 1e-6;
    model[W][i] = here + step;
    const long double above = loss_by_loop(model, places, values);
    model[W][i] = here - step;
    const long double below = loss_by_loop(model, places, values);
    model[W][i] = here;
    const double difference = double(above - below) / (2 * step);
    BOOST_TEST(std::abs(gradient[W][i] - difference) < 1e-6 * (1 + std::abs(difference)));
  }
}
