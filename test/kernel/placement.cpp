// SPDX-License-Identifier: BSL-1.0
// Parts of values and values put together, against the interpreter: of rows, of parameters, read and written.
#define BOOST_TEST_MODULE placement
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto X = input<"X", 3, 4>;
constexpr auto v = input<"v", 6>;
constexpr auto W = param<"W", 3, 4>;
constexpr auto w = param<"w", 6>;
constexpr auto u = param<"u", 40>;

}  // namespace

BOOST_AUTO_TEST_CASE(parts_of_rows_agree_with_the_interpreter) {
  rows_agree("slice", slice<1, 1, 4, 2>(X));
  rows_agree("reverse", reverse(X * constant<2>) + W);
  rows_agree("element", at<1, 2>(X) * at<-1>(v));
  rows_agree("pad", pad<0, 1, 2>(pad<1, 0, 1>(X)));
  rows_agree("concat", concat<1>(X, W, exp(X)));
  rows_agree("stack", stack<1>(v, square(v), w));
  rows_agree("roll", roll<0, 2>(v));
  rows_agree("take", take<1, 3, 0, 0, 2>(X) * constant<0.5>);
}

BOOST_AUTO_TEST_CASE(gradients_of_parts_of_rows_agree_with_the_interpreter) {
  constexpr auto hidden = tanh(multiply(X, W));
  gradient_agrees("slices", sum(multiply(slice<1, 1, 4, 2>(hidden), reverse<0>(slice<1, 0, 2>(hidden)))) +
                                dot(slice<0, 1, 4>(v), slice<0, 0, 6, 2>(w)));
  gradient_agrees("elements", square(at<1, 2>(hidden)) + sum(square(at<0>(hidden) - at<-1>(hidden))));
  gradient_agrees("together", sum(square(concat<0>(hidden, W))) + sum(tanh(stack(v, multiply(w, v)))) +
                                  sum(multiply(pad<1, 1, 1>(hidden), pad<1, 2, 0>(hidden))));
  gradient_agrees("chosen", sum(multiply(take<0, 2, 0, 0>(hidden), X)) +
                                sum(square(lower_triangular<3>(multiply(v, w)) * X)));
  gradient_agrees("diagonal",
                  sum(square(diagonal(X * transpose(W)))) + sum(square(diagonal_matrix(multiply(v, w)) * w)));
}

BOOST_AUTO_TEST_CASE(parts_of_parameters_agree_with_the_interpreter) {
  constexpr auto factor = lower_triangular<3>(w);
  gradient_agrees("of parameters", sum(square(factor * transpose(factor))) + sum(exp(reverse(w) * w)) +
                                       sum(square(slice<0, 4>(u) * reverse(slice<0, 0, 36>(u)))) +
                                       sum(square(concat<0>(u, tanh(u), w))) +
                                       sum(multiply(pad<0, 3, 0>(u), pad<0, 0, 3>(u))) + sum(v));
  gradient_agrees("a model in one vector",
                  sum(square(reshape<3, 4>(slice<0, 2, 14>(u)) * slice<0, 20, 24>(u) +
                             reshape<3, 4>(slice<0, 2, 14>(u)) * at<1>(X))));
}
