// SPDX-License-Identifier: BSL-1.0
// Plans keep the value and the gradients of random graphs: layouts, fusion, order and memory, run step by
// step without the code that kernels make of them.
#define BOOST_TEST_MODULE plan_against_interpreter
#include "law/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "fusegrad/pass/define.hpp"
#include "fusegrad/pass/stabilise.hpp"
#include "fusegrad/pass/sweeps.hpp"
#include "pass/plan_runner.hpp"

using namespace fusegrad;
using namespace fusegrad::law;
using fusegrad::test::plan_runner;

namespace {

constexpr std::uint64_t samples_per_formula = 12;

// As for rewriting: a stable form, and sums in another order, round otherwise than the formula as written.
constexpr double tolerance = 1e-12;

/// The value, the gradient by each parameter, and the values of rows that the sample also names.
graph with_gradients(const sample& from) {
  std::vector<int> by;
  for (int each : from.by())
    if (!from.of_rows(each)) by.push_back(each);
  return differentiate(from.in(), from.value(), by, true);
}

/// Whether a value at which the formula jumps is 0 in exact arithmetic, as log(softmax) of one class is:
/// rounding then decides on which side it comes down.
bool stands_on_a_kink(const sample& from) {
  const auto found = interpret<double>(from.in(), from.values(), from.rows());
  bool on_a_kink = false;
  for (const output& each : from.in().outputs().subspan(1))
    for (double element : found[std::size_t(each.id.value)]) on_a_kink = on_a_kink || element == 0;
  return on_a_kink;
}

/// Runs all sweeps but the last, so that `values` has what they find; the plan of the last one.
plan plan_of_last_sweep(const graph& settled, const machine& on, const sample& from,
                        symbol_values<double>& values) {
  const int sweeps = count_sweeps(settled);
  for (int sweep = 1; sweep < sweeps; ++sweep) {
    const plan earlier = make_plan(sweep_of(settled, sweep), on);
    BOOST_TEST_REQUIRE(!earlier.trouble, from.text() << ": " << sentence(earlier.trouble.kind));
    values.resize(earlier.symbols.size());
    const plan_runner found(earlier, values, from.rows());
    for (std::size_t k = 0; k < earlier.outputs.size(); ++k)
      values[std::size_t(earlier.outputs[k].symbol)] = found.output(k);
  }
  return make_plan(sweeps > 1 ? sweep_of(settled, sweeps) : settled, on);
}

void check_plan(const graph& written, const machine& on, const sample& from, int& swept_again) {
  const graph settled = settle(write_definitions(stabilise(written)));
  symbol_values<double> values = from.values();
  const plan planned = plan_of_last_sweep(settled, on, from, values);
  if (values.size() > from.values().size()) ++swept_again;
  BOOST_TEST_REQUIRE(!planned.trouble, from.text() << ": " << sentence(planned.trouble.kind));
  const plan_runner found(planned, values, from.rows());
  const auto expected = interpret<double>(written, from.values(), from.rows());
  for (std::size_t k = 0; k < planned.outputs.size(); ++k) {
    const auto& wanted = expected[std::size_t(written.outputs()[k].id.value)];
    double scale = 1;
    for (double each : wanted) scale = std::max(scale, std::abs(each));
    // A value that turned out to be the same for all rows is found once.
    for (std::size_t i = 0; i < wanted.size(); ++i)
      BOOST_TEST(std::abs(wanted[i] - found.output(k)[i % found.output(k).size()]) <= tolerance * scale,
                 from.text() << ", output " << k << ": " << found.output(k)[i % found.output(k).size()]
                             << ", expected " << wanted[i]);
  }
}

void check_random_plans(const machine& on, std::uint64_t seed) {
  int swept_again = 0;
  for (int depth : {0, 2, 3})
    for (const entry& each : catalogue())
      for (std::uint64_t i = 0; i < samples_per_formula; ++i) {
        const sample from(each, seed++, depth);
        if (!from.usable() || stands_on_a_kink(from)) continue;
        check_plan(with_gradients(from), on, from, swept_again);
      }
  BOOST_TEST(swept_again > 10, "values of rows depend on means over the rows in some of the graphs");
}

}  // namespace

BOOST_AUTO_TEST_CASE(plans_for_sixteen_lanes_keep_value_and_gradients) { check_random_plans({16}, 1); }

// With one lane no column is worth transposing, so that every one that can be is read as it is stored.
BOOST_AUTO_TEST_CASE(plans_for_one_lane_keep_value_and_gradients) { check_random_plans({1}, 100000); }
