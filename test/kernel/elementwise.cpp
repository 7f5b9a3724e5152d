// SPDX-License-Identifier: BSL-1.0
// The families of elementwise functions in kernels, in float and double, against the interpreter.
#define BOOST_TEST_MODULE elementwise
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto v = param<"v", 3>;
constexpr auto a = x * w + v;
constexpr auto half = tanh(a) / constant<2>;

}  // namespace

BOOST_AUTO_TEST_CASE(angles_agree_with_the_interpreter) {
  gradient_agrees("angles", sum(sin(a) * cos(w) + tan(half) + asin(half) + acos(half) + atan(a)));
}

BOOST_AUTO_TEST_CASE(points_and_inverse_hyperbolic_functions_agree_with_the_interpreter) {
  gradient_agrees("points", sum(atan2(a, constant<1> + square(w)) + hypot(a, v) + asinh(a) +
                                acosh(constant<1.5> + square(a)) + atanh(half)));
}

BOOST_AUTO_TEST_CASE(powers_and_logarithms_agree_with_the_interpreter) {
  constexpr auto positive = constant<0.5> + square(a);
  gradient_agrees("powers",
                  sum(exp2(half) + log2(positive) + log10(positive) + cbrt(positive) + rsqrt(positive) +
                      pow(positive, half) + pow(constant<2>, half) + xlogy(half, positive)));
}

BOOST_AUTO_TEST_CASE(logarithms_of_probabilities_agree_with_the_interpreter) {
  gradient_agrees("probabilities", sum(logaddexp(a, v) + log1mexp(-constant<0.25> - square(half)) +
                                       logit(constant<0.5> + half / constant<2>) + fma(a, half, v)));
}

BOOST_AUTO_TEST_CASE(whole_numbers_and_choices_agree_with_the_interpreter) {
  constexpr auto chosen = where(a > v && !(a > w), a, where(a > w || a == v, v, w));
  rows_agree("whole numbers", sum(floor(a) + ceil(a) + round(a) + sign(a) + copysign(a, v) + chosen));
  gradient_agrees("limits", sum(clamp<-1, 1>(a) + clamp(a, v, w) + copysign(a, v) * v + chosen));
}

BOOST_AUTO_TEST_CASE(the_normal_distribution_agrees_with_the_interpreter) {
  gradient_agrees("normal", sum(erf(a) + erfc(a) * w + erfcx(half) + normal_cdf(a) +
                                log_normal_cdf(a) / constant<4> + gelu(a) + gelu_tanh(a)));
}

BOOST_AUTO_TEST_CASE(the_gamma_function_agrees_with_the_interpreter) {
  constexpr auto positive = constant<1> + abs(a);
  gradient_agrees("gamma", sum(lgamma(positive) + digamma(positive) + polygamma<1>(positive)));
}
