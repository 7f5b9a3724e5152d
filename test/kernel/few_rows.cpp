// SPDX-License-Identifier: BSL-1.0
// Steps of few rows as one function: against the interpreter, against themselves with other rows beyond the last,
// and what they leave to the ordinary kernel.
#define BOOST_TEST_MODULE few_rows
#include "fusegrad/run/small_step.hpp"

#include "support/against_interpreter.hpp"
#include "support/plain_columns.hpp"
#include "support/results.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

template <std::size_t Features> inline constexpr auto x = input<"x", Features>;
template <std::size_t Features> inline constexpr auto w = param<"w", Features>;
constexpr auto t = target<"t">;
constexpr auto b = param<"b">;

template <std::size_t Features> constexpr auto linear = squared_error(dot(w<Features>, x<Features>) + b, t);
constexpr auto penalised = linear<2> + scalar<"lambda"> * sum(square(w<2>));
constexpr auto absolute = abs(dot(x<2>, w<2>) - t) * b;

template <class Program> step_report run_or_fail(const step_data<typename Program::real>& step) {
  const plain_columns<Program> plain(step);
  if (!try_few<Program>(plain.in(step))) BOOST_ERROR("a step of " << step.rows.count << " rows is refused");
  return {};
}

template <class Program> constexpr compiled<typename Program::real> few_of() {
  return {Program::plan.outputs, Program::plan.symbols, run_or_fail<Program>};
}

template <class Formula, class Real> void agrees_in(const std::string& name, Formula) {
  using program = gradient_of_loss<Formula, Real>;
  constexpr element_type own = element_of_type<Real>;
  const graph oracle = as_written<Formula, goal::gradient>();
  for (bool shuffled : {false, true})
    for (std::size_t rows = 1; rows <= few_rows_of<program>::most_rows; ++rows)
      agrees(name, oracle, few_of<program>(), {rows, shuffled, own});
}

template <class Formula> void agrees_with_interpreter(const std::string& name, Formula formula) {
  static_assert(entry::suits_few_rows<gradient_of_loss<Formula, float>>());
  agrees_in<Formula, float>(name, formula);
  agrees_in<Formula, double>(name, formula);
}

using linear_program = gradient_of_loss<std::remove_const_t<decltype(linear<2>)>, float>;

given_values<float> linear_values(std::size_t rows, bool shuffled) {
  return {as_written<std::remove_const_t<decltype(linear<2>)>, goal::gradient>(), {rows, shuffled}};
}

bool takes(std::size_t rows, element_type type, double scale) {
  const given_values<float> given = linear_values(rows, true);
  bool taken = false;
  results_of<linear_program>(given, [&](const step_data<float>& step) {
    const plain_columns<linear_program> plain(step);
    step_data<float> changed = plain.in(step);
    std::vector<column> columns;
    std::vector<const column*> places;
    for (std::size_t i = 0; i < linear_program::plan.symbols.size(); ++i)
      columns.push_back(changed.columns[i] != nullptr ? *changed.columns[i] : column{});
    for (column& each : columns) {
      each.type = type;
      each.scale = scale;
      places.push_back(&each);
    }
    changed.columns = places.data();
    taken = try_few<linear_program>(changed);
  });
  return taken;
}

}  // namespace

BOOST_AUTO_TEST_CASE(losses_and_gradients_are_those_of_the_interpreter) {
  agrees_with_interpreter("one feature", linear<1>);
  agrees_with_interpreter("two features", linear<2>);
  agrees_with_interpreter("a penalty", penalised);
  agrees_with_interpreter("absolute errors", absolute);
  using wide =
      std::remove_const_t<decltype(linear<4>)>;  // where registers are short, it reads rows as they lie
  if constexpr (entry::suits_few_rows<gradient_of_loss<wide, float>>())
    agrees_in<wide, float>("four features", linear<4>);
}

