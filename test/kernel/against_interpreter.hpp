// SPDX-License-Identifier: BSL-1.0
// Runs the kernel of a formula over many selections of rows and compares every result with the interpreter,
// in double, on the graph as the user wrote it: not stabilised, not simplified, not fused.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

#include "fusegrad/compile.hpp"
#include "fusegrad/run/interpret.hpp"
#include "fusegrad/run/sweeps.hpp"

namespace fusegrad::test {

/// The numbers that all symbols draw from are multiples of this: exact in float, double and as integers.
inline constexpr double grain = 1.0 / 32;

/// Which rows a kernel is given, and how their columns are stored.
struct selection {
  std::size_t rows = 1;
  bool shuffled = false;
  element_type type = element_type::float32;
};

/// Row counts around registers and tiles of 8, 16 and 64 rows, consecutive and shuffled, every element type.
inline std::vector<selection> selections() {
  constexpr element_type types[] = {element_type::float32, element_type::uint8, element_type::float64,
                                    element_type::int32};
  std::vector<selection> result;
  std::size_t turn = 0;
  for (bool shuffled : {false, true}) {
    for (std::size_t rows : {1u, 2u, 3u, 15u, 16u, 17u, 63u, 64u, 65u, 200u})
      result.push_back({rows, shuffled, types[turn++ % 4]});
    ++turn;
  }
  return result;
}

/// The graph of a formula with what is wanted of it, by no pass that a kernel could have gone wrong with.
template <class Formula, goal Wanted> graph as_written() {
  graph lowered = lower<Formula>();
  if (Wanted != goal::gradient && differs_in_training(lowered)) lowered = in_evaluation(lowered);
  const graph expanded = first_gradient(lowered) ? expand_gradients(lowered) : lowered;
  if (Wanted == goal::rows) return expanded;
  const graph value = objective(expanded);
  if (Wanted == goal::mean) return value;
  const node_id loss = value.find_output(output_role::value);
  constexpr std::span<const symbol> by = gradient_symbols_of<Formula>();
  if (by.empty()) return differentiate(value, loss, parameters_of(value), true);
  return shares_of_rows(differentiate(value, loss, places_of(by, value), true));
}

/// Values for the symbols of a graph: as columns and parameters for the kernel, as numbers for the
/// interpreter.
template <class Real> class given_values {
 public:
  given_values(const graph& of, const selection& which) : rows_(which.rows) {
    std::uniform_int_distribution<std::uint32_t> row(0, std::uint32_t(stored_rows() - 1));
    for (std::size_t i = 0; which.shuffled && i < rows_; ++i) index_.push_back(row(random_));
    std::size_t turn = std::size_t(which.type);
    for (const symbol& each : of.symbols()) {
      columns_.emplace_back();
      bytes_.emplace_back();
      memory_.emplace_back(std::size_t(each.extents.elements()));
      numbers_.emplace_back();
      if (is_of_rows(each.role))
        draw_column(each, element_type(turn++ % 4));
      else if (each.role == symbol_role::random)
        draw_random(each);
      else
        draw_parameter(each);
    }
    for (auto& each : memory_) parameters_.push_back(each.data());
  }

  [[nodiscard]] row_selection rows() const {
    return {index_.empty() ? nullptr : index_.data(), index_.empty() ? first : 0, rows_};
  }
  [[nodiscard]] const symbol_values<double>& numbers() const { return numbers_; }
  [[nodiscard]] step_data<Real> step(Real* const* outputs) const {
    return {.columns = columns_.data(),
            .parameters = parameters_.data(),
            .rows = rows(),
            .outputs = outputs,
            .random = key};
  }

 private:
  static constexpr std::size_t first = 3;
  static constexpr random_key key{.seed = 0x123456789ABCDEF0, .step = 5};
  [[nodiscard]] std::size_t stored_rows() const { return first + rows_; }

  template <class Element>
  void store(std::vector<std::byte>& to, const std::vector<int>& values, double unit) {
    to.resize(values.size() * sizeof(Element));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto element = static_cast<Element>(values[i] * unit);
      std::memcpy(to.data() + i * sizeof(Element), &element, sizeof(Element));
    }
  }

  /// Whole numbers, stored with a scale as integers, without one as floating-point numbers.
  void draw_column(const symbol& named, element_type type) {
    const std::size_t width = std::size_t(named.extents.elements());
    const bool is_label = named.role == symbol_role::label;
    const bool whole = type == element_type::uint8 || type == element_type::int32;
    const int least = is_label || type == element_type::uint8 ? 0 : -64;
    std::uniform_int_distribution<int> each(least, is_label ? named.classes - 1 : 64);
    std::vector<int> values(stored_rows() * width);
    for (int& value : values) value = each(random_);
    const double unit = is_label ? 1 : grain;
    std::vector<std::byte>& to = bytes_.back();
    if (type == element_type::uint8) store<std::uint8_t>(to, values, 1);
    if (type == element_type::int32) store<std::int32_t>(to, values, 1);
    if (type == element_type::float32) store<float>(to, values, unit);
    if (type == element_type::float64) store<double>(to, values, unit);
    columns_.back() = {to.data(), type, stored_rows(), width, whole ? unit : 1};
    for (std::size_t i = 0; i < rows_; ++i)
      for (std::size_t k = 0; k < width; ++k) numbers_.back().push_back(unit * values[rows()[i] * width + k]);
  }

