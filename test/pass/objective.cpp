// SPDX-License-Identifier: BSL-1.0
// The scalar that training lowers: rows are averaged, parameters are not.
#define BOOST_TEST_MODULE objective
#include "fusegrad/pass/objective.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr text objective_of(ref (*formula)(leaves)) { return shown(objective(graph_of_formula(formula))); }

constexpr ref rows_only(leaves of) { return square(of.input("x")); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_loss_of_rows_is_averaged) {
  static_assert(objective_of(rows_only) == "mean_over_rows(square(x))");
  BOOST_TEST(objective_of(rows_only).view() == "mean_over_rows(square(x))");
  const graph found = objective(graph_of_formula(rows_only));
  BOOST_TEST((found[found.outputs()[0].id].depends == level::parameter));
  BOOST_TEST(outputs_of(found, symbol_values<double>{{1, 2, 3, 4}}, 4)[0] == 7.5);
}

BOOST_AUTO_TEST_CASE(a_penalty_stays_outside_of_the_mean) {
  BOOST_TEST(objective_of([](leaves of) { return square(of.input("x")) + square(of.param("w")); }).view() ==
             "mean_over_rows(square(x)) + square(w)");
  BOOST_TEST(objective_of([](leaves of) { return square(of.param("w")) + square(of.input("x")); }).view() ==
             "square(w) + mean_over_rows(square(x))");
  BOOST_TEST(objective_of([](leaves of) {
               return square(of.input("x")) + square(of.param("w")) - abs(of.param("v"));
             }).view() == "mean_over_rows(square(x)) + square(w) - abs(v)");
}

BOOST_AUTO_TEST_CASE(a_loss_of_parameters_is_itself) {
  BOOST_TEST(objective_of([](leaves of) { return square(of.param("w")); }).view() == "square(w)");
  BOOST_TEST(objective_of([](leaves of) { return mean_over_rows(of.input("x")); }).view() ==
             "mean_over_rows(x)");
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_scalar_is_a_problem) {
  const graph found = objective(graph_of_formula([](leaves of) { return square(of.input("x", {3})); }));
  BOOST_TEST((found.trouble().kind == problem_kind::loss_is_no_scalar));
  BOOST_TEST((found.trouble().left == tensor_shape{3}));
}

BOOST_AUTO_TEST_CASE(an_earlier_problem_is_not_lost) {
  graph built = graph_of_formula(rows_only);
  built.report({problem_kind::axis_out_of_range, {}, {}});
  BOOST_TEST((objective(built).trouble().kind == problem_kind::axis_out_of_range));
}