BOOST_AUTO_TEST_CASE(rows_beyond_the_last_change_no_bit) {
  constexpr std::size_t stored = 64;
  for (bool shuffled : {false, true}) {
    const given_values<float> given = linear_values(stored, shuffled);
    for (std::size_t rows = 1; rows < stored; ++rows) {
      const auto with = [&](std::size_t upcoming) {
        return results_of<linear_program>(given, [&](step_data<float> step) {
          step.rows.count = rows;
          step.rows.upcoming = upcoming;
          run_or_fail<linear_program>(step);
        });
      };
      const std::vector<float> alone = with(0), followed = with(stored - rows);
      BOOST_TEST(std::memcmp(alone.data(), followed.data(), alone.size() * sizeof(float)) == 0,
                 rows << " rows, shuffled: " << shuffled);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_such_step_is_left_to_the_ordinary_kernel) {
  BOOST_TEST(takes(64, element_type::float32, 1));
  BOOST_TEST(!takes(65, element_type::float32, 1));
  BOOST_TEST(!takes(10, element_type::uint8, 1));
  BOOST_TEST(!takes(10, element_type::float64, 1));
  BOOST_TEST(!takes(10, element_type::float32, 0.5));
}

template <class Formula> void has_the_same_bits_of_every_type(Formula) {
  using program = gradient_of_loss<Formula, float>;
  for (std::size_t rows : {1U, 3U, 10U, 64U}) {
    const given_values<float> bytes(as_written<Formula, goal::gradient>(), {rows, true, element_type::uint8});
    const auto copied = results_of<program>(
        bytes, [](const step_data<float>& step) { BOOST_TEST(try_few_copied<program>(step)); });
    const auto plain = results_of<program>(bytes, run_or_fail<program>);
    BOOST_TEST(copied == plain, rows << " rows");
  }
}

BOOST_AUTO_TEST_CASE(rows_of_every_type_have_the_same_bits) {
  has_the_same_bits_of_every_type(linear<2>);
  has_the_same_bits_of_every_type(penalised);
  has_the_same_bits_of_every_type(absolute);
}

BOOST_AUTO_TEST_CASE(a_step_that_is_not_finite_is_refused) {
  const given_values<float> given = linear_values(10, false);
  const float infinity = std::numeric_limits<float>::infinity();
  results_of<linear_program>(given, [&](step_data<float> step) {
    const float weights[] = {infinity, 1};
    std::vector<const float*> parameters(step.parameters,
                                         step.parameters + linear_program::plan.symbols.size());
    for (std::size_t i = 0; i < parameters.size(); ++i)
      if (linear_program::plan.symbols[i].name == "w") parameters[i] = weights;
    step.parameters = parameters.data();
    const plain_columns<linear_program> plain(step);
    BOOST_TEST(!try_few<linear_program>(plain.in(step)));
  });
}

BOOST_AUTO_TEST_CASE(more_rows_of_an_elementary_function_have_wide_registers) {
  constexpr auto power = squared_error(exp(dot(w<1>, x<1>)), t);
  using power_program = gradient_of_loss<std::remove_const_t<decltype(power)>, float>;
  static_assert(few_rows_of<power_program>::most_rows < few_rows_of<linear_program>::most_rows);
}

BOOST_AUTO_TEST_CASE(a_wide_row_is_not_copied) {
  constexpr auto of_one = squared_error(b * at<7>(x<200>), t);
  static_assert(!entry::suits_few_rows<gradient_of_loss<std::remove_const_t<decltype(of_one)>, float>>());
}

BOOST_AUTO_TEST_CASE(costly_rows_and_labels_have_wide_registers) {
  constexpr auto logistic = logistic_loss(dot(w<2>, x<2>) + b, t);
  constexpr auto classes = cross_entropy(param<"W", 3, 2> * x<2>, label<"y", 3>);
  using logistic_program = gradient_of_loss<std::remove_const_t<decltype(logistic)>, float>;
  using classes_program = gradient_of_loss<std::remove_const_t<decltype(classes)>, float>;
  static_assert(!entry::suits_few_rows<logistic_program>() && !entry::suits_few_rows<classes_program>());
  static_assert(has_kernel_of_few_rows<logistic_program>());
}
