// SPDX-License-Identifier: BSL-1.0
// Definitions: what the kernels get holds no composite and no wall, and has the same value.
#define BOOST_TEST_MODULE define
#include "fusegrad/pass/define.hpp"

#include "formulas.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/stabilise.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref z(leaves of) { return of.input("z", {3}); }
constexpr ref y(leaves of) { return of.label("y", 3); }

constexpr bool is_basic(const graph& of) {
  for (const node& each : of.nodes())
    if (each.op->family == operation_family::composite || each.op == &row<stop_gradient_op>()) return false;
  return true;
}

constexpr text defined(ref (*formula)(leaves)) { return shown(write_definitions(graph_of_formula(formula))); }

constexpr ref picked(leaves of) { return z(of)[y(of)]; }
constexpr ref class_vector(leaves of) { return one_hot(y(of)); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_pick_is_a_choice_by_position) {
  static_assert(defined(picked) == "sum(where(position == y, z, 0))");
  BOOST_TEST(defined(picked).view() == "sum(where(position == y, z, 0))");
  BOOST_TEST(defined(class_vector).view() == "where(position == y, 1, 0)");
}

BOOST_AUTO_TEST_CASE(logsumexp_leaves_out_the_greatest_element) {
  BOOST_TEST(defined([](leaves of) { return logsumexp(z(of)); }).view() ==
             "max(z) + log1p(sum(where(position == argmax(z), 0, exp(z - max(z)))))");
}

BOOST_AUTO_TEST_CASE(logsumexp_of_parameters_counts_the_greatest_elements) {
  BOOST_TEST(defined([](leaves of) { return logsumexp(of.param("w", {3})); }).view() ==
             "max(w) + log1p(sum(where(w - max(w) == 0, 0, exp(w - max(w)))) + "
             "sum(where(w - max(w) == 0, 1, 0)) - 1)");
}

BOOST_AUTO_TEST_CASE(shares_of_powers_that_are_found_once_are_divided_once) {
  const graph once = stabilise(graph_of_formula([](leaves of) {
    const ref w = of.param("w", {3});
    return exp(w) / sum(exp(w));
  }));
  BOOST_TEST(shown(write_definitions(once)).view() == "1 / sum(exp(w - max(w))) * exp(w - max(w))");
  const graph of_rows = stabilise(graph_of_formula([](leaves of) { return exp(z(of)) / sum(exp(z(of))); }));
  BOOST_TEST(shown(write_definitions(of_rows)).view() == "exp(z - max(z)) / sum(exp(z - max(z)))");
}

BOOST_AUTO_TEST_CASE(an_inner_product_of_one_row_is_a_sum) {
  BOOST_TEST(defined([](leaves of) { return dot(z(of), of.input("x", {3})); }).view() == "sum(z * x)");
  BOOST_TEST(defined([](leaves of) { return dot(z(of), of.param("w", {3})); }).view() == "dot(z, w)");
}

BOOST_AUTO_TEST_CASE(walls_are_gone) {
  BOOST_TEST(defined([](leaves of) { return stop_gradient(exp(z(of))) * 1; }).view() == "exp(z)");
}

BOOST_AUTO_TEST_CASE(the_defined_cross_entropy_has_the_same_value_and_gradient) {
  const graph loss = stabilise(graph_of_formula([](leaves of) { return cross_entropy(z(of), y(of)); }));
  const std::array by{loss.find_symbol("z")};
  const graph before = stabilise(differentiate(loss, loss.outputs()[0].id, by, false));
  const graph after = write_definitions(before);
  BOOST_TEST(!is_basic(before));
  BOOST_TEST(is_basic(after));
  symbol_values<double> values = random_values(before, 60, 5, 10);
  std::vector<double>& logits = values[std::size_t(before.find_symbol("z"))];
  logits[0] = logits[1] = logits[2] = 7;  // a tie of all
  logits[3] = logits[4] = 1e4;            // a tie of two, far from the third
  const auto a = outputs_of(before, values, 60);
  const auto b = outputs_of(after, values, 60);
  for (std::size_t i = 0; i < a.size(); ++i)
    BOOST_TEST(std::abs(a[i] - b[i]) <= 4 * 0x1p-52 * std::abs(a[i]));  // the sums run in different order
}
