// SPDX-License-Identifier: BSL-1.0
// A bound of the scratch memory first makes a tile lower, then has values computed again instead of kept, then
// keeps fewer steps of repetitions; each choice is taken only where the one before exceeds the bound.
#define BOOST_TEST_MODULE economise
#include "fusegrad/pass/economise.hpp"

#include <boost/test/unit_test.hpp>

#include <string_view>

#include "pass/plans.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// 100 distances, of which the logarithm of the sum waits: they are kept, or computed again for the gradient.
struct distances {
  static constexpr auto formula() { return log1p(sum(square(input<"x", 100> - param<"m", 100>))); }
};

/// The same in units that the rows share.
struct scaled_distances {
  static constexpr auto formula() {
    return log1p(sum(square((input<"x", 100> - param<"m", 100>)*exp(param<"s", 100>))));
  }
};

/// Steps of 8 carries.
template <int Steps> struct recurrence {
  static constexpr auto formula() {
    const auto cell = [](auto h, auto x) { return tanh(param<"W", 8, 8> * h + param<"U", 8, 4> * x); };
    return sum(square(fold(cell, param<"h", 8>, input<"xs", Steps, 4>)));
  }
};
using recurrent = recurrence<100>;

/// Its derivative, as a formula.
struct derivative_of_recurrent {
  static constexpr auto formula() { return grad(recurrent::formula(), input<"xs", 100, 4>); }
};

/// A row that waits for a mean over all rows: two sweeps.
struct centred {
  static constexpr auto formula() {
    const auto x = input<"x", 20>;
    return log1p(sum(square(x * param<"w", 20> - mean_over_rows(x * param<"w", 20>))));
  }
};

struct economical_plan {
  economy chosen;
  plan made;
  long long bytes = 0;
};

/// The plan within a bound, on a machine with registers of 16 floats.
template <class Formula> economical_plan plan_within(int bound) {
  const machine on = within_bound(sixteen_lanes, bound);
  const economical_stages stages = run_passes_on(on, lowered<Formula>(), goal::gradient);
  const plan made = make_plan(stages.settled, on, stages.chosen.again);
  return {stages.chosen, made, scratch_bytes(made, on)};
}

using enum fusing::recomputation;

}  // namespace

BOOST_AUTO_TEST_CASE(without_a_bound_nothing_changes) {
  const economical_plan found = plan_within<distances>(0);
  BOOST_TEST((found.chosen.again == conditions));
  BOOST_TEST(found.chosen.most_kept == reverse_mode::most_kept);
  BOOST_TEST(found.made.tile_registers == 4);
}

// x, its distances and the gradient, 100 numbers each, and three sums: 303 numbers of 64 bytes a register.
BOOST_AUTO_TEST_CASE(the_tile_becomes_lower_first) {
  const int of_register = 303 * 64;
  BOOST_TEST(plan_within<distances>(4 * of_register).made.tile_registers == 4);
  for (const auto& [bound, registers] : {std::pair{4 * of_register - 1, 2},
                                         {2 * of_register, 2},
                                         {2 * of_register - 1, 1},
                                         {of_register, 1}}) {
    const economical_plan found = plan_within<distances>(bound);
    BOOST_TEST(found.made.tile_registers == registers);
    BOOST_TEST(found.made.tile_elements == 303);
    BOOST_TEST(found.bytes <= bound);
    BOOST_TEST((found.chosen.again == conditions));
  }
}

BOOST_AUTO_TEST_CASE(cheap_values_are_then_computed_again) {
  const economical_plan kept = plan_within<distances>(303 * 64), again = plan_within<distances>(303 * 64 - 1);
  BOOST_TEST((again.chosen.again == of_leaves));
  BOOST_TEST(again.made.tile_elements == 203);
  BOOST_TEST(operations_of<subtract_op>(again.made) == operations_of<subtract_op>(kept.made) + 1);
  BOOST_TEST(stored_operations_of<subtract_op>(again.made) == 0);
  BOOST_TEST(again.made.flops_per_row == kept.made.flops_per_row + 100);
}

BOOST_AUTO_TEST_CASE(what_is_made_of_values_that_the_rows_share_is_so_too) {
  const economical_plan kept = plan_within<scaled_distances>(1 << 16),
                        again = plan_within<scaled_distances>(1);
  BOOST_TEST((again.chosen.again == of_leaves));
  BOOST_TEST(again.made.tile_elements <= kept.made.tile_elements - 200);
}

