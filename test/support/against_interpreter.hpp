// SPDX-License-Identifier: BSL-1.0
// Runs the kernel of a formula over many selections of rows and compares every result with the interpreter,
// in double, on the graph as the user wrote it: not stabilised, not simplified, not fused.
// All that does not depend on the formula's type is compiled once, in against_interpreter.cpp.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
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

/// What is wanted of a formula's graph, by no pass that a kernel could have gone wrong with.
[[nodiscard]] graph as_written(graph lowered, goal wanted, std::span<const symbol> by);

template <class Formula, goal Wanted> [[nodiscard]] graph as_written() {
  return as_written(lowered<Formula>(), Wanted, gradient_symbols_of<Formula>());
}

/// Values for the symbols of a graph: as columns and parameters for the kernel, as numbers for the
/// interpreter.
template <class Real> class given_values {
 public:
  given_values(const graph& of, const selection& which);

  [[nodiscard]] row_selection rows() const;
  [[nodiscard]] const symbol_values<double>& numbers() const { return numbers_; }
  [[nodiscard]] step_data<Real> step(Real* const* outputs) const;

 private:
  static constexpr std::size_t first = 3;
  [[nodiscard]] std::size_t stored_rows() const { return first + rows_; }
  void draw_column(const symbol& named, element_type type);
  void draw_random(const symbol& named);
  void draw_parameter(const symbol& named);

  std::mt19937 random_{2024};
  std::size_t rows_;
  std::vector<std::uint32_t> index_;
  std::vector<column> columns_;
  std::vector<const column*> places_;  // of the columns
  std::vector<std::vector<std::byte>> bytes_;
  std::vector<aligned_memory<Real>> memory_;
  std::vector<const Real*> parameters_;
  symbol_values<double> numbers_;
};

extern template class given_values<float>;
extern template class given_values<double>;

/// One sweep over the rows, or all that a program takes, by executors.
template <class Program, class Real> step_report run_program(const step_data<Real>& step) {
  executor_pool<Real> pool;
  if constexpr (Program::earlier_sweeps > 0)
    return run_sweeps<Program>(pool, step);
  else
    return pool.borrow(kernel<Program>::table)->run(step);
}

/// A compiled formula, whatever its type.
template <class Real> struct compiled {
  std::span<const plan_output> outputs;
  std::span<const symbol> symbols;
  step_report (*run)(const step_data<Real>&);
};

template <class Program> [[nodiscard]] constexpr compiled<typename Program::real> compiled_of() {
  return {Program::plan.outputs, Program::plan.symbols, run_program<Program, typename Program::real>};
}

/// Every output of the kernel against the interpreter, for row counts around registers and tiles of 8, 16 and
/// 64 rows, consecutive and shuffled, of every element type.
/// Tolerance: a value is off by its own roundings and those of the values it is made of, each at most half an
/// ulp of the greatest value met, times the derivative of the rest, which is moderate for the formulas
/// tested. 256 of them bound the sums over up to 200 features. A kernel that reads a wrong element, counts a
/// row twice or misses one is off by a share of a value, at least 1 in 200: in double 10 orders of magnitude
/// more.
void agrees_for_all_rows(std::string_view name, const graph& oracle, const compiled<float>& kernel);
void agrees_for_all_rows(std::string_view name, const graph& oracle, const compiled<double>& kernel);

/// The same for one selection of rows.
void agrees(std::string_view name, const graph& oracle, const compiled<float>& kernel,
            const selection& which);
void agrees(std::string_view name, const graph& oracle, const compiled<double>& kernel,
            const selection& which);

/// What is compiled of a formula, for all selections of rows.
template <class Formula, goal Wanted, class... Real> void agree_for_all_rows(std::string_view name) {
  const graph oracle = as_written<Formula, Wanted>();
  (agrees_for_all_rows(name, oracle, compiled_of<program<Formula, Wanted, Real, native_arch>>()), ...);
}

/// A loss: its mean over the rows and the gradient by every parameter, in float and in double.
template <class Formula> void gradient_agrees(std::string_view name, Formula) {
  agree_for_all_rows<Formula, goal::gradient, float, double>(name);
}

/// The value of every row, in float and in double.
template <class Formula> void rows_agree(std::string_view name, Formula) {
  agree_for_all_rows<Formula, goal::rows, float, double>(name);
}

}  // namespace fusegrad::test
