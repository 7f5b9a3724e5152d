// SPDX-License-Identifier: BSL-1.0
// Formulas as text: what was written stands as it was, what is computed is derived and stable.
#define BOOST_TEST_MODULE print_formula
#include "fusegrad/run/print_formula.hpp"

#include <boost/test/unit_test.hpp>

using namespace fusegrad;

namespace {

constexpr auto x = input<"x">;
constexpr auto f = log(constant<1> + exp(x));

}  // namespace

BOOST_AUTO_TEST_CASE(a_symbol_is_its_name) {
  BOOST_TEST(to_string(x) == "x");
  BOOST_TEST(computed_form(x) == "x");
}

BOOST_AUTO_TEST_CASE(what_was_written_stands_as_it_was) {
  BOOST_TEST(to_string(f) == "log(1 + exp(x))");
  BOOST_TEST(to_string(grad(f, x)) == "grad(log(1 + exp(x)), x)");
}

BOOST_AUTO_TEST_CASE(what_is_computed_is_in_stable_form) { BOOST_TEST(computed_form(f) == "softplus(x)"); }

BOOST_AUTO_TEST_CASE(a_gradient_is_written_out) { BOOST_TEST(computed_form(grad(f, x)) == "logistic(x)"); }

BOOST_AUTO_TEST_CASE(a_gradient_of_a_gradient_is_written_out) {
  BOOST_TEST(computed_form(grad(grad(f, x), x)) == "logistic(x) * logistic(-x)");
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_vector_is_a_vector) {
  constexpr auto v = input<"v", 3>;
  BOOST_TEST(computed_form(grad(sum(square(v)), v)) == "2 * v");
}

BOOST_AUTO_TEST_CASE(a_traced_formula_is_printed_as_the_same_formula) {
  constexpr auto traced = trace([](auto a) { return log(1 + exp(a)); }, x);
  BOOST_TEST(to_string(traced) == to_string(f));
  BOOST_TEST(computed_form(grad(traced, x)) == computed_form(grad(f, x)));
}
