// SPDX-License-Identifier: BSL-1.0
// Means and sums over rows that stand inside a formula.
#undef BOOST_TEST_MAIN  // the program's main is that of ../entry.cpp
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 5>;
constexpr auto t = target<"t">;
constexpr auto w = param<"w", 5>;
constexpr auto b = param<"b", 3>;
constexpr auto W = param<"W", 3, 5>;

}  // namespace

BOOST_AUTO_TEST_CASE(means_and_sums_over_rows_agree_with_the_interpreter) {
  gradient_agrees("means of data", sum(w * mean_over_rows(x)) + squared_error(dot(w, x), t));
  gradient_agrees("a sum over rows", sum_over_rows(dot(w, x)) + constant<0.5> * sum(square(b)));
  rows_agree("square of a mean", square(mean_over_rows(W * x)));
  rows_agree("keepdim of a mean", mean_over_rows(sum<0>(W * x, keepdim)));
}
