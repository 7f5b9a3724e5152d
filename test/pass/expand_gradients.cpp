// SPDX-License-Identifier: BSL-1.0
// grad(loss, w) inside a formula: expanded, nested, and in stable form.
#define BOOST_TEST_MODULE expand_gradients
#include "fusegrad/pass/expand_gradients.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr bool expands_to(ref (*formula)(leaves), std::string_view expected) {
  return shown(expand_gradients(graph_of_formula(formula))) == expected;
}

constexpr ref first_derivative(leaves of) { return grad(tanh(of.input("x")), of.input("x")); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_gradient_is_written_out) {
  static_assert(expands_to(first_derivative, "1 - square(tanh(x))"));
  BOOST_TEST(expands_to(first_derivative, "1 - square(tanh(x))"));
  BOOST_TEST(expands_to([](leaves of) { return grad(sum(square(of.param("w", {3}))), of.param("w", {3})); },
                        "2 * w"));
}

BOOST_AUTO_TEST_CASE(a_gradient_of_a_gradient_is_a_second_derivative) {
  const auto second = [](leaves of) {
    const ref x = of.input("x");
    return grad(grad(x * x * x, x), x);
  };
  const graph found = expand_gradients(graph_of_formula(second));
  for (const double x : {-2., 0., 0.5, 3.})
    BOOST_TEST(outputs_of(found, symbol_values<double>{{x}}, 1)[0] == 6 * x);
}

BOOST_AUTO_TEST_CASE(a_gradient_is_a_value_like_any_other) {
  // One step of gradient descent on (w x - y)^2, then the loss there.
  const auto after_one_step = [](leaves of) {
    const ref w = of.param("w"), x = of.input("x"), y = of.input("y");
    const ref moved = w - 0.1 * grad(square(w * x - y), w);
    return square(moved * x - y);
  };
  const graph found = expand_gradients(graph_of_formula(after_one_step));
  BOOST_TEST(!first_gradient(found));
  const double w = 2, x = 3, y = 1, moved = w - 0.1 * 2 * (w * x - y) * x;
  const double expected = (moved * x - y) * (moved * x - y);
  BOOST_TEST(outputs_of(found, named_values(found, {{"w", {w}}, {"x", {x}}, {"y", {y}}}), 1)[0] == expected,
             boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(two_gradients_of_one_loss_share_it) {
  const graph found = expand_gradients(graph_of_formula([](leaves of) {
    const ref loss = exp(of.param("a") * of.param("b"));
    const ref by_a = grad(loss, of.param("a"));
    return by_a + grad(loss, of.param("b"));
  }));
  BOOST_TEST(shown(found).view() == "exp(a * b) * b + exp(a * b) * a");
  BOOST_TEST(found.size() == 7);  // a, b, a * b, exp, two products, one sum
}

BOOST_AUTO_TEST_CASE(the_loss_is_made_stable_before_it_is_differentiated) {
  const graph found = expand_gradients(graph_of_formula([](leaves of) {
    const ref z = of.input("z", {3});
    return grad(-log(softmax(z)[of.label("y", 3)]), z);
  }));
  BOOST_TEST(shown(found).view() ==
             "exp(z - stop_gradient(max(z))) / sum(exp(z - stop_gradient(max(z)))) - one_hot(y)");
}

BOOST_AUTO_TEST_CASE(a_gradient_of_rows_is_that_of_each_row) {
  const graph found = expand_gradients(
      graph_of_formula([](leaves of) { return grad(square(of.param("w") * of.input("x")), of.param("w")); }));
  BOOST_TEST(
      outputs_of(found, named_values(found, {{"w", {2}}, {"x", {1, 3}}}), 2) == (std::vector<double>{4, 36}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_gradient_by_what_the_loss_does_not_contain_is_a_problem) {
  const graph found = expand_gradients(
      graph_of_formula([](leaves of) { return grad(square(of.param("w")), of.param("v")); }));
  BOOST_TEST((found.trouble().kind == problem_kind::not_a_parameter));
}

BOOST_AUTO_TEST_CASE(a_formula_without_gradients_is_only_made_stable) {
  const graph before = graph_of_formula([](leaves of) { return log(1 + exp(of.input("x"))); });
  BOOST_TEST(same_graph(expand_gradients(before), stabilise(before)));
}
