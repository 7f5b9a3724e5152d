// SPDX-License-Identifier: BSL-1.0
// What becomes one loop: elementwise chains, reductions of one value; what is recomputed, what is moved.
#define BOOST_TEST_MODULE fuse
#include "fusegrad/pass/fuse.hpp"

#include <boost/test/unit_test.hpp>

#include "pass/formulas.hpp"
#include "pass/plans.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// The plan of the value of each row.
template <class Formula> constexpr plan plan_of_rows(Formula formula) {
  return make_plan(settle(write_definitions(stabilise(graph_of_formula(formula)))), sixteen_lanes);
}

constexpr auto long_chain = [](leaves of) {
  const ref x = of.input("x", {8});
  return tanh(exp(square(x) + x) * x - of.param("w", {8}));
};

static_assert(loops_in(plan_of_rows(long_chain), phase::rows) == 1);

}  // namespace

BOOST_AUTO_TEST_CASE(a_chain_of_elementwise_operations_is_one_loop_that_stores_its_end_only) {
  const plan found = plan_of_rows(long_chain);
  BOOST_TEST(loops_in(found, phase::rows) == 1);
  BOOST_TEST(found.loops[0].count == 6);
  BOOST_TEST(stored_operations_of<tanh_op>(found) == 1);
  BOOST_TEST(buffers_in_tile(found) == 2);  // the column and the result
}

BOOST_AUTO_TEST_CASE(two_reductions_of_the_same_value_share_a_loop) {
  const plan found = plan_of_rows([](leaves of) {
    const ref x = of.input("x", {8});
    return sum(square(x)) * max(square(x));
  });
  BOOST_TEST(loops_in(found, phase::rows) == 2);
  BOOST_TEST(found.loops[0].accumulators == 2);
  BOOST_TEST(stored_operations_of<square_op>(found) == 0);
  BOOST_TEST(operations_of<square_op>(found) == 1);
}

BOOST_AUTO_TEST_CASE(what_needs_a_reduction_runs_in_the_next_loop) {
  const plan found = plan_of_rows([](leaves of) {
    const ref x = of.input("x", {8});
    return x / broadcast_over(sum(x), {8}, 1);
  });
  BOOST_TEST(loops_in(found, phase::rows) == 2);
  BOOST_TEST(stored_operations_of<sum_op>(found) == 1);
  BOOST_TEST(steps_of_kind(found, step_kind::loops) == 1);  // both on the rows in the registers
}

BOOST_AUTO_TEST_CASE(a_condition_is_computed_again_by_each_loop_that_tests_it_and_never_stored) {
  const plan found = plan_of_rows([](leaves of) {
    const ref x = of.input("x", {8});
    const ref above = x > 0.5;
    const ref total = sum(where(above, x, 0));
    return where(above, broadcast_over(total, {8}, 1), x);
  });
  BOOST_TEST(loops_in(found, phase::rows) == 2);
  BOOST_TEST(operations_of<less_op>(found) == 2);
  BOOST_TEST(stored_operations_of<less_op>(found) == 0);
}

BOOST_AUTO_TEST_CASE(a_condition_read_through_a_broadcast_is_stored) {
  const plan found = plan_of_rows([](leaves of) {
    const ref x = of.input("x", {2, 4});
    const ref above = of.input("z", {4}) > 0.5;
    return where(broadcast_over(above, {2, 4}, 1), x, square(x));
  });
  BOOST_TEST(operations_of<less_op>(found) == 1);
  BOOST_TEST(stored_operations_of<less_op>(found) == 1);
}

BOOST_AUTO_TEST_CASE(what_needs_leaves_only_sinks_into_the_one_loop_that_reads_it) {
  const plan found = plan_of_rows([](leaves of) {
    const ref x = of.input("x", {8});
    return exp(x) * tanh(of.param("W", {8, 8}) * of.input("z", {8}));
  });
  BOOST_TEST(loops_in(found, phase::rows) == 1);
  BOOST_TEST(found.loops[0].stage == 1);
  BOOST_TEST(stored_operations_of<exp_op>(found) == 0);
}

BOOST_AUTO_TEST_CASE(what_two_loops_read_does_not_sink) {
  const plan found = plan_of_rows([](leaves of) {
    const ref powers = exp(of.input("x", {8}));
    const ref hidden = tanh(of.param("W", {8, 8}) * of.input("z", {8}));
    return sum(powers * hidden) * sum(powers * broadcast_over(sum(hidden), {8}, 1));
  });
  BOOST_TEST(operations_of<exp_op>(found) == 1);
  BOOST_TEST(stored_operations_of<exp_op>(found) == 1);
}

BOOST_AUTO_TEST_CASE(work_on_parameters_alone_leaves_the_rows) {
  const plan found = plan_of_rows([](leaves of) { return of.input("x", {8}) * exp(of.param("w", {8})); });
  BOOST_TEST(loops_in(found, phase::before_rows) == 1);
  BOOST_TEST(loops_in(found, phase::rows) == 1);
  BOOST_TEST(found.shared_elements == 8);
}

BOOST_AUTO_TEST_CASE(an_outer_product_read_by_its_mean_only_never_exists) {
  const auto product = [](leaves of) {
    return contract(square(of.input("x", {3})), letters("a"), square(of.input("z", {4})), letters("b"),
                    letters("ab"));
  };
  const plan mean = plan_of_rows([&](leaves of) { return row_mean(product(of)); });
  BOOST_TEST(steps_of_kind(mean, step_kind::gradient) == 1);
  BOOST_TEST(steps_of_kind(mean, step_kind::contraction) == 0);
  const plan rows = plan_of_rows(product);
  BOOST_TEST(steps_of_kind(rows, step_kind::contraction) == 1);
}

BOOST_AUTO_TEST_CASE(a_row_that_needs_a_mean_over_all_rows_is_reported) {
  const plan found = plan_of_rows([](leaves of) {
    const ref x = of.input("x", {8});
    return x - row_mean(x);
  });
  BOOST_TEST((found.trouble.kind == problem_kind::two_row_phases));
}
