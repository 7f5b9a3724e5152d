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
constexpr auto words = label<"words", 250, 6>;
constexpr auto few = label<"few", 5, 2, 2>;
constexpr auto R = param<"R", 250, 19>;  // no multiple of a register

}  // namespace

BOOST_AUTO_TEST_CASE(gathered_rows_agree_with_the_interpreter) {
  rows_agree("of a parameter", multiply(tanh(gather<1>(S, y)), x));
  rows_agree("of tables of rows", gather(X * constant<2>, y) + embedding(transpose(S), y));
}

BOOST_AUTO_TEST_CASE(rows_of_sequences_agree_with_the_interpreter) {
  rows_agree("of a parameter", tanh(embedding(T, words)));
  rows_agree("in another order", tanh(embedding(R, reverse(words))));
  rows_agree("of tables of rows",
             gather<0>(X * constant<2>, at<1>(few)) + transpose(gather<1>(tanh(S), at<0>(few))));
  rows_agree("elements", bias[words] + square(bias)[slice<0, 0, 6>(words)]);
  rows_agree("one hot", one_hot(at<1>(few)) * transpose(S) + one_hot(slice<0, 1, 3>(label<"z", 5, 4>)) * X);
}

BOOST_AUTO_TEST_CASE(gradients_by_sequences_agree_with_the_interpreter) {
  gradient_agrees("a small table",
                  sum(square(gather<1>(S, few))) + sum(tanh(embedding(exp(transpose(S)), few))));
  gradient_agrees("a large table", sum(square(embedding(T, words) / constant<8>)) / constant<16>);
  gradient_agrees("one of no whole register", sum(square(embedding(R, slice<0, 0, 5>(words)) / constant<8>)));
  gradient_agrees(
      "the same rows for all",
      sum(multiply(embedding(T, words), embedding(T, words)) / constant<64>) + sum(embedding(R, words)));
  gradient_agrees("through a table of rows", sum(square(gather(multiply(X, transpose(S)), few))));
  gradient_agrees("of elements", mean(bias[words]) + sum(square(x)[at<0, 0>(label<"z", 3, 1, 2>)]));
}

BOOST_AUTO_TEST_CASE(the_next_word_of_a_sequence_is_learned_as_the_interpreter_says) {
  constexpr auto E = param<"E", 5, 4>;
  constexpr auto W = param<"W", 4, 5>;
  constexpr auto sentence = label<"sentence", 5, 7>;
  constexpr auto before = slice<0, 0, -1>(sentence);
  constexpr auto after = slice<0, 1, 7>(sentence);
  gradient_agrees("each from the one before", cross_entropy(embedding(E, before) * W / constant<64>, after));
  gradient_agrees("all from their mean",
                  cross_entropy<0.1>(mean<0>(embedding(E, before)) * W / constant<64>, sentence));
}

BOOST_AUTO_TEST_CASE(gradients_by_tables_agree_with_the_interpreter) {
  gradient_agrees("a small table", sum(square(gather<1>(S, y) - x)) + sum(gather(exp(transpose(S)), y)));
  gradient_agrees("a large table",
                  sum(multiply(embedding(T, user), embedding(T, item))) + bias[user] + bias[item]);
  gradient_agrees("through a table of rows", sum(square(gather(multiply(X, transpose(S)), y))));
}
