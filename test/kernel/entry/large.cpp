// SPDX-License-Identifier: BSL-1.0
// Large gradients, whose slices have one owner each: from columns and from computed values, in both layouts,
// with and without more to compute after the rows, over several groups of tiles.
#undef BOOST_TEST_MAIN  // the program's main is that of ../entry.cpp
#include "kernel/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 130>;
constexpr auto W = param<"W", 130, 130>;
constexpr auto V = param<"V", 129, 130>;

/// A few rows, more than a tile, and more than a group of tiles.
constexpr selection large_selections[] = {
    {1, false, element_type::uint8}, {65, true, element_type::float32}, {800, true, element_type::uint8}};

template <class Formula> void large_gradient_agrees(std::string_view name, int gradients, Formula) {
  using program = program<Formula, goal::gradient, float, native_arch>;
  int sliced = 0;
  for (const plan_step& each : program::plan.steps) sliced += each.when == phase::slices;
  BOOST_TEST(sliced == gradients);
  const graph oracle = as_written<Formula, goal::gradient>();
  BOOST_TEST_REQUIRE(!oracle.trouble());
  for (const selection& each : large_selections) agrees<Formula, goal::gradient, float>(name, oracle, each);
  agrees<Formula, goal::gradient, double>(name, oracle, large_selections[1]);
}

}  // namespace

BOOST_AUTO_TEST_CASE(two_large_gradients_agree_with_the_interpreter) {
  large_gradient_agrees("two layers", 2, mean(square(V * tanh(W * x / constant<64>) / constant<64>)));
}

BOOST_AUTO_TEST_CASE(a_large_gradient_by_inputs_agrees_with_the_interpreter) {
  large_gradient_agrees("book's order", 1, mean(square(x * W / constant<64>)));
}

BOOST_AUTO_TEST_CASE(a_large_gradient_with_a_penalty_agrees_with_the_interpreter) {
  large_gradient_agrees("with a penalty", 1,
                        mean(square(W * x / constant<64>)) + constant<1. / 1024> * sum(square(W)));
}
