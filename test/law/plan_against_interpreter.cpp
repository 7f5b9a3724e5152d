// SPDX-License-Identifier: BSL-1.0
// Plans keep the value and the gradients of random graphs: layouts, fusion, order and memory, run step by
// step without the code that kernels make of them.
#define BOOST_TEST_MODULE plan_against_interpreter
#include "law/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "fusegrad/pass/define.hpp"
#include "fusegrad/pass/stabilise.hpp"
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

void check_plan(const graph& written, const machine& on, const sample& from, int& without_plan) {
  const graph settled = settle(write_definitions(stabilise(written)));
  const plan planned = make_plan(settled, on);
  if (planned.trouble.kind == problem_kind::two_row_phases) {
    ++without_plan;
    return;
  }
  BOOST_TEST_REQUIRE(!planned.trouble, from.text() << ": " << sentence(planned.trouble.kind));
  const plan_runner found(planned, from.values(), from.rows());
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
  int without_plan = 0, drawn = 0;
  for (int depth : {0, 2, 3})
    for (const entry& each : catalogue())
      for (std::uint64_t i = 0; i < samples_per_formula; ++i) {
        const sample from(each, seed++, depth);
        if (!from.usable() || stands_on_a_kink(from)) continue;
        ++drawn;
        check_plan(with_gradients(from), on, from, without_plan);
      }
  // A mean over the rows that a row's value depends on is rare, and the one thing that has no plan.
  BOOST_TEST(without_plan < drawn / 4, without_plan << " of " << drawn << " graphs had no plan");
}

}  // namespace

BOOST_AUTO_TEST_CASE(plans_for_sixteen_lanes_keep_value_and_gradients) { check_random_plans({16}, 1); }

// With one lane no column is worth transposing, so that every one that can be is read as it is stored.
BOOST_AUTO_TEST_CASE(plans_for_one_lane_keep_value_and_gradients) { check_random_plans({1}, 100000); }
