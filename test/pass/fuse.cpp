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

/// Both gradients repeat sums.
template <int Size> struct sum_of_product {
  static constexpr auto formula() { return sum(param<"A", Size, Size> * param<"B", Size, Size>); }
};

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

BOOST_AUTO_TEST_CASE(long_copies_have_loops_of_their_own) {
  BOOST_TEST(loops_in(plan_of_model<sum_of_product<60>>(), phase::before_rows) == 2);
  BOOST_TEST(loops_in(plan_of_model<sum_of_product<70>>(), phase::before_rows) == 3);
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

BOOST_AUTO_TEST_CASE(a_convolution_reads_its_windows_where_they_lie) {
  const plan found = plan_of_rows([](leaves of) {
    return square(conv2d(of.input("image", {2, 6, 6}), of.param("W", {3, 2, 3, 3})));
  });
  BOOST_TEST(steps_of_kind(found, step_kind::contraction) == 1);
  BOOST_TEST(steps_of_kind(found, step_kind::placement) == 0);
  BOOST_TEST(operations_of<copy_op>(found) == 0);
  // Two channels of 36 pixels and three of 16 places, whose squares take the memory of the pixels.
  BOOST_TEST(found.tile_elements == 2 * 36 + 3 * 16);
}

BOOST_AUTO_TEST_CASE(gradients_of_a_convolution_exist_neither_place_by_place_nor_window_by_window) {
  graph written;
  const leaves of{written};
  const ref hidden = tanh(of.input("image", {2, 8, 8}) + of.param("b", {2, 8, 8}));
  written.add_output(
      {output_role::value, -1, row_mean(sum(square(conv2d(hidden, of.param("W", {3, 2, 5, 5}))))).id});
  const plan found = make_plan(settled_gradients(written), sixteen_lanes);
  BOOST_TEST(steps_of_kind(found, step_kind::contraction) == 2);  // the value; the adjoint, scattered
  BOOST_TEST(steps_of_kind(found, step_kind::contraction_mean) == 1);
  BOOST_TEST(steps_of_kind(found, step_kind::placement) == 0);
  BOOST_TEST(found.tile_elements < 2 * 4 * 4 * 25);  // no window is laid out
}

BOOST_AUTO_TEST_CASE(a_scatter_of_what_others_read_too_is_a_step_of_its_own) {
  const plan found = plan_of_rows([](leaves of) {
    const ref product = of.input("x", {3, 4}) * of.param("W", {4, 2});
    return concat<0>(pad<0, 1, 1>(product), product);
  });
  BOOST_TEST(steps_of_kind(found, step_kind::contraction) == 1);
  BOOST_TEST(steps_of_kind(found, step_kind::placement) == 2);
}

BOOST_AUTO_TEST_CASE(a_row_that_needs_a_mean_over_all_rows_is_reported) {
  const plan found = plan_of_rows([](leaves of) {
    const ref x = of.input("x", {8});
    return x - row_mean(x);
  });
  BOOST_TEST((found.trouble.kind == problem_kind::two_row_phases));
}
