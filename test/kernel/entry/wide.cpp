// SPDX-License-Identifier: BSL-1.0
// Columns that are read as they are stored: products and weight gradients without a transposed copy.
#undef BOOST_TEST_MAIN  // the program's main is that of ../entry.cpp
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 5>;
constexpr auto image = input<"image", 100>;
constexpr auto y = label<"y", 3>;
constexpr auto w = param<"w", 5>;
constexpr auto b = param<"b", 3>;
constexpr auto V = param<"V", 3, 100>;
constexpr auto U = param<"U", 100, 3>;

}  // namespace

BOOST_AUTO_TEST_CASE(softmax_regression_of_a_wide_column_agrees_with_the_interpreter) {
  gradient_agrees("with a wide column", cross_entropy(V * image / constant<8> + b, y));
}

BOOST_AUTO_TEST_CASE(a_vector_times_a_matrix_agrees_with_the_interpreter) {
  gradient_agrees("book's order", cross_entropy(image * U / constant<8> + b, y));
}

BOOST_AUTO_TEST_CASE(linear_losses_agree_with_the_interpreter) {
  gradient_agrees("no target", sum(V * image) + dot(w, x));
}

BOOST_AUTO_TEST_CASE(two_layers_agree_with_the_interpreter) {
  constexpr auto hidden = relu(V * image / constant<8> + b);
  gradient_agrees("two layers", cross_entropy(param<"S", 3, 3> * hidden, y));
}
