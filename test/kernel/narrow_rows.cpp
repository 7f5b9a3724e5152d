// SPDX-License-Identifier: BSL-1.0
// Rows that are read as they lie, a few at a time, with all sums in registers: against the interpreter, and that
// neither the type of a column nor the rows that follow change a bit.
#define BOOST_TEST_MODULE narrow_rows
#include "fusegrad/kernel/narrow_rows.hpp"

#include "support/against_interpreter.hpp"
#include "support/plain_columns.hpp"
#include "support/results.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

template <std::size_t Features> inline constexpr auto x = input<"x", Features>;
template <std::size_t Features> inline constexpr auto w = param<"w", Features>;
constexpr auto t = target<"t">;
constexpr auto b = param<"b">;

template <std::size_t Features> constexpr auto linear = squared_error(dot(w<Features>, x<Features>) + b, t);
constexpr auto penalised = linear<20> + scalar<"lambda"> * sum(square(w<20>));
constexpr auto counts = exp(dot(w<32>, x<32>)) - t * dot(w<32>, x<32>);
constexpr auto absolute = abs(dot(x<18>, w<18>) - t) * b;
constexpr auto three_outputs = sum(square(param<"W", 3, 20> * x<20> - target<"t", 3>));
constexpr auto two_columns = squared_error(dot(w<17>, x<17>) + dot(param<"u", 21>, input<"z", 21>), t);

template <class Formula, class Real> constexpr bool is_narrow() {
  return entry::suits_narrow_rows<gradient_of_loss<Formula, Real>>();
}

/// A step whose columns are the kernel's own numbers, so that none of them is copied.
template <class Program> step_report run_plain(const step_data<typename Program::real>& step) {
  const plain_columns<Program> plain(step);
  return run_program<Program>(plain.in(step));
}

template <class Formula, class Real> void agrees_in(const std::string& name, Formula) {
  using program = gradient_of_loss<Formula, Real>;
  const graph oracle = as_written<Formula, goal::gradient>();
  const compiled<Real> plain{program::plan.outputs, program::plan.symbols, run_plain<program>};
  for (const element_type type : {element_type::float32, element_type::float64, element_type::uint8})
    for (const bool shuffled : {false, true})
      for (const std::size_t rows : {1U, 2U, 3U, 4U, 5U, 31U, 63U, 64U, 65U, 66U, 127U, 128U, 130U, 200U}) {
        agrees(name, oracle, compiled_of<program>(), {rows, shuffled, type});
        agrees(name, oracle, plain, {rows, shuffled, type});
      }
}

template <class Formula> void agrees_with_interpreter(const std::string& name, Formula formula) {
  // Where registers are shorter, fewer of these formulas are computed like this.
  if constexpr (lane_count<float> >= 16) static_assert(is_narrow<Formula, float>());
  agrees_in<Formula, float>(name, formula);
}

/// The results of a program, one after the other, and what became of it.
struct outcome {
  std::vector<float> numbers;
  step_report report;
};

/// Whether the columns of a step are made the kernel's own numbers first.
enum class columns { as_given, made_plain };

template <class Program, class Change>
outcome outcome_of(const given_values<float>& given, columns which, Change change) {
  outcome found;
  found.numbers = results_of<Program>(given, [&](step_data<float> step) {
    change(step);
    found.report = which == columns::as_given ? run_program<Program>(step) : run_plain<Program>(step);
  });
  return found;
}

using linear_formula = std::remove_const_t<decltype(linear<20>)>;
using linear_program = gradient_of_loss<linear_formula, float>;

given_values<float> linear_values(const selection& which) {
  return {as_written<linear_formula, goal::gradient>(), which};
}

