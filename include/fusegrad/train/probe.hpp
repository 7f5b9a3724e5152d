// SPDX-License-Identifier: BSL-1.0
// A formula with its compiled kernel and numbers for its symbols, free of the formula's type: what the checks
// of a gradient look at.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fusegrad/run/interpret.hpp"
#include "fusegrad/run/small_step.hpp"
#include "fusegrad/train/bind.hpp"
#include "fusegrad/train/model.hpp"

namespace fusegrad {

/// A compiled kernel of a loss and its gradient, as plain numbers and one function.
template <class Real> struct probed_kernel {
  std::span<const symbol> symbols;
  std::span<const plan_output> outputs;
  double flops_per_row;
  step_report (*run)(const step_data<Real>&);
};

/// What a kernel gives at one place.
struct kernel_results {
  double value = 0;
  symbol_values<double> gradients;  // by the symbols of the formula; empty where none is taken
  step_report report;

  /// Whether the value and every gradient are finite, and the kernel says so.
  [[nodiscard]] bool finite() const;
};

/// A formula as written, and where it is looked at. The rows are numbered from 0.
struct probed_point {
  frozen_view formula;
  std::vector<symbol> by;        // differentiated by these
  symbol_values<double> values;  // in the order of the formula's symbols
  std::size_t rows = 1;
  std::size_t rows_of_data = 1;  // of which `rows` are looked at
  random_key random;

  /// The place of a symbol among those of the formula.
  [[nodiscard]] std::size_t find(const symbol& wanted) const;
  /// How many numbers a symbol has in each row; all of them if it belongs to no row.
  [[nodiscard]] std::size_t width_of(std::size_t symbol) const;
  [[nodiscard]] bool is_of_rows(std::size_t symbol) const;
  /// The same place with one row only.
  [[nodiscard]] probed_point with_row(std::size_t row) const;
};

/// Runs a kernel at a place. Threads are those of the caller's arena; the rows may be repeated to have more.
/// Cost: memory is made anew with every run.
template <class Real>
[[nodiscard]] kernel_results run_kernel(const probed_kernel<Real>& kernel, const probed_point& at,
                                        std::size_t repeated = 1);
extern template kernel_results run_kernel(const probed_kernel<float>&, const probed_point&, std::size_t);
extern template kernel_results run_kernel(const probed_kernel<double>&, const probed_point&, std::size_t);

/// The mean of a formula over the rows, as a graph for the interpreter: as it was written, every `grad`
/// written out; no pass that could go wrong has touched it.
[[nodiscard]] graph written_objective(const frozen_view& formula);

/// The values of the symbols of such a graph: those of a place, and the random numbers that a kernel draws
/// there.
template <class Real>
[[nodiscard]] symbol_values<Real> values_for(const graph& oracle, const probed_point& at);
extern template symbol_values<double> values_for(const graph&, const probed_point&);
extern template symbol_values<long double> values_for(const graph&, const probed_point&);

namespace probing {

/// The symbols of a formula in the form of a program, so that they are bound as those of a program are.
template <class Formula, class Real> struct written_symbols {
  using real = Real;
  struct symbols_only {
    static constexpr auto& symbols = written_graph<Formula>.symbols;
  };
  static constexpr symbols_only plan{};
};

template <class Program>
[[nodiscard]] step_report run_program(const step_data<typename Program::real>& step) {
  executor_pool<typename Program::real> pool;
  return step_runner<Program>(pool).run(step);
}

/// Copies the numbers of one symbol: of rows from a column, else as many as it has.
template <class Real>
void copy_numbers(const symbol& from, const column* data, const Real* numbers, const row_selection& rows,
                  std::vector<double>& to) {
  const std::size_t width = std::size_t(from.extents.elements());
  if (is_of_rows(from.role)) {
    for (std::size_t i = 0; i < rows.count; ++i)
      for (std::size_t k = 0; k < width; ++k)
        to.push_back(double(Real(element_of(*data, rows[i] * width + k))));
  } else if (from.role == symbol_role::parameter || from.role == symbol_role::scalar) {
    to.assign(numbers, numbers + width);
  }
}

}  // namespace probing

/// The compiled kernel of a formula's value and gradient: the same as that of value_and_grad.
template <class Formula, class Real> [[nodiscard]] probed_kernel<Real> probed_kernel_of() {
  using program = fusegrad::program<Formula, goal::gradient, Real, native_arch>;
  return {program::plan.symbols, program::plan.outputs, program::plan.flops_per_row,
          probing::run_program<program>};
}

/// The numbers that a call gives to the symbols of a formula, rounded as its kernel reads them; at most so
/// many rows.
template <class Formula, class Real, class Dataset, class Model, class... Scalars>
[[nodiscard]] probed_point point_of(const batch<Dataset>& rows, std::size_t most_rows, const Model& model,
                                    const Scalars&... scalars) {
  using symbols = probing::written_symbols<Formula, Real>;
  const bound_symbols<symbols> bound(rows, model, scalars...);
  row_selection looked_at = rows.rows;
  looked_at.count = std::min(looked_at.count, most_rows);
  const step_data<Real> step = bound.step(looked_at, nullptr);
  probed_point result;
  result.formula = view_of(written_graph<Formula>);
  result.rows = looked_at.count;
  result.rows_of_data = rows.rows.count;
  result.random = step.random;
  result.values.resize(result.formula.symbols.size());
  for (std::size_t i = 0; i < result.values.size(); ++i)
    probing::copy_numbers<Real>(result.formula.symbols[i], bound.columns()[i], step.parameters[i], looked_at,
                                result.values[i]);
  if constexpr (gradient_symbols_of<Formula>().empty()) {
    for (const symbol& each : result.formula.symbols)
      if (each.role == symbol_role::parameter) result.by.push_back(each);
  } else {
    for (const symbol& each : gradient_symbols_of<Formula>()) result.by.push_back(each);
  }
  return result;
}

}  // namespace fusegrad
