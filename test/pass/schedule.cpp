// SPDX-License-Identifier: BSL-1.0
// The plans of five models in full: loops, steps by kind, values kept in memory, and bytes once they share
// it.
#define BOOST_TEST_MODULE schedule
#include "fusegrad/pass/schedule.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>

#include "pass/formulas.hpp"
#include "pass/plan_runner.hpp"
#include "pass/plans.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

struct expected_steps {
  int load_rows = 0, product_from_rows = 0, product = 0, loops = 0, gradient_from_rows = 0, gradient = 0,
      row_mean = 0;
};

void check_steps(const plan& found, const expected_steps& expected) {
  BOOST_TEST(steps_of_kind(found, step_kind::load_rows) == expected.load_rows);
  BOOST_TEST(steps_of_kind(found, step_kind::product_from_rows) == expected.product_from_rows);
  BOOST_TEST(steps_of_kind(found, step_kind::product) == expected.product);
  BOOST_TEST(steps_of_kind(found, step_kind::loops) == expected.loops);
  BOOST_TEST(steps_of_kind(found, step_kind::gradient_from_rows) == expected.gradient_from_rows);
  BOOST_TEST(steps_of_kind(found, step_kind::gradient) == expected.gradient);
  BOOST_TEST(steps_of_kind(found, step_kind::row_mean) == expected.row_mean);
  BOOST_TEST(steps_of_kind(found, step_kind::contraction) == 0);
  BOOST_TEST(steps_of_kind(found, step_kind::reduction) == 0);
}

/// Values for the symbols of a plan, far from every kink.
symbol_values<double> values_for(const plan& of, std::size_t rows) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> each(-1, 1);
  symbol_values<double> result;
  for (const symbol& named : of.symbols) {
    result.emplace_back(std::size_t(named.extents.elements()) *
                        (named.role == symbol_role::parameter ? 1 : rows));
    for (double& value : result.back())
      value = named.role == symbol_role::label ? double(random() % unsigned(named.classes)) : each(random);
  }
  return result;
}

/// Runs a plan on five rows and compares every output with the graph it was made of.
void check_values(const graph& settled) {
  constexpr std::size_t rows = 5;
  const plan planned = make_plan(settled, sixteen_lanes);
  const auto values = values_for(planned, rows);
  const plan_runner found(planned, values, rows);
  const auto expected = interpret<double>(settled, values, rows);
  for (std::size_t k = 0; k < planned.outputs.size(); ++k) {
    const auto& wanted = expected[std::size_t(settled.outputs()[k].id.value)];
    BOOST_TEST_REQUIRE(found.output(k).size() == wanted.size());
    // Sums of up to 784 products of order 1 in another order: 784 roundings of 1e-16 of at most 100.
    for (std::size_t i = 0; i < wanted.size(); ++i)
      BOOST_TEST_REQUIRE(std::abs(found.output(k)[i] - wanted[i]) <= 1e-11, "output " << k << " at " << i);
  }
}

static_assert(loops_in(plan_of_model<linear_regression>(), phase::rows) == 1);

}  // namespace

// Rows: x, y; the product; one loop that keeps error and loss; the means of both; the gradient of w.
BOOST_AUTO_TEST_CASE(the_plan_of_linear_regression) {
  const plan found = plan_of_model<linear_regression>();
  check_steps(found, {.load_rows = 2, .product = 1, .loops = 1, .gradient = 1, .row_mean = 2});
  BOOST_TEST(found.loops.size() == 1u);
  BOOST_TEST(found.loops[0].count == 4);
  BOOST_TEST(buffers_in_tile(found) == 5);
  BOOST_TEST(tile_bytes_per_row(found) == 4 * (2 + 1 + 1 + 2));
  BOOST_TEST(found.mean_elements == 4);
  BOOST_TEST(found.tile_registers == 4);
}

// Rows: the label; the product from the image as it is stored; four loops: logits with their greatest, powers
// with their sums, the loss, the error; means of loss and error; the gradient of W from the image.
BOOST_AUTO_TEST_CASE(the_plan_of_softmax_regression) {
  const plan found = plan_of_model<softmax_regression>();
  check_steps(found,
              {.load_rows = 1, .product_from_rows = 1, .loops = 1, .gradient_from_rows = 1, .row_mean = 2});
  BOOST_TEST(loops_in(found, phase::rows) == 4);
  BOOST_TEST(found.loops.size() == 4u);
  BOOST_TEST(buffers_in_tile(found) == 11);
  BOOST_TEST(tile_bytes_per_row(found) == 4 * (4 * 10 + 7));
  BOOST_TEST(found.matrix_elements == 7840);
  BOOST_TEST(found.mean_elements == 7840 + 10 + 1);
  BOOST_TEST(found.tile_registers == 4);
}

