// SPDX-License-Identifier: BSL-1.0
// Example 15: the closed solutions, and the loss at a point by differences of the network in long double.
#define BOOST_TEST_MODULE example_15_differential_equations
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr auto t = input<"t">;
constexpr auto x = input<"x">;
constexpr auto V = param<"V", 24>;
constexpr auto U = param<"U", 24>;
constexpr auto b = param<"b", 24>;
constexpr auto a = param<"a", 24>;

namespace oscillator {
constexpr auto u = constant<1> + square(t) * dot(a, tanh(V* t + b));
constexpr auto loss = square(grad(grad(u, t), t) + u);
}  // namespace oscillator

namespace heat {
constexpr auto start = sin(constant<std::numbers::pi> * x);
constexpr auto u = start + t * x * (constant<1> - x) * dot(a, tanh(V* t + U * x + b));
constexpr auto loss = square(grad(u, t) - constant<0.1> * grad(grad(u, x), x));
}  // namespace heat

std::vector<double> drawn(std::size_t count, double most, std::uint64_t seed) {
  std::vector<double> numbers(count);
  uniform(0, most).fill(numbers, seed);
  return numbers;
}

template <class Loss, class Model, class Data> void solve(Loss loss, Model& model, const Data& points) {
  for (const double rate : {0.01, 0.001})
    fit(loss, model, points, adam{.learning_rate = rate},
        {.epochs = 400, .batch_size = 50, .seed = 15, .log = nullptr});
}

/// A value and its derivatives by central differences: step 1e-4 in long double, truncation below 1e-6.
template <class Function> struct differences {
  static constexpr long double step = 1e-4L;
  Function f;
  [[nodiscard]] long double first(long double at) const { return (f(at + step) - f(at - step)) / (2 * step); }
  [[nodiscard]] long double second(long double at) const {
    return (f(at + step) - 2 * f(at) + f(at - step)) / (step * step);
  }
};
template <class Function> differences(Function) -> differences<Function>;

}  // namespace

BOOST_AUTO_TEST_CASE(the_oscillator_swings_as_a_cosine) {
  auto model =
      initialise<oscillator::loss, double>(1, V = normal(0, 1), b = normal(0, 1), a = normal(0, 0.1));
  const differences u{[&](long double time) {
    long double network = 0;
    for (std::size_t i = 0; i < 24; ++i) network += model[a][i] * std::tanh(model[V][i] * time + model[b][i]);
    return 1 + time * time * network;
  }};
  for (const double time : {0.5, 2.0}) {
    const double expected = double(std::pow(u.second(time) + u.f(time), 2));
    BOOST_TEST(std::abs(predict(oscillator::loss, model, t = {time})[0] - expected) < 1e-5 * (1 + expected));
  }
  solve(oscillator::loss, model, dataset(t = drawn(400, 4, 1)));
  for (double time = 0; time <= 4; time += 0.25)
    BOOST_TEST(std::abs(predict(oscillator::u, model, t = {time})[0] - std::cos(time)) < 0.02);
}

BOOST_AUTO_TEST_CASE(the_rod_cools_as_the_closed_solution) {
  auto model = initialise<heat::loss, double>(1, V = normal(0, 1), U = normal(0, 2), b = normal(0, 1),
                                              a = normal(0, 0.1));
  const auto u = [&](long double time, long double place) {
    long double network = 0;
    for (std::size_t i = 0; i < 24; ++i)
      network += model[a][i] * std::tanh(model[V][i] * time + model[U][i] * place + model[b][i]);
    return std::sin(std::numbers::pi_v<long double> * place) + time * place * (1 - place) * network;
  };
  const double time = 0.3, place = 0.6;
  const differences in_time{[&](long double at) { return u(at, place); }};
  const differences in_place{[&](long double at) { return u(time, at); }};
  const double expected = double(std::pow(in_time.first(time) - 0.1L * in_place.second(place), 2));
  BOOST_TEST(std::abs(predict(heat::loss, model, t = {time}, x = {place})[0] - expected) <
             1e-5 * (1 + expected));

  solve(heat::loss, model, dataset(t = drawn(400, 1, 2), x = drawn(400, 1, 3)));
  constexpr double pi = std::numbers::pi;
  for (const double later : {0.25, 0.5, 1.0})
    for (const double there : {0.25, 0.5, 0.75})
      BOOST_TEST(std::abs(predict(heat::u, model, t = {later}, x = {there})[0] -
                          std::exp(-0.1 * pi * pi * later) * std::sin(pi * there)) < 0.003);
}
