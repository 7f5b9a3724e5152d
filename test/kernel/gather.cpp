// SPDX-License-Identifier: BSL-1.0
// Rows of tables that labels name, against the interpreter: read, added up in small tables and in large ones.
#define BOOST_TEST_MODULE gather
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto y = label<"y", 5>;
constexpr auto user = label<"user", 250>;
constexpr auto item = label<"item", 250>;
constexpr auto T = param<"T", 250, 70>;  // large, and no multiple of a register
constexpr auto S = param<"S", 3, 5>;
constexpr auto bias = param<"bias", 250>;
constexpr auto X = input<"X", 5, 3>;
constexpr auto x = input<"x", 3>;

}  // namespace

BOOST_AUTO_TEST_CASE(gathered_rows_agree_with_the_interpreter) {
  rows_agree("of a parameter", multiply(tanh(gather<1>(S, y)), x));
  rows_agree("of tables of rows", gather(X * constant<2>, y) + embedding(transpose(S), y));
}

BOOST_AUTO_TEST_CASE(gradients_by_tables_agree_with_the_interpreter) {
  gradient_agrees("a small table", sum(square(gather<1>(S, y) - x)) + sum(gather(exp(transpose(S)), y)));
  gradient_agrees("a large table",
                  sum(multiply(embedding(T, user), embedding(T, item))) + bias[user] + bias[item]);
  gradient_agrees("through a table of rows", sum(square(gather(multiply(X, transpose(S)), y))));
}
