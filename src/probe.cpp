// SPDX-License-Identifier: BSL-1.0
// Kernels at places of one's choice: columns and parameters are made of plain numbers.
#include "fusegrad/train/probe.hpp"

#include <cmath>

#include "fusegrad/pass/pipeline.hpp"

namespace fusegrad {
namespace {

/// The memory of one step. Columns are doubles, which every kernel reads.
template <class Real> class prepared_step {
 public:
  prepared_step(const probed_kernel<Real>& kernel, const probed_point& at, std::size_t repeated)
      : rows_(at.rows * repeated) {
    for (const symbol& each : kernel.symbols) {
      columns_.emplace_back();
      numbers_.emplace_back(std::size_t(each.extents.elements()));
      if (is_of_rows(each.role))
        fill_column(each, at, repeated);
      else if (each.role == symbol_role::row_count)
        numbers_.back().data()[0] = Real(rows_);
      else if (each.role == symbol_role::parameter || each.role == symbol_role::scalar)
        fill_numbers(each, at);
    }
    for (const column& each : columns_) places_.push_back(&each);
    for (const auto& each : numbers_) parameters_.push_back(each.data());
    for (const plan_output& each : kernel.outputs)
      results_.emplace_back(std::size_t(each.extents.elements()) * (each.of_rows ? rows_ : 1), Real(0));
    for (auto& each : results_) outputs_.push_back(each.data());
    step_ = {.columns = places_.data(),
             .parameters = parameters_.data(),
             .rows = {.count = rows_},
             .outputs = outputs_.data(),
             .random = at.random,
             .made_finite = &made_finite_};
  }
  prepared_step(const prepared_step&) = delete;
  prepared_step& operator=(const prepared_step&) = delete;

  [[nodiscard]] const step_data<Real>& step() const { return step_; }
  [[nodiscard]] bool made_finite() const { return made_finite_; }
  [[nodiscard]] const std::vector<Real>& result(std::size_t output) const { return results_[output]; }

 private:
  void fill_column(const symbol& of, const probed_point& at, std::size_t repeated) {
    const std::vector<double>& values = at.values[at.find(of)];
    stored_.emplace_back();
    for (std::size_t i = 0; i < repeated; ++i)
      stored_.back().insert(stored_.back().end(), values.begin(), values.end());
    columns_.back() = {stored_.back().data(), element_type::float64, rows_,
                       std::size_t(of.extents.elements()), 1};
  }
  void fill_numbers(const symbol& of, const probed_point& at) {
    const std::vector<double>& values = at.values[at.find(of)];
    for (std::size_t i = 0; i < values.size(); ++i) numbers_.back().data()[i] = Real(values[i]);
  }

  std::size_t rows_;
  std::vector<column> columns_;
  std::vector<const column*> places_;  // of the columns
  std::vector<std::vector<double>> stored_;
  std::vector<aligned_memory<Real>> numbers_;
  std::vector<const Real*> parameters_;
  std::vector<std::vector<Real>> results_;
  std::vector<Real*> outputs_;
  bool made_finite_ = true;
  step_data<Real> step_;
};

}  // namespace

bool kernel_results::finite() const {
  bool result = report.ok() && std::isfinite(value);
  for (const auto& gradient : gradients)
    for (double each : gradient) result = result && std::isfinite(each);
  return result;
}

std::size_t probed_point::find(const symbol& wanted) const {
  std::size_t i = 0;
  while (formula.symbols[i].name != wanted.name) ++i;
  return i;
}

std::size_t probed_point::width_of(std::size_t symbol) const {
  return std::size_t(formula.symbols[symbol].extents.elements());
}

bool probed_point::is_of_rows(std::size_t symbol) const {
  return fusegrad::is_of_rows(formula.symbols[symbol].role);
}

probed_point probed_point::with_row(std::size_t row) const {
  probed_point result = *this;
  result.rows = 1;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!is_of_rows(i)) continue;
    const auto first = values[i].begin() + std::ptrdiff_t(row * width_of(i));
    result.values[i].assign(first, first + std::ptrdiff_t(width_of(i)));
  }
  return result;
}

template <class Real>
kernel_results run_kernel(const probed_kernel<Real>& kernel, const probed_point& at, std::size_t repeated) {
  const prepared_step<Real> prepared(kernel, at, repeated);
  kernel_results results;
  results.report = kernel.run(prepared.step());
  results.report.finite_gradient = results.report.finite_gradient && prepared.made_finite();
  results.gradients.resize(at.values.size());
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i) {
    const plan_output& output = kernel.outputs[i];
    const std::vector<Real>& found = prepared.result(i);
    if (output.role == output_role::value) {
      results.value = double(found.front());
      continue;
    }
    const std::size_t by = at.find(kernel.symbols[std::size_t(output.symbol)]);
    std::vector<double>& gradient = results.gradients[by];
    gradient.assign(found.begin(), found.end());
    const bool same_for_rows = at.is_of_rows(by) && !output.of_rows;
    for (std::size_t k = found.size(); same_for_rows && k < found.size() * at.rows * repeated; ++k)
      gradient.push_back(gradient[k - found.size()]);
  }
  return results;
}
template kernel_results run_kernel(const probed_kernel<float>&, const probed_point&, std::size_t);
template kernel_results run_kernel(const probed_kernel<double>&, const probed_point&, std::size_t);

graph written_objective(const frozen_view& formula) {
  return pipeline::value(pipeline::expanded(thaw(formula), goal::gradient), goal::gradient);
}

template <class Real> symbol_values<Real> values_for(const graph& oracle, const probed_point& at) {
  symbol_values<Real> result(oracle.symbols().size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const symbol& each = oracle.symbols()[i];
    if (each.role == symbol_role::random) {
      for (std::size_t row = 0; row < at.rows; ++row)
        for (int k = 0; k < each.extents.elements(); ++k)
          result[i].push_back(Real(
              random_uniform(at.random, std::uint32_t(row), std::uint32_t(each.classes), std::uint32_t(k))));
    } else if (each.role != symbol_role::row_count) {
      const std::vector<double>& values = at.values[at.find(each)];
      result[i].assign(values.begin(), values.end());
    }
  }
  return result;
}
template symbol_values<double> values_for(const graph&, const probed_point&);
template symbol_values<long double> values_for(const graph&, const probed_point&);

}  // namespace fusegrad