BOOST_AUTO_TEST_CASE(what_is_made_of_products_is_computed_again_where_that_is_not_enough) {
  const economical_plan kept = plan_within<perceptron>(1 << 16), again = plan_within<perceptron>(60000);
  BOOST_TEST((kept.chosen.again == conditions));
  BOOST_TEST(kept.bytes == 1 << 16);
  BOOST_TEST((again.chosen.again == of_memory));
  BOOST_TEST(again.bytes <= 60000);
  BOOST_TEST(again.made.flops_per_row > kept.made.flops_per_row);
  BOOST_TEST(again.made.flops_per_row < 1.01 * kept.made.flops_per_row);
}

BOOST_AUTO_TEST_CASE(derivatives_of_repetitions_keep_fewer_steps_at_last) {
  const economical_plan all = plan_within<recurrent>(0), few = plan_within<recurrent>(1 << 16);
  BOOST_TEST(all.made.tile_elements > 100 * (8 + 8));
  BOOST_TEST(few.bytes <= 1 << 16);
  BOOST_TEST(few.chosen.most_kept < 100 * 8);
  BOOST_TEST(few.made.flops_per_row > 1.2 * all.made.flops_per_row);
  BOOST_TEST(few.made.flops_per_row < 2 * all.made.flops_per_row);
}

BOOST_AUTO_TEST_CASE(so_do_derivatives_that_a_formula_asks_for) {
  const graph formula = lowered<derivative_of_recurrent>();
  const auto elements_with = [&](int most_kept) {
    return make_plan(run_passes(formula, goal::rows, {}, most_kept).settled, sixteen_lanes).tile_elements;
  };
  BOOST_TEST(elements_with(256) < elements_with(1 << 14) - 100 * 8 / 2);
}

// Two steps of 8 + 8 operands are fewer numbers than 8 x 8 products.
BOOST_AUTO_TEST_CASE(operands_of_all_steps_are_kept_where_their_product_would_take_more) {
  const auto elements_with = [](int most_kept) {
    const graph settled = run_passes(lowered<recurrence<2>>(), goal::gradient, {}, most_kept).settled;
    return make_plan(settled, sixteen_lanes).tile_elements;
  };
  BOOST_TEST(elements_with(4) == elements_with(1 << 14));
}

BOOST_AUTO_TEST_CASE(where_nothing_is_within_the_bound_the_least_is_taken) {
  const economical_plan least = plan_within<recurrent>(1);
  BOOST_TEST(least.bytes <= plan_within<recurrent>(1 << 16).bytes);
  BOOST_TEST(least.made.tile_registers == 1);
  for (int choice = 0; choice < economies_of(lowered<recurrent>()); ++choice) {
    const machine on = within_bound(sixteen_lanes, 1);
    const economy chosen = economy_at(choice);
    const graph settled = run_passes(lowered<recurrent>(), goal::gradient, {}, chosen.most_kept).settled;
    BOOST_TEST(peak_scratch(settled, on, chosen) >= least.bytes, "choice " << choice);
  }
}

BOOST_AUTO_TEST_CASE(the_peak_of_several_sweeps_is_that_of_the_greatest) {
  const graph settled = run_passes(lowered<centred>(), goal::gradient).settled;
  const int sweeps = count_sweeps(settled);
  BOOST_TEST_REQUIRE(sweeps > 1);
  long long greatest = 0;
  for (int sweep = 1; sweep <= sweeps; ++sweep)
    greatest =
        std::max(greatest, scratch_bytes(make_plan(sweep_of(settled, sweep), sixteen_lanes), sixteen_lanes));
  BOOST_TEST(greatest > 0);
  BOOST_TEST(peak_scratch(settled, sixteen_lanes, {}) == greatest);
}

BOOST_AUTO_TEST_CASE(the_first_choice_keeps_most_and_the_last_one_least) {
  BOOST_TEST(economy_at(0).most_kept == reverse_mode::most_kept);
  BOOST_TEST((economy_at(2).again == of_memory));
  BOOST_TEST(economy_at(3).most_kept == reverse_mode::most_kept / 8);
  BOOST_TEST((economy_at(3).again == conditions));
  BOOST_TEST(economy_at(14).most_kept == 4);
  BOOST_TEST(economies_of(lowered<distances>()) == 3);
  BOOST_TEST(economies_of(lowered<recurrent>()) == 15);
}
