// SPDX-License-Identifier: BSL-1.0
// Which loops become one: those over the same elements, unless something between them must be complete first.
#define BOOST_TEST_MODULE join
#include "fusegrad/pass/join.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

#include "pass/formulas.hpp"
#include "pass/plans.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

template <class Formula> constexpr plan plan_of_gradients(Formula formula) {
  return make_plan(settled_gradients(graph_of_formula(formula)), sixteen_lanes);
}

/// How many loops of a plan run over so many elements.
int loops_over(const plan& of, int elements) {
  int count = 0;
  for (const fused_loop& each : of.loops) count += each.domain.elements() == elements ? 1 : 0;
  return count;
}

/// Whether every value that a loop reads from memory of the step has been written by an earlier one.
bool in_order(const plan& of) {
  std::vector<int> written;
  for (const fused_loop& loop : of.loops)
    for (int i = loop.first; i < loop.first + loop.count; ++i) {
      const loop_operation& each = of.operations[std::size_t(i)];
      for (int k = 0; k < each.arity; ++k) {
        if (each.from_register(k)) continue;
        const element_access& from = of.accesses[each.access_index(k)];
        const bool made = from.where == storage::shared || from.where == storage::output;
        const int key = from.offset + (from.where == storage::output ? 1'000'000 : 0);
        if (made && std::find(written.begin(), written.end(), key) == written.end()) return false;
      }
      const element_access to = of.result_of(each);
      if (to.where == storage::shared || to.where == storage::output)
        written.push_back(to.offset + (to.where == storage::output ? 1'000'000 : 0));
    }
  return true;
}

constexpr auto squares_over_number = [](leaves of) {
  return sum(square(of.param("p", {8}) - of.param("m"))) / square(of.param("s"));
};

}  // namespace

BOOST_AUTO_TEST_CASE(an_adjoint_that_does_not_wait_for_a_sum_is_computed_beside_it) {
  const plan found = plan_of_gradients(squares_over_number);
  // 2 * (p - m) times the adjoint of the sum, which depends on s alone.
  BOOST_TEST(loops_over(found, 8) == 1);
  BOOST_TEST(stored_operations_of<subtract_op>(found) == 0);
  BOOST_TEST(in_order(found));
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_sum_has_a_loop_of_its_own) {
  const plan found = plan_of_gradients([](leaves of) { return square(sum(square(of.param("p", {8})))); });
  BOOST_TEST(loops_over(found, 8) == 2);
  BOOST_TEST(in_order(found));
}

BOOST_AUTO_TEST_CASE(of_two_that_wait_for_each_other_one_is_joined) {
  const plan found = plan_of_gradients(
      [](leaves of) { return sum(square(of.param("p", {8}))) * sum(square(of.param("q", {9}))); });
  // The gradient by p waits for the sum over q, and that by q for the sum over p.
  BOOST_TEST(loops_over(found, 8) == 2);
  BOOST_TEST(loops_over(found, 9) == 1);
  BOOST_TEST(in_order(found));
}

BOOST_AUTO_TEST_CASE(a_loop_between_keeps_two_apart) {
  const plan found = plan_of_gradients([](leaves of) {
    const ref p = of.param("p", {8});
    return sum(square(p / broadcast_over(sum(square(p)), {8}, 1)));
  });
  BOOST_TEST(in_order(found));
  BOOST_TEST(loops_over(found, 8) >= 2);
}

BOOST_AUTO_TEST_CASE(the_same_holds_in_a_constant_expression) {
  constexpr int loops = [] {
    const plan found = plan_of_gradients(squares_over_number);
    int count = 0;
    for (const fused_loop& each : found.loops) count += each.domain.elements() == 8 ? 1 : 0;
    return count;
  }();
  static_assert(loops == 1);
}
