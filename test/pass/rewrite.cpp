// SPDX-License-Identifier: BSL-1.0
// The rewriting engine, with rules made for these tests.
#define BOOST_TEST_MODULE rewrite
#include "fusegrad/pass/rewrite.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref exp_becomes_tanh(ref at) { return tanh(at.operand(0)); }
constexpr ref tanh_becomes_square(ref at) { return square(at.operand(0)); }
constexpr ref log_is_kept_twice(ref at) { return log(at.operand(0)); }
constexpr ref double_is_a_sum(ref at) {
  return is_number(at.operand(0), 2) ? at.operand(1) + at.operand(1) : no_match;
}

constexpr std::array rules{
    rewrite_rule{"exp", "exp(x) = tanh(x)", &row<exp_op>(), any_operand, exp_becomes_tanh},
    rewrite_rule{"tanh", "tanh(x) = square(x)", &row<tanh_op>(), any_operand, tanh_becomes_square},
    rewrite_rule{"log", "log(x) = log(x)", &row<log_op>(), any_operand, log_is_kept_twice},
    rewrite_rule{"double", "2 * x = x + x", nullptr, any_operand,
                 [](ref at) { return is<multiply_op>(at) ? double_is_a_sum(at) : no_match; }},
};

/// A name of two letters whose bit is that of tanh.
constexpr auto twin_of_tanh = [] {
  std::array<char, 2> name{'a', 'a'};
  for (name[0] = 'a'; name[0] < 'z'; ++name[0])
    for (name[1] = 'a'; name[1] <= 'z'; ++name[1])
      if (hash_of({name.data(), 2}) % 63 == row<tanh_op>().hash % 63) return name;
  return name;
}();

struct twin_op : elementwise_operation<1> {
  static constexpr std::string_view name{twin_of_tanh.data(), 2};
  template <class Value> static constexpr Value value(Value a) { return a; }
  static constexpr ref along(int, const ref*, ref, ref direction) { return direction; }
};

constexpr ref two_logs(leaves of) { return 2 * log(exp(of.input("x"))); }

constexpr bool reaches_the_normal_form() {
  return shown(rewrite(graph_of_formula(two_logs), rules)) == "log(square(x)) + log(square(x))";
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_a_rule_builds_is_rewritten_too) {
  static_assert(reaches_the_normal_form());
  BOOST_TEST(reaches_the_normal_form());
}

BOOST_AUTO_TEST_CASE(each_rule_counts_how_often_it_fired) {
  rule_counts fired;
  static_cast<void>(rewrite(graph_of_formula(two_logs), rules, &fired));
  BOOST_TEST(fired == (rule_counts{1, 1, 0, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rule_that_meets_its_own_node_takes_it_as_it_is) {
  const graph before = graph_of_formula([](leaves of) { return log(of.input("x")); });
  BOOST_TEST(same_graph(rewrite(before, rules), before));
}

BOOST_AUTO_TEST_CASE(a_shared_value_is_rewritten_once) {
  rule_counts fired;
  const graph after = rewrite(graph_of_formula([](leaves of) {
                                const ref shared = exp(of.input("x"));
                                return shared * log(shared) + shared;
                              }),
                              rules, &fired);
  BOOST_TEST(fired[0] == 1);
  BOOST_TEST(shown(after).view() == "square(x) * log(square(x)) + square(x)");
}

BOOST_AUTO_TEST_CASE(the_first_rule_that_matches_wins) {
  const std::array two{
      rewrite_rule{"tanh", "exp(x) = tanh(x)", &row<exp_op>(), any_operand, exp_becomes_tanh},
      rewrite_rule{"square", "exp(x) = square(x)", &row<exp_op>(), any_operand, tanh_becomes_square}};
  const graph before = graph_of_formula([](leaves of) { return exp(of.input("x")); });
  BOOST_TEST(shown(rewrite(before, two)).view() == "tanh(x)");
}

BOOST_AUTO_TEST_CASE(an_operation_that_shares_a_bit_is_not_mistaken_for_another) {
  static_assert(bit_of(row<twin_op>()) == bit_of(row<tanh_op>()));
  const std::array log_of_tanh{rewrite_rule{"log of tanh", "log(tanh(x)) = square(x)", &row<log_op>(),
                                            made_by<tanh_op>(),
                                            [](ref at) { return square(at.operand(0).operand(0)); }}};
  const graph other = graph_of_formula([](leaves of) { return log(apply<twin_op>(of.input("x"))); });
  BOOST_TEST(same_graph(rewrite(other, log_of_tanh), other));
  const graph meant = graph_of_formula([](leaves of) { return log(tanh(of.input("x"))); });
  BOOST_TEST(shown(rewrite(meant, log_of_tanh)).view() == "square(x)");
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_what_was_replaced) {
  const graph after = rewrite(graph_of_formula(two_logs), rules);
  for (const node& each : after.nodes())
    BOOST_TEST((each.op != &row<exp_op>() && each.op != &row<tanh_op>()));
  for (char needed : reachable(after)) BOOST_TEST(needed == 1);
}

BOOST_AUTO_TEST_CASE(without_rules_a_graph_stays_as_it_is) {
  const graph before = graph_of_formula(two_logs);
  BOOST_TEST(same_graph(rewrite(before, {}), before));
}