bool same_bits(const outcome& a, const outcome& b) {
  return a.numbers.size() == b.numbers.size() &&
         std::memcmp(a.numbers.data(), b.numbers.data(), a.numbers.size() * sizeof(float)) == 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(losses_and_gradients_are_those_of_the_interpreter) {
  agrees_with_interpreter("17 features", linear<17>);
  agrees_with_interpreter("32 features", linear<32>);
  agrees_with_interpreter("100 features", linear<100>);
  agrees_with_interpreter("a penalty", penalised);
  agrees_with_interpreter("counts", counts);
  agrees_with_interpreter("absolute errors", absolute);
  agrees_with_interpreter("three outputs", three_outputs);
  agrees_with_interpreter("two columns", two_columns);
  agrees_in<std::remove_const_t<decltype(linear<17>)>, double>("17 features in double", linear<17>);
}

BOOST_AUTO_TEST_CASE(columns_of_every_type_have_the_same_bits) {
  for (const element_type type : {element_type::uint8, element_type::float64})
    for (const std::size_t rows : {1U, 63U, 130U}) {
      const given_values<float> given = linear_values({rows, true, type});
      const outcome as_stored =
          outcome_of<linear_program>(given, columns::as_given, [](step_data<float>&) {});
      const outcome as_floats =
          outcome_of<linear_program>(given, columns::made_plain, [](step_data<float>&) {});
      BOOST_TEST(same_bits(as_stored, as_floats), rows << " rows");
    }
}

BOOST_AUTO_TEST_CASE(rows_beyond_the_last_change_no_bit) {
  constexpr std::size_t stored = 140;
  for (const bool shuffled : {false, true}) {
    const given_values<float> given = linear_values({stored, shuffled});
    for (std::size_t rows = 1; rows < stored; ++rows) {
      const auto with = [&](std::size_t upcoming) {
        return outcome_of<linear_program>(given, columns::made_plain, [&](step_data<float>& step) {
          step.rows.count = rows;
          step.rows.upcoming = upcoming;
        });
      };
      BOOST_TEST(same_bits(with(0), with(stored - rows)), rows << " rows, shuffled: " << shuffled);
    }
  }
}

template <class Formula> void ignores_infinite_rows_beyond_the_last(Formula) {
  using program = gradient_of_loss<Formula, float>;
  constexpr std::size_t stored = 70;
  const auto report_of = [](bool shuffled, std::size_t rows) {
    const given_values<float> given(as_written<Formula, goal::gradient>(), {stored, shuffled});
    std::vector<float> inputs;
    column changed;
    std::array<const column*, program::plan.symbols.size()> replaced{};
    return outcome_of<program>(given, columns::made_plain, [&](step_data<float>& step) {
      for (std::size_t i = 0; i < replaced.size(); ++i) {
        replaced[i] = step.columns[i];
        if (program::plan.symbols[i].name != "x") continue;
        changed = *replaced[i];
        for (std::size_t k = 0; k < changed.rows * changed.width; ++k)
          inputs.push_back(float(element_of(changed, k)));
        std::set<std::size_t> own;  // a row may come twice
        for (std::size_t row = 0; row < rows; ++row) own.insert(step.rows[row]);
        for (std::size_t row = rows; row < stored; ++row)
          if (!own.contains(step.rows[row]))
            inputs[step.rows[row] * changed.width] = std::numeric_limits<float>::infinity();
        changed = {inputs.data(), element_type::float32, changed.rows, changed.width};
        replaced[i] = &changed;
      }
      step.columns = replaced.data();
      step.rows.count = rows;
      step.rows.upcoming = stored - rows;
    });
  };
  for (const bool shuffled : {false, true})
    for (std::size_t rows = 1; rows < stored; ++rows)
      BOOST_TEST(report_of(shuffled, rows).report.ok(), rows << " rows, shuffled: " << shuffled);
}

BOOST_AUTO_TEST_CASE(rows_beyond_the_last_may_be_infinite) {
  ignores_infinite_rows_beyond_the_last(linear<20>);
  // These have tiles in memory, and the last one a gradient in slices.
  ignores_infinite_rows_beyond_the_last(logistic_loss(dot(w<20>, x<20>) + b, t));
  ignores_infinite_rows_beyond_the_last(sum(square(param<"W", 256, 300> * x<300>)));
}

BOOST_AUTO_TEST_CASE(the_first_row_whose_loss_is_not_finite_is_named) {
  constexpr std::size_t rows = 200;
  for (const bool in_double : {false, true})
    for (const std::size_t bad : {0U, 5U, 64U, 131U, 199U}) {
      std::vector<double> targets(rows, 1);
      targets[bad] = std::numeric_limits<double>::infinity();
      if (bad + 7 < rows) targets[bad + 7] = -targets[bad];
      const std::vector<float> floats(targets.begin(), targets.end());
      const column column_of_targets{in_double ? static_cast<const void*>(targets.data()) : floats.data(),
                                     in_double ? element_type::float64 : element_type::float32, rows};
      std::array<const column*, linear_program::plan.symbols.size()> replaced{};
      const outcome found = outcome_of<linear_program>(
          linear_values({rows, false}), in_double ? columns::as_given : columns::made_plain,
          [&](step_data<float>& step) {
            for (std::size_t i = 0; i < replaced.size(); ++i)
              replaced[i] =
                  linear_program::plan.symbols[i].name == "t" ? &column_of_targets : step.columns[i];
            step.columns = replaced.data();
            step.rows = {nullptr, 0, rows, 0};
          });
      BOOST_TEST(found.report.bad_row == bad);
    }
}

BOOST_AUTO_TEST_CASE(other_rows_have_tiles_in_memory) {
  constexpr auto logistic = logistic_loss(dot(w<20>, x<20>) + b, t);
  constexpr auto classes = cross_entropy(param<"W", 3, 20> * x<20>, label<"y", 3>);
  static_assert(!is_narrow<std::remove_const_t<decltype(linear<200>)>, float>(), "too many registers");
  static_assert(!is_narrow<std::remove_const_t<decltype(linear<16>)>, float>(), "one line of the cache");
  static_assert(!is_narrow<std::remove_const_t<decltype(logistic)>, float>(), "costly functions");
  static_assert(!is_narrow<std::remove_const_t<decltype(classes)>, float>(), "labels");
  constexpr auto much_else = squared_error(dot(w<20>, x<20>) + b * sum(slice<0, 0, 4>(input<"z", 2000>)), t);
  constexpr auto fixed =
      squared_error(dot(w<20>, x<20>) + dot(stop_gradient(param<"u", 300>), input<"z", 300>), t);
  static_assert(!is_narrow<std::remove_const_t<decltype(much_else)>, float>(), "many numbers of a row");
  static_assert(!is_narrow<std::remove_const_t<decltype(fixed)>, float>(), "long rows without a gradient");
  static_assert(!is_narrow<std::remove_const_t<decltype(scratch_within<100'000>(linear<20>))>, float>(),
                "bounded memory");
  // What they are instead is right, too.
  agrees_in<std::remove_const_t<decltype(much_else)>, float>("much else", much_else);
}
