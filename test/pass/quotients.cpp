// SPDX-License-Identifier: BSL-1.0
// Quotients: a product with a reciprocal becomes one where nothing else reads it and each row finds it anew.
#define BOOST_TEST_MODULE quotients
#include "fusegrad/pass/quotients.hpp"

#include "formulas.hpp"
#include "fusegrad/pass/pipeline.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref x(leaves of) { return of.input("x"); }
constexpr ref y(leaves of) { return of.input("y"); }
constexpr ref z(leaves of) { return of.input("z"); }

constexpr text joined(ref (*formula)(leaves)) { return shown(join_quotients(graph_of_formula(formula))); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_product_with_a_reciprocal_is_a_quotient) {
  static_assert(joined([](leaves of) { return x(of) * (1 / y(of)); }) == "x / y");
  BOOST_TEST(joined([](leaves of) { return (1 / y(of)) * x(of); }).view() == "x / y");
  BOOST_TEST(joined([](leaves of) { return exp(x(of)) * (1 / (1 + exp(x(of)))); }).view() ==
             "exp(x) / (1 + exp(x))");
}

BOOST_AUTO_TEST_CASE(what_a_quotient_is_made_of_may_be_one) {
  BOOST_TEST(joined([](leaves of) { return (x(of) * (1 / y(of))) * (1 / z(of)); }).view() == "x / y / z");
}

BOOST_AUTO_TEST_CASE(a_quotient_that_is_there_is_not_computed_twice) {
  const graph of =
      join_quotients(graph_of_formula([](leaves of) { return exp(x(of) * (1 / y(of))) + x(of) / y(of); }));
  BOOST_TEST(shown(of).view() == "exp(x / y) + x / y");
  BOOST_TEST(std::ranges::count(of.nodes(), &row<divide_op>(), &node::op) == 1);
}

BOOST_AUTO_TEST_CASE(a_reciprocal_that_others_read_stays) {
  const auto shared = [](leaves of) { return x(of) * (1 / y(of)) + z(of) * (1 / y(of)); };
  BOOST_TEST(joined(shared).view() == "x * 1 / y + z * 1 / y");
}

BOOST_AUTO_TEST_CASE(a_reciprocal_that_is_found_once_for_all_rows_stays) {
  BOOST_TEST(joined([](leaves of) { return x(of) * (1 / of.param("w")); }).view() == "x * 1 / w");
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_logarithm_is_one_quotient) {
  const symbol by[] = {{"x", symbol_role::input, {}, 0}};
  const graph formula = graph_of_formula([](leaves of) { return log1p(square(x(of) * y(of))); });
  const graph simplified = run_passes(formula, goal::gradient, by).simplified;
  int divisions = 0;
  for (const node& each : simplified.nodes()) {
    if (each.op != &row<divide_op>() || each.depends != level::row) continue;
    ++divisions;
    BOOST_TEST(!quotients::is_reciprocal(simplified, each));
  }
  BOOST_TEST(divisions == 1);
}

BOOST_AUTO_TEST_CASE(what_is_as_written_stays) {
  const graph formula = graph_of_formula([](leaves of) { return as_written(x(of) * (1 / y(of))); });
  BOOST_TEST(shown(run_passes(formula, goal::rows).simplified).view().find("1 / y") !=
             std::string_view::npos);
}
