// SPDX-License-Identifier: BSL-1.0
// Values of rows that depend on means over all rows, and their gradients, against the interpreter.
#define BOOST_TEST_MODULE sweeps
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 5>;
constexpr auto t = target<"t">;
constexpr auto y = label<"y", 3>;
constexpr auto w = param<"w", 5>;
constexpr auto W = param<"W", 3, 5>;
constexpr auto scale = param<"scale", 3>;

/// The value with mean 0 and variance 1 over the rows of the batch.
constexpr auto normalised(formula auto v) {
  const auto centred = v - mean_over_rows(v);
  return centred / sqrt(mean_over_rows(square(centred)) + constant<0.125>);
}

template <class Formula> int sweeps_of(Formula) {
  return program<Formula, goal::gradient, float, native_arch>::earlier_sweeps + 1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_that_depend_on_a_mean_agree_with_the_interpreter) {
  rows_agree("normalised", normalised(W * x));
  rows_agree("the share of the whole", exp(t) / sum_over_rows(exp(t)));
}

BOOST_AUTO_TEST_CASE(gradients_through_statistics_of_the_batch_agree_with_the_interpreter) {
  gradient_agrees("variance", square(dot(w, x) - mean_over_rows(dot(w, x))));
  gradient_agrees("normalised layer", cross_entropy(multiply(scale, normalised(W * x)), y));
}

BOOST_AUTO_TEST_CASE(a_statistic_that_is_also_a_result_agrees_with_the_interpreter) {
  constexpr auto middle = mean_over_rows(dot(w, x));
  gradient_agrees("penalty of the mean", square(dot(w, x) - middle) + square(middle) + sum(square(w)));
}

// The mean; the variance; the loss, and the mean that the adjoint of the variance is; the one that the
// adjoint of the mean is; the gradient.
BOOST_AUTO_TEST_CASE(there_are_as_many_sweeps_as_means_that_wait_for_each_other) {
  BOOST_TEST(sweeps_of(squared_error(dot(w, x), t)) == 1);
  BOOST_TEST(sweeps_of(squared_error(dot(w, normalised(x)), t)) == 3);
  BOOST_TEST(sweeps_of(cross_entropy(normalised(W * x), y)) == 5);
}
