// SPDX-License-Identifier: BSL-1.0
// Activation functions: value and slope in float, through their kernels, against their definitions in long
// double from -1e4 to 1e4, and the documented slopes at their kinks.
#define BOOST_TEST_MODULE activation
#include "fusegrad/op/activation.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string_view>
#include <vector>

#include "fusegrad/fusegrad.hpp"
#include "law/references.hpp"
#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto a = input<"a">;

/// Both signs, from 1e-6 to 1e4, and where exponentials over- and underflow.
std::vector<float> arguments() {
  std::vector<float> result;
  for (double size = 1e-6; size < 1e4; size *= 1.37)
    for (double sign : {-1.0, 1.0}) result.push_back(float(sign * size));
  for (float each : {88.0f, 89.0f, 104.0f, 1e4f}) {
    result.push_back(each);
    result.push_back(-each);
  }
  return result;
}

// A formula of a few operations: each rounds half an ulp (6e-8) of a value that is at most the argument,
// exponentials one ulp or two. What is off by more is a wrong formula, or one that cancels. The powers of
// registers are 0 below 1.2e-38, which products with an argument up to 100 make 1.2e-36.
constexpr long double relative = 6e-7L;
constexpr long double least = 1.2e-36L;

using meaning = long double (*)(long double);

void check(std::string_view name, const std::vector<float>& found, meaning wanted, long double tolerance) {
  const std::vector<float> given = arguments();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const long double expected = wanted(given[i]);
    BOOST_TEST(std::fabs(found[i] - expected) <= tolerance * std::fabs(expected) + least,
               name << "(" << given[i] << ") is " << found[i] << ", expected " << double(expected));
  }
}

/// The value keeps its digits, also where it is small; so does the slope but where it passes through 0.
template <class Formula>
void check_activation(std::string_view name, Formula formula, meaning value, meaning slope,
                      long double slope_tolerance = relative) {
  check(name, evaluate(formula, a = arguments()), value, relative);
  check(name, evaluate(grad(formula, a), a = arguments()), slope, slope_tolerance);
}

constexpr long double selu_scale = 1.0507009873554804934193349852946L;
constexpr long double selu_alpha = 1.6732632423543772848170429916717L;

}  // namespace

BOOST_AUTO_TEST_CASE(rectifiers_with_a_slope) {
  check_activation(
      "leaky_relu", leaky_relu(a), [](long double x) { return x > 0 ? x : 0.01L * x; },
      [](long double x) { return x > 0 ? 1.0L : 0.01L; });
  check_activation(
      "leaky_relu<0.2>", leaky_relu<0.2>(a), [](long double x) { return x > 0 ? x : 0.2L * x; },
      [](long double x) { return x > 0 ? 1.0L : 0.2L; });
  check_activation(
      "prelu", prelu(a, constant<0.25>), [](long double x) { return x > 0 ? x : 0.25L * x; },
      [](long double x) { return x > 0 ? 1.0L : 0.25L; });
}

BOOST_AUTO_TEST_CASE(exponential_units) {
  check_activation(
      "elu", elu(a), [](long double x) { return x > 0 ? x : std::expm1(x); },
      [](long double x) { return x > 0 ? 1.0L : std::exp(x); });
  check_activation(
      "elu<0.5>", elu<0.5>(a), [](long double x) { return x > 0 ? x : std::expm1(x) / 2; },
      [](long double x) { return x > 0 ? 1.0L : std::exp(x) / 2; });
  check_activation(
      "selu", selu(a), [](long double x) { return selu_scale * (x > 0 ? x : selu_alpha * std::expm1(x)); },
      [](long double x) { return selu_scale * (x > 0 ? 1.0L : selu_alpha * std::exp(x)); });
}

// The slopes of silu and mish pass through 0 near -1.28 and -1.19, where their terms cancel.
BOOST_AUTO_TEST_CASE(products_with_a_sigmoid) {
  check_activation(
      "silu", silu(a), [](long double x) { return x * law::logistic_reference(x); },
      [](long double x) { return law::logistic_reference(x) * (1 + x * law::logistic_reference(-x)); },
      1e-5L);
  check_activation(
      "mish", mish(a), [](long double x) { return x * std::tanh(law::softplus_reference(x)); },
      [](long double x) {
        const long double t = std::tanh(law::softplus_reference(x));
        const long double c = std::cosh(std::fmin(law::softplus_reference(x), 1000.0L));
        return t + x * law::logistic_reference(x) / (c * c);
      },
      1e-5L);
}

BOOST_AUTO_TEST_CASE(softsign_and_the_logarithm_of_the_sigmoid) {
  check_activation(
      "softsign", softsign(a), [](long double x) { return x / (1 + std::fabs(x)); },
      [](long double x) { return 1 / ((1 + std::fabs(x)) * (1 + std::fabs(x))); });
  check_activation(
      "log_sigmoid", log_sigmoid(a), [](long double x) { return -law::softplus_reference(-x); },
      [](long double x) { return law::logistic_reference(-x); });
}

BOOST_AUTO_TEST_CASE(straight_lines) {
  check_activation(
      "hard_tanh", hard_tanh(a), [](long double x) { return std::fmax(-1.0L, std::fmin(x, 1.0L)); },
      [](long double x) { return std::fabs(x) < 1 ? 1.0L : 0.0L; });
  check_activation(
      "relu6", relu6(a), [](long double x) { return std::fmax(0.0L, std::fmin(x, 6.0L)); },
      [](long double x) { return x > 0 && x < 6 ? 1.0L : 0.0L; });
}

BOOST_AUTO_TEST_CASE(hard_sigmoid_and_hard_swish_on_cases_done_by_hand) {
  worked on;
  const ref x = on.vector({-1e4, -3, 0, 1.5, 3, 1e4});
  BOOST_TEST(on.value(hard_sigmoid(x)) == (numbers{0, 0, 0.5, 0.75, 1, 1}));
  BOOST_TEST(on.value(hard_swish(x)) == (numbers{0, 0, 0, 1.125, 3, 1e4}));
  const numbers slope = on.gradient(sum(hard_sigmoid(x)), x);
  BOOST_TEST(slope == (numbers{0, 0, 1 / 6.0, 1 / 6.0, 0, 0}));
  BOOST_TEST(on.gradient(sum(hard_swish(x)), x) == (numbers{0, 0, 0.5, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(slopes_at_kinks_are_as_documented) {
  worked on;
  const ref x = on.number(0), one = on.vector({-1, 1}), six = on.number(6), slope = on.number(0.25);
  BOOST_TEST(on.gradient(leaky_relu(x), x) == numbers{0.01});
  BOOST_TEST(on.gradient(prelu(x, slope), x) == numbers{0.25});
  BOOST_TEST(on.gradient(elu<2>(x), x) == numbers{2});
  BOOST_TEST(on.gradient(relu6(x), x) == numbers{0});
  BOOST_TEST(on.gradient(relu6(six), six) == numbers{0});
  BOOST_TEST(on.gradient(sum(hard_tanh(one)), one) == (numbers{0, 0}));
}

BOOST_AUTO_TEST_CASE(a_learned_slope_takes_its_gradient_from_negative_elements) {
  worked on;
  const ref x = on.tensor({2, 2}, {-1, 2, -3, -4}), slope = on.vector({0.25, 0.5});
  BOOST_TEST(on.value(prelu(x, slope)) == (numbers{-0.25, 2, -0.75, -2}));
  BOOST_TEST(on.gradient(sum(prelu(x, slope)), slope) == (numbers{-4, -4}));
}
