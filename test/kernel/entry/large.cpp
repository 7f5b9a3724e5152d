// SPDX-License-Identifier: BSL-1.0
// Large gradients, whose slices have one owner each: from columns and from computed values, in both layouts,
// with and without more to compute after the rows, over several groups of tiles.
#undef BOOST_TEST_MAIN  // the program's main is that of ../entry.cpp
#include "support/against_interpreter.hpp"

#include <algorithm>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 130>;
constexpr auto W = param<"W", 130, 130>;
constexpr auto V = param<"V", 129, 130>;

/// A few rows, more than a tile, and more tiles than are summed together.
constexpr selection large_selections[] = {
    {1, false, element_type::uint8}, {65, true, element_type::float32}, {800, true, element_type::uint8}};

template <class Formula> void large_gradient_agrees(std::string_view name, int gradients, Formula) {
  using program = program<Formula, goal::gradient, float, native_arch>;
  int sliced = 0;
  for (const plan_step& each : program::plan.steps) sliced += each.when == phase::slices;
  BOOST_TEST(sliced == gradients);
  const graph oracle = as_written<Formula, goal::gradient>();
  BOOST_TEST_REQUIRE(!oracle.trouble());
  for (const selection& each : large_selections) agrees(name, oracle, compiled_of<program>(), each);
  agrees(name, oracle, compiled_of<fusegrad::program<Formula, goal::gradient, double, native_arch>>(),
         large_selections[1]);
}

constexpr auto two_layers = mean(square(V * tanh(W * x / constant<64>) / constant<64>));

/// All results of a kernel for some of the rows that there are.
using in_double = program<std::remove_cvref_t<decltype(two_layers)>, goal::gradient, double, native_arch>;
std::vector<std::vector<double>> results_of(const given_values<double>& given, std::size_t first,
                                            std::size_t count) {
  std::vector<std::vector<double>> results;
  std::vector<double*> places;
  for (const plan_output& each : in_double::plan.outputs)
    results.emplace_back(std::size_t(each.extents.elements()));
  for (auto& each : results) places.push_back(each.data());
  step_data<double> step = given.step(places.data());
  step.rows.first += first;
  step.rows.count = count;
  executor<double> run(kernel<in_double>::table);
  BOOST_TEST(run.run(step).ok());
  return results;
}

}  // namespace

BOOST_AUTO_TEST_CASE(two_large_gradients_agree_with_the_interpreter) {
  large_gradient_agrees("two layers", 2, two_layers);
}

BOOST_AUTO_TEST_CASE(a_large_gradient_by_inputs_agrees_with_the_interpreter) {
  large_gradient_agrees("book's order", 1, mean(square(x * W / constant<64>)));
}

BOOST_AUTO_TEST_CASE(a_large_gradient_with_a_penalty_agrees_with_the_interpreter) {
  large_gradient_agrees("with a penalty", 1,
                        mean(square(W * x / constant<64>)) + constant<1. / 1024> * sum(square(W)));
}

// More rows than a group of tiles holds: their gradient is that of 1,000 of them, which one group holds, and
// of the other 4,000, weighted.
BOOST_AUTO_TEST_CASE(groups_of_tiles_add_up) {
  const graph oracle = as_written<std::remove_cvref_t<decltype(two_layers)>, goal::gradient>();
  const given_values<double> given(oracle, {5000, false, element_type::uint8});
  const auto all = results_of(given, 0, 5000);
  const auto some = results_of(given, 0, 1000);
  const auto others = results_of(given, 1000, 4000);
  for (std::size_t i = 0; i < all.size(); ++i) {
    double worst = 0, most = 0;
    for (std::size_t k = 0; k < all[i].size(); ++k) {
      worst = std::max(worst, std::abs(all[i][k] - (some[i][k] + 4 * others[i][k]) / 5));
      most = std::max(most, std::abs(all[i][k]));
    }
    // Sums of 5,000 terms in another order: 1e-12 of the greatest leaves two digits.
    BOOST_TEST(worst <= 1e-12 * most, "output " << i << " is off by " << worst << " of " << most);
  }
}
