// SPDX-License-Identifier: BSL-1.0
// Whole kernels against the interpreter: matrix products, weight gradients, labels, parameters used twice or
// never, formulas without columns.
#define BOOST_TEST_MODULE entry
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 5>;
constexpr auto t = target<"t">;
constexpr auto y = label<"y", 3>;
constexpr auto w = param<"w", 5>;
constexpr auto b = param<"b", 3>;
constexpr auto W = param<"W", 3, 5>;

}  // namespace

BOOST_AUTO_TEST_CASE(linear_regression_agrees_with_the_interpreter) {
  gradient_agrees("linear regression", squared_error(dot(w, x) + param<"c">, t));
}

BOOST_AUTO_TEST_CASE(softmax_regression_agrees_with_the_interpreter) {
  gradient_agrees("softmax regression", cross_entropy(W * x + b, y));
}

BOOST_AUTO_TEST_CASE(a_parameter_used_twice_and_one_never_used_agree_with_the_interpreter) {
  gradient_agrees("used twice", sum(square(W * x)) + dot(w, x) * sum(square(w)) + constant<0> * sum(b));
}

BOOST_AUTO_TEST_CASE(a_run_time_scalar_agrees_with_the_interpreter) {
  gradient_agrees("penalty", squared_error(dot(w, x), t) + scalar<"lambda"> * sum(square(w)));
}

BOOST_AUTO_TEST_CASE(a_formula_without_columns_agrees_with_the_interpreter) {
  gradient_agrees("penalty alone", sum(square(w)) + sum(b));
}

/// A loss by columns of data and a parameter: what `wrt(x, t, w)` asks for.
struct by_columns {
  static constexpr auto formula() { return log(cosh(dot(w, x) - t)) + log1p(square(dot(w, x) - t)); }
  static constexpr std::array gradient_symbols{x.description(), t.description(), w.description()};
};

BOOST_AUTO_TEST_CASE(gradients_by_columns_agree_with_the_interpreter) {
  gradient_agrees("by columns", by_columns{});
}

BOOST_AUTO_TEST_CASE(what_sums_over_rows_clear_never_comes_back_as_infinity) {
  // The mean over the rows clears `powers` in the rows that pad a tile; the next layer divides by it there.
  constexpr auto powers = exp(W * x / constant<8>);
  constexpr auto next = param<"S", 3, 3> * powers;
  gradient_agrees("a quotient", sum(next / powers) + constant<0> * sum(b) + sum(mean_over_rows(powers)));
}
