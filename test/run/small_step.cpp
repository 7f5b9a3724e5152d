// SPDX-License-Identifier: BSL-1.0
// A step of one tile on the stack against the executor: the same bits, the same report.
#define BOOST_TEST_MODULE small_step
#include "fusegrad/run/small_step.hpp"

#include "support/against_interpreter.hpp"

#include <boost/test/unit_test.hpp>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 5>;
constexpr auto y = label<"y", 3>;
constexpr auto t = target<"t">;
constexpr auto W = param<"W", 3, 5>;
constexpr auto b = param<"b", 3>;
constexpr auto w = param<"w", 5>;

/// Every result of one way of running, and what it reports.
struct outcome {
  std::vector<std::vector<float>> results;
  step_report report;

  bool operator==(const outcome& other) const {
    for (std::size_t i = 0; i < results.size(); ++i)
      if (std::memcmp(results[i].data(), other.results[i].data(), results[i].size() * sizeof(float)) != 0)
        return false;
    return report.bad_row == other.report.bad_row && report.finite_gradient == other.report.finite_gradient;
  }
};

template <class Program, class Run>
outcome outcome_of(const given_values<float>& given, std::size_t rows, Run run) {
  outcome found;
  std::vector<float*> places;
  for (const plan_output& each : Program::plan.outputs)
    found.results.emplace_back(std::size_t(each.extents.elements()) * (each.of_rows ? rows : 1), -77.f);
  for (auto& each : found.results) places.push_back(each.data());
  found.report = run(given.step(places.data()));
  return found;
}

/// How many of the steps have a row whose loss is NaN or infinite.
template <class Program, goal Wanted, class Formula> int same_bits_with(Formula) {
  int bad = 0;
  static_assert(fits_on_stack<Program>());
  const graph oracle = as_written<Formula, Wanted>();
  for (bool shuffled : {false, true})
    for (std::size_t rows = 1; rows <= Program::tile_rows; rows += 3) {
      const given_values<float> given(oracle, {rows, shuffled, element_type::float32});
      const auto by_executor = outcome_of<Program>(given, rows, [&](step_data<float> step) {
        return executor<float>(kernel<Program>::table).run(step);
      });
      const auto on_stack = outcome_of<Program>(
          given, rows, [&](step_data<float> step) { return run_on_stack<Program>(step); });
      BOOST_TEST((by_executor == on_stack), rows << " rows");
      bad += on_stack.report.bad_row != no_row;
    }
  return bad;
}

/// With the tile of the program, and with a short one.
template <goal Wanted, class Formula> int same_bits_on_the_stack(Formula formula) {
  using tall = program<Formula, Wanted, float, native_arch>;
  return same_bits_with<tall, Wanted>(formula) + same_bits_with<short_tile<tall>, Wanted>(formula);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_gradient_has_the_same_bits_on_the_stack) {
  BOOST_TEST(same_bits_on_the_stack<goal::gradient>(cross_entropy(W * x + b, y)) == 0);
}

BOOST_AUTO_TEST_CASE(what_runs_once_has_the_same_bits_on_the_stack) {
  constexpr auto penalised = squared_error(dot(w, x), t) + constant<0.25> * sum(square(w));
  BOOST_TEST(same_bits_on_the_stack<goal::gradient>(penalised) == 0);
}

BOOST_AUTO_TEST_CASE(rows_have_the_same_bits_on_the_stack) {
  BOOST_TEST(same_bits_on_the_stack<goal::rows>(W * x + b) == 0);
}

BOOST_AUTO_TEST_CASE(a_bad_row_is_reported_alike) {
  BOOST_TEST(same_bits_on_the_stack<goal::gradient>(log(dot(w, x))) > 0);
}