  /// What a kernel draws for itself.
  void draw_random(const symbol& named) {
    for (std::size_t i = 0; i < rows_; ++i)
      for (int k = 0; k < named.extents.elements(); ++k)
        numbers_.back().push_back(
            random_uniform(key, std::uint32_t(rows()[i]), std::uint32_t(named.classes), std::uint32_t(k)));
  }

  void draw_parameter(const symbol& named) {
    std::uniform_int_distribution<int> each(-48, 48);
    for (int i = 0; i < named.extents.elements(); ++i) {
      const double value = named.role == symbol_role::row_count ? double(rows_) : grain * each(random_);
      memory_.back().data()[i] = Real(value);
      numbers_.back().push_back(value);
    }
  }

  std::mt19937 random_{2024};
  std::size_t rows_;
  std::vector<std::uint32_t> index_;
  std::vector<column> columns_;
  std::vector<std::vector<std::byte>> bytes_;
  std::vector<aligned_memory<Real>> memory_;
  std::vector<const Real*> parameters_;
  symbol_values<double> numbers_;
};

/// One sweep over the rows, or all that a program takes, by executors.
template <class Program, class Real> step_report run_program(const step_data<Real>& step) {
  executor_pool<Real> pool;
  if constexpr (Program::earlier_sweeps > 0)
    return run_sweeps<Program>(pool, step);
  else
    return pool.borrow(kernel<Program>::table)->run(step);
}

/// The greatest magnitude among all values of a graph.
inline double greatest(const std::vector<std::vector<double>>& values) {
  double most = 1;
  for (const auto& each : values)
    for (double value : each)
      if (std::abs(value) > most && value - value == 0) most = std::abs(value);
  return most;
}

/// One selection of rows: every output of the kernel against the interpreter.
/// Tolerance: a value is off by its own roundings and those of the values it is made of, each at most half an
/// ulp of the greatest value met, times the derivative of the rest, which is moderate for the formulas
/// tested. 256 of them bound the sums over up to 200 features. A kernel that reads a wrong element, counts a
/// row twice or misses one is off by a share of a value, at least 1 in 200: in double 10 orders of magnitude
/// more.
template <class Formula, goal Wanted, class Real>
void agrees(std::string_view name, const graph& oracle, const selection& which) {
  using program = fusegrad::program<Formula, Wanted, Real, native_arch>;
  const given_values<Real> given(oracle, which);
  std::vector<std::vector<Real>> results;
  std::vector<Real*> places;
  for (const plan_output& each : program::plan.outputs)
    results.emplace_back(std::size_t(each.extents.elements()) * (each.of_rows ? which.rows : 1), Real(-77));
  for (auto& each : results) places.push_back(each.data());
  const step_report report = run_program<program>(given.step(places.data()));
  BOOST_TEST(report.ok(), name << ": NaN or infinity with " << which.rows << " rows");

  const auto expected = interpret<double>(oracle, given.numbers(), which.rows);
  const double tolerance = 256 * greatest(expected) * double(std::numeric_limits<Real>::epsilon());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const plan_output& output = program::plan.outputs[i];
    const auto& wanted = expected[std::size_t(oracle.outputs()[i].id.value)];
    BOOST_TEST_REQUIRE(wanted.size() == results[i].size(), name << ": output " << i);
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      if (std::abs(double(results[i][k]) - wanted[k]) <= tolerance) continue;
      BOOST_TEST(false, name << ": output " << i << " [" << k << "] "
                             << (output.symbol >= 0 ? program::plan.symbols[std::size_t(output.symbol)].name
                                                    : std::string_view("value"))
                             << " is " << results[i][k] << ", expected " << wanted[k] << ", with "
                             << which.rows << (which.shuffled ? " shuffled" : " consecutive")
                             << " rows of type " << int(which.type));
      return;
    }
  }
  BOOST_TEST(true);
}

/// All selections of rows.
template <class Formula, goal Wanted, class Real> void agrees_for_all_rows(std::string_view name) {
  const graph oracle = as_written<Formula, Wanted>();
  BOOST_TEST_REQUIRE(!oracle.trouble(), name << ": " << sentence(oracle.trouble().kind));
  for (const selection& each : selections()) agrees<Formula, Wanted, Real>(name, oracle, each);
}

/// A loss: its mean over the rows and the gradient by every parameter, in float and in double.
template <class Formula> void gradient_agrees(std::string_view name, Formula) {
  agrees_for_all_rows<Formula, goal::gradient, float>(name);
  agrees_for_all_rows<Formula, goal::gradient, double>(name);
}

/// The value of every row, in float and in double.
template <class Formula> void rows_agree(std::string_view name, Formula) {
  agrees_for_all_rows<Formula, goal::rows, float>(name);
  agrees_for_all_rows<Formula, goal::rows, double>(name);
}

}  // namespace fusegrad::test
