// SPDX-License-Identifier: BSL-1.0
// Fused loops against the interpreter: every elementwise operation, choices, classes, broadcasts, and
// reductions whose result the same loop or the next one uses.
#define BOOST_TEST_MODULE loop
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 5>;
constexpr auto t = target<"t">;
constexpr auto w = param<"w", 5>;
constexpr auto v = param<"v", 5>;
constexpr auto b = param<"b">;

}  // namespace

BOOST_AUTO_TEST_CASE(arithmetic_agrees_with_the_interpreter) {
  constexpr auto loss = sum((x * w - v) / (constant<2> + square(x)) + -x * constant<0.5> * b) - t;
  gradient_agrees("arithmetic", loss);
}

BOOST_AUTO_TEST_CASE(powers_and_roots_agree_with_the_interpreter) {
  constexpr auto a = x * w + v;
  constexpr auto loss = sum(pow<3>(a) / constant<4> + pow<-0.5>(constant<1> + square(a)) + abs(a) +
                            sqrt(constant<0.5> + square(a)) + pow<1.3>(constant<1> + square(a)) +
                            pow<2.5>(constant<1> + abs(a)));
  gradient_agrees("powers", loss);
}

BOOST_AUTO_TEST_CASE(exponentials_and_logarithms_agree_with_the_interpreter) {
  constexpr auto a = x * w + v;
  constexpr auto loss =
      sum(exp(-square(a)) + log(constant<1.5> + square(a)) + log1p(square(a)) + expm1(a / constant<4>));
  gradient_agrees("exponentials", loss);
}

BOOST_AUTO_TEST_CASE(hyperbolic_functions_agree_with_the_interpreter) {
  constexpr auto a = x * w + v;
  gradient_agrees("hyperbolic", sum(log(cosh(a)) + log_cosh(constant<3> * a) + tanh(a) +
                                    sinh(a / constant<4>) + cosh(a / constant<4>)) -
                                    t);
}

BOOST_AUTO_TEST_CASE(the_sigmoid_family_agrees_with_the_interpreter) {
  constexpr auto a = x * w + v;
  gradient_agrees("sigmoids", sum(tanh(a) * logistic(a)) + softplus(b * t) + logistic_loss(t - b, t));
}

BOOST_AUTO_TEST_CASE(choices_agree_with_the_interpreter) {
  constexpr auto a = x * w;
  constexpr auto loss =
      sum(where(a < v, square(a), v) + where(a <= v, a, constant<1>) + where(x == w, w, v * w) +
          where(x != v, a, v) + max(a, v) * min(a, w) + relu(a - v));
  gradient_agrees("choices", loss);
}

BOOST_AUTO_TEST_CASE(a_robust_loss_agrees_with_the_interpreter) {
  gradient_agrees("huber", huber<0.75>(sum(x * w) + b, t) + log1p(square(b - t)));
}

BOOST_AUTO_TEST_CASE(reductions_that_feed_the_next_loop_agree_with_the_interpreter) {
  constexpr auto centred = x * w - mean(x * w);
  gradient_agrees("standardised", sum(centred / sqrt(constant<1> + sum(square(centred))) * v) + max(x * v));
}

BOOST_AUTO_TEST_CASE(the_values_of_rows_agree_with_the_interpreter) {
  rows_agree("softmax", softmax(x * w));
  rows_agree("argmax", argmax(x * w));
  rows_agree("comparison", x * w < v);
}