// The adjoint of the hidden layer takes the place of the product it came from: of five values of 256 numbers
// at most four are in memory at the same time, and the small ones fit beside them.
BOOST_AUTO_TEST_CASE(the_plan_of_two_layers) {
  const plan found = plan_of_model<perceptron>();
  check_steps(found, {.load_rows = 1,
                      .product_from_rows = 1,
                      .product = 2,
                      .loops = 3,
                      .gradient_from_rows = 1,
                      .gradient = 1,
                      .row_mean = 3});
  BOOST_TEST(found.loops.size() == 6u);
  BOOST_TEST(buffers_in_tile(found) == 16);
  BOOST_TEST(tile_bytes_per_row(found) == 4 * 4 * 256);
  BOOST_TEST(found.matrix_elements == 10 * 256);
  BOOST_TEST(found.large_elements == 256 * 784);
}

// The penalty and its gradient run once: two loops before the rows, two after them.
BOOST_AUTO_TEST_CASE(the_plan_of_penalised_logistic_regression) {
  const plan found = plan_of_model<penalised_logistic_regression>();
  check_steps(found,
              {.load_rows = 1, .product_from_rows = 1, .loops = 3, .gradient_from_rows = 1, .row_mean = 2});
  BOOST_TEST(loops_in(found, phase::before_rows) == 2);
  BOOST_TEST(loops_in(found, phase::rows) == 1);
  BOOST_TEST(loops_in(found, phase::after_rows) == 2);
  BOOST_TEST(buffers_in_tile(found) == 4);
  BOOST_TEST(tile_bytes_per_row(found) == 4 * 4);
}

// Loss and gradient in one pass over the eight elements: ten values of eight numbers stay in registers.
BOOST_AUTO_TEST_CASE(the_plan_of_a_heavy_elementwise_loss) {
  const plan found = plan_of_model<robust_scaling>();
  check_steps(found, {.load_rows = 2, .loops = 1, .row_mean = 2});
  BOOST_TEST(found.loops.size() == 1u);
  BOOST_TEST(found.loops[0].count >= 10);
  BOOST_TEST(buffers_in_tile(found) == 4);
  BOOST_TEST(tile_bytes_per_row(found) == 4 * (8 + 8 + 8 + 1));
}

BOOST_AUTO_TEST_CASE(the_five_plans_compute_what_their_graphs_say) {
  check_values(settled_model<linear_regression>());
  check_values(settled_model<softmax_regression>());
  check_values(settled_model<perceptron>());
  check_values(settled_model<penalised_logistic_regression>());
  check_values(settled_model<robust_scaling>());
}

BOOST_AUTO_TEST_CASE(a_penalty_counts_once_and_not_per_row) {
  const plan found = plan_of_model<penalised_logistic_regression>();
  const plan without = make_plan(
      settled_gradients(
          lowered<decltype(logistic_loss(dot(param<"w", 30>, input<"x", 30>) + param<"b">, target<"y">))>()),
      sixteen_lanes);
  BOOST_TEST(found.flops_per_row == without.flops_per_row);
  BOOST_TEST(found.flops_per_step > without.flops_per_step);
}

BOOST_AUTO_TEST_CASE(the_loss_of_the_rows_stays_until_it_has_been_looked_at) {
  const plan found = plan_of_model<perceptron>();
  BOOST_TEST_REQUIRE(found.loss_offset >= 0);
  bool written = false;
  for (const plan_step& step : found.steps) {
    if (step.when != phase::rows) continue;
    for (int loop = step.first_loop; loop < step.first_loop + step.loop_count; ++loop)
      for (int i = found.loops[std::size_t(loop)].first;
           i < found.loops[std::size_t(loop)].first + found.loops[std::size_t(loop)].count; ++i) {
        const loop_operation& each = found.operations[std::size_t(i)];
        const element_access result = found.result_of(each);
        if (result.where != storage::tile) continue;
        const int elements = each.reduces_all ? 1 : found.loops[std::size_t(loop)].domain.elements();
        const bool overlaps =
            result.offset <= found.loss_offset && found.loss_offset < result.offset + elements;
        BOOST_TEST(!(written && overlaps), "the loss is overwritten by " << each.op->name);
        written = written || result.offset == found.loss_offset;
      }
  }
  BOOST_TEST(written);
}

BOOST_AUTO_TEST_CASE(a_loop_over_a_matrix_becomes_a_loop_over_its_elements) {
  const graph flat = settle(graph_of_formula([](leaves of) { return square(of.input("x", {3, 4})); }));
  BOOST_TEST((make_plan(flat, sixteen_lanes).loops[0].domain == tensor_shape{12}));
  const graph along = settle(graph_of_formula([](leaves of) {
    return square(of.input("x", {3, 4})) + broadcast_over(of.param("w", {4}), {3, 4}, 1);
  }));
  BOOST_TEST((make_plan(along, sixteen_lanes).loops[0].domain == tensor_shape{3, 4}));
}

BOOST_AUTO_TEST_CASE(a_plan_of_a_wrong_graph_says_so_and_is_empty) {
  const graph wrong = settle(graph_of_formula([](leaves of) {
    const ref x = of.input("x", {8});
    return x - row_mean(x);
  }));
  const plan found = make_plan(wrong, sixteen_lanes);
  BOOST_TEST((found.trouble.kind == problem_kind::two_row_phases));
  BOOST_TEST(found.steps.size() == 0);
}
