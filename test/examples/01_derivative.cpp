// SPDX-License-Identifier: BSL-1.0
// Example 01: the formulas it prints, and its numbers against derivatives done by hand in long double.
#define BOOST_TEST_MODULE example_01_derivative
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "fusegrad/fusegrad.hpp"
#include "fusegrad/run/print_formula.hpp"
#include "same_graph.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x">;
constexpr auto f = log(1_c + exp(x));
constexpr auto slope = grad(f, x);
constexpr auto curvature = grad(slope, x);

const std::vector<double> numbers = {-10, -2, -1, 0, 1, 2, 10, 1000};

/// One over 1 + exp(-x).
long double sigmoid_of(double at) { return 1 / (1 + std::exp(-static_cast<long double>(at))); }

/// Compares with a loop. Three functions of the vector unit, each within 2 ulp, and their rounding: 8 ulp.
template <class Formula, class ByHand> void check_against_loop(Formula formula, ByHand by_hand) {
  const std::vector<float> found = evaluate(formula, x = numbers);
  BOOST_TEST_REQUIRE(found.size() == numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const long double expected = by_hand(numbers[i]);
    BOOST_TEST(
        std::abs(double(found[i] - expected)) <= 8 * 6e-8 * std::abs(double(expected)) + 1e-37,
        to_string(formula) << " at " << numbers[i] << ": " << found[i] << ", by hand " << double(expected));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_formulas_are_printed_as_a_reader_would_write_them) {
  BOOST_TEST(to_string(slope) == "grad(log(1 + exp(x)), x)");
  BOOST_TEST(computed_form(f) == "softplus(x)");
  BOOST_TEST(computed_form(slope) == "logistic(x)");
  BOOST_TEST(computed_form(curvature) == "logistic(x) * logistic(-x)");
}

BOOST_AUTO_TEST_CASE(values_and_derivatives_agree_with_a_loop) {
  check_against_loop(f, [](double at) {
    return std::max(at, 0.) + std::log1p(std::exp(-std::abs(static_cast<long double>(at))));
  });
  check_against_loop(slope, sigmoid_of);
  check_against_loop(curvature, [](double at) { return sigmoid_of(at) * sigmoid_of(-at); });
}

BOOST_AUTO_TEST_CASE(slopes_agree_with_central_differences) {
  const std::vector<float> found = evaluate(slope, x = numbers);
  const auto naive = [](double at) { return std::log(1 + std::exp(at)); };
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] > 100) continue;  // the loop's exp overflows
    const double difference = (naive(numbers[i] + 1e-5) - naive(numbers[i] - 1e-5)) / 2e-5;
    // Half an ulp of a slope below 1 in float, and what the subtraction cancels: 1e-16 * 10 / 1e-5.
    BOOST_TEST(std::abs(double(found[i]) - difference) < 4 * 6e-8 + 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(both_doors_give_the_same_graph) {
  constexpr auto traced = trace([](auto a) { return log(1 + exp(a)); }, x);
  BOOST_TEST(graph_of(traced) == graph_of(f));
  BOOST_TEST(graph_of(traced) == "log(1 + exp(x)) (5 nodes)");
  constexpr auto traced_slope = trace([](auto a) { return grad(log(1 + exp(a)), a); }, x);
  BOOST_TEST(graph_of(traced_slope) == graph_of(slope));
}
