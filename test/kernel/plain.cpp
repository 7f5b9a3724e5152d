// SPDX-License-Identifier: BSL-1.0
// Contractions and reductions by plain loops against the interpreter: values of rank 2, some of the axes,
// keepdim, matrix products within a row and among parameters.
#define BOOST_TEST_MODULE plain
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto X = input<"X", 3, 4>;
constexpr auto column_of_three = param<"a", 3, 1>;
constexpr auto four = param<"c", 4>;
constexpr auto three = param<"d", 3>;
constexpr auto P = param<"P", 4, 2>;
constexpr auto Q = param<"Q", 2, 3>;

}  // namespace

BOOST_AUTO_TEST_CASE(broadcasts_of_rank_two_agree_with_the_interpreter) {
  gradient_agrees("broadcast", sum(tanh(multiply(X, column_of_three) + four) * constant<0.5>) +
                                   sum(multiply(column_of_three, four)));
}

BOOST_AUTO_TEST_CASE(sums_over_some_axes_agree_with_the_interpreter) {
  gradient_agrees("partial sums", sum(square(sum<0>(multiply(X, four))) + four) +
                                      sum(three * mean<1>(square(X))) +
                                      sum(square(X - mean<1>(X, keepdim)) * four));
}

BOOST_AUTO_TEST_CASE(maxima_over_some_axes_agree_with_the_interpreter) {
  gradient_agrees("partial maxima",
                  sum(three * max<1>(multiply(X, four))) + max(multiply(X, column_of_three)));
}

BOOST_AUTO_TEST_CASE(softmax_along_one_axis_agrees_with_the_interpreter) {
  gradient_agrees("softmax along an axis", sum(square(sum<0>(softmax(multiply(X, column_of_three))) - four)) +
                                               sum(three * logsumexp<1>(multiply(X, four))));
}

BOOST_AUTO_TEST_CASE(products_with_a_matrix_of_the_row_agree_with_the_interpreter) {
  gradient_agrees("row matrices", sum(square(X * four)) + sum(tanh(three * X)) + sum(square(Q * (X * P))));
}

BOOST_AUTO_TEST_CASE(products_within_a_row_agree_with_the_interpreter) {
  constexpr auto scaled = multiply(X, four);
  gradient_agrees("gram", sum(square(scaled * transpose(scaled))) / constant<8>);
}

BOOST_AUTO_TEST_CASE(products_among_parameters_agree_with_the_interpreter) {
  gradient_agrees("chain of matrices", sum(square((P * Q) * (X * four))) + sum(square(P * Q)));
}

BOOST_AUTO_TEST_CASE(the_values_of_rows_agree_with_the_interpreter) {
  rows_agree("transpose", transpose(X));
  rows_agree("argmax along an axis", argmax<1>(multiply(X, four)));
  rows_agree("transpose of an even number of columns", transpose(reshape<6, 2>(X)));
  rows_agree("reshape", reshape<2, 6>(X * constant<2>) + constant<1>);
  rows_agree("matrix product", X * P);
}
