// SPDX-License-Identifier: BSL-1.0
// Dead nodes go, everything else stays as it was and in its order.
#define BOOST_TEST_MODULE prune
#include "fusegrad/pass/prune.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// Two outputs, and nodes before, between and after them that neither needs.
constexpr graph with_dead_nodes() {
  graph built;
  const leaves of{built};
  static_cast<void>(exp(of.input("dead")));
  const ref x = of.input("x");
  const ref value = square(x);
  static_cast<void>(log(x));
  const ref gradient = 2 * x;
  built.add_output({output_role::value, -1, value.id});
  built.add_output({output_role::gradient, built.find_symbol("x"), gradient.id});
  static_cast<void>(tanh(gradient));
  return built;
}

constexpr bool keeps_what_is_needed() {
  const graph pruned = prune(with_dead_nodes());
  return pruned.size() == 4 && shown(pruned) == "square(x)" && shown(pruned, "x") == "2 * x";
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_what_an_output_needs_is_kept) {
  static_assert(keeps_what_is_needed());
  BOOST_TEST(keeps_what_is_needed());
  for (char needed : reachable(prune(with_dead_nodes()))) BOOST_TEST(needed == 1);
}

BOOST_AUTO_TEST_CASE(every_operand_stands_before_its_node) {
  const graph pruned = prune(with_dead_nodes());
  for (int i = 0; i < pruned.size(); ++i)
    for (int k = 0; k < pruned[node_id{i}].arity; ++k) BOOST_TEST(pruned[node_id{i}].operands[k].value < i);
}

BOOST_AUTO_TEST_CASE(symbols_keep_their_numbers_even_if_nothing_uses_them) {
  const graph pruned = prune(with_dead_nodes());
  BOOST_TEST(pruned.symbols().size() == 2u);
  BOOST_TEST(pruned.find_symbol("dead") == 0);
  BOOST_TEST(pruned.find_symbol("x") == 1);
}

BOOST_AUTO_TEST_CASE(pruning_twice_changes_nothing) {
  const graph once = prune(with_dead_nodes());
  const graph twice = prune(once);
  BOOST_TEST(std::ranges::equal(once.nodes(), twice.nodes()));
  BOOST_TEST(std::ranges::equal(once.outputs(), twice.outputs()));
}

BOOST_AUTO_TEST_CASE(a_problem_is_not_lost) {
  graph built = with_dead_nodes();
  built.report({problem_kind::axis_out_of_range, {}, {}});
  BOOST_TEST((prune(built).trouble().kind == problem_kind::axis_out_of_range));
}
