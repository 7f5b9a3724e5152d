// SPDX-License-Identifier: BSL-1.0
// Results of rows: products, columns, labels, and gradients of each row.
#undef BOOST_TEST_MAIN  // the program's main is that of ../entry.cpp
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 5>;
constexpr auto image = input<"image", 100>;
constexpr auto t = target<"t">;
constexpr auto y = label<"y", 3>;
constexpr auto W = param<"W", 3, 5>;

}  // namespace

BOOST_AUTO_TEST_CASE(the_values_of_rows_agree_with_the_interpreter) {
  rows_agree("a bare product", W * x);
  rows_agree("one column", image);
  rows_agree("a label", y);
  rows_agree("one hot", one_hot(y));
}

BOOST_AUTO_TEST_CASE(gradients_of_each_row_agree_with_the_interpreter) {
  rows_agree("by a wide vector", grad(squared_error(dot(param<"u", 100>, image), t), param<"u", 100>));
  rows_agree("by a matrix", grad(cross_entropy(W * x, y), W));
  rows_agree("by the input", grad(cross_entropy(W * x, y), x));
}
