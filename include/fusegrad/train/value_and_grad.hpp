// SPDX-License-Identifier: BSL-1.0
// The loss of a batch and its gradient by every parameter, from one pass over the rows.
#pragma once

#include <array>
#include <cstddef>
#include <exception>

#include "fusegrad/run/small_step.hpp"
#include "fusegrad/train/model.hpp"
#include "fusegrad/train/non_finite.hpp"

namespace fusegrad {

/// The value of a loss and its gradient: `auto [value, gradient] = value_and_grad(loss, model, batch);`.
template <class Formula, class Real> struct value_with_gradient {
  Real value;
  gradient_of<Formula, Real> gradient;
};

namespace stepping {

/// For each output of a program where it is among the numbers of a model: the gradient of a parameter at the
/// parameter's place. The value is not among them: -1.
template <class Program, class Model> constexpr auto places_of_outputs() {
  std::array<std::ptrdiff_t, Program::plan.outputs.size()> places{};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const plan_output& each = Program::plan.outputs[i];
    places[i] = -1;
    if (each.role == output_role::value) continue;
    const int index = Model::layout::find(Program::plan.symbols[std::size_t(each.symbol)]);
    places[i] = std::ptrdiff_t(Model::layout::offsets[std::size_t(index)]);
  }
  return places;
}

/// Where the program writes its results: the value, and each gradient at its parameter's place.
template <class Program, class Model>
[[gnu::always_inline]] inline auto output_places(typename Program::real* value,
                                                 typename Program::real* gradients) {
  static constexpr auto offsets = places_of_outputs<Program, Model>();
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<typename Program::real*, offsets.size()>{
        (offsets[I] < 0 ? value : gradients + offsets[I])...};
  }
  (std::make_index_sequence<offsets.size()>{});
}

/// Whether the results that are no plain means are finite, such as those of a penalty: the executor has
/// checked the means, and the kernel its results of rows and what it made in the place of an output.
template <class Program> bool finite_outputs(const typename Program::real* const* outputs) {
  const auto is_finite = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    constexpr plan_output output = Program::plan.outputs[I];
    constexpr bool checked = output.of_rows || output.at.where == storage::mean ||
                             (output.at.where == storage::output && output.at.offset == int(I));
    if constexpr (checked)
      return true;
    else
      return all_finite<typename Program::arch>(outputs[I], std::size_t(output.extents.elements()));
  };
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (is_finite(std::integral_constant<std::size_t, I>{}) && ...);
  }
  (std::make_index_sequence<Program::plan.outputs.size()>{});
}

/// Runs a program once, by `on(step)`. Returns: what became of it.
template <class Program, class Run, class Dataset, class Model, class... Scalars>
[[gnu::always_inline]] inline step_report run_by(Run on, const batch<Dataset>& rows, const Model& model,
                                                 typename Program::real* const* outputs,
                                                 const Scalars&... scalars) {
  const bound_symbols<Program> bound(rows, model, scalars...);
  bool made_finite = true;
  step_data<typename Program::real> step = bound.step(rows.rows, outputs);
  step.made_finite = &made_finite;
  step_report report = on(step);
  report.finite_gradient = report.finite_gradient && made_finite && finite_outputs<Program>(outputs);
  return report;
}

template <class Program, class Dataset, class Model, class... Scalars>
[[noreturn, gnu::cold, gnu::noinline]] void complain(const step_report& report, const batch<Dataset>& rows,
                                                     const Model& model, const Scalars&... scalars) {
  const bound_symbols<Program> bound(rows, model, scalars...);  // not those of the step: see try_few
  report_non_finite(report, Program::plan.symbols, bound.columns(), rows.rows);
}

/// Tries to run a program once by a kernel for few rows. Returns: whether it has, and loss and gradient are finite;
/// else the program is still to be run, by `run_many`.
template <class Program, class Dataset, class Model, class... Scalars>
[[nodiscard, gnu::always_inline]] inline bool try_few(const batch<Dataset>& rows, const Model& model,
                                                      typename Program::real* const* outputs,
                                                      const Scalars&... scalars) {
  if constexpr (!has_kernel_of_few_rows<Program>()) {
    return false;
  } else {
    const auto on = [](const auto& step) __attribute__((always_inline)) {
      step_report report;
      report.finite_gradient = fusegrad::try_few<Program>(step);
      return report;
    };
    return run_by<Program>(on, rows, model, outputs, scalars...).finite_gradient;
  }
}

/// Runs a program once and throws if the loss or the gradient is not finite.
template <class Program, class Dataset, class Model, class... Scalars>
[[gnu::always_inline]] inline void run_many(const batch<Dataset>& rows, const Model& model,
                                            typename Program::real* const* outputs,
                                            const Scalars&... scalars) {
  const auto on = [&](const auto& step) __attribute__((always_inline)) {
    return step_runner<Program>(model.executors()).run_many(step);
  };
  const step_report report = run_by<Program>(on, rows, model, outputs, scalars...);
  if (!report.ok()) complain<Program>(report, rows, model, scalars...);
}

/// Runs a program once, by one or the other.
template <class Program, class Dataset, class Model, class... Scalars>
[[gnu::always_inline]] inline void run(const batch<Dataset>& rows, const Model& model,
                                       typename Program::real* const* outputs, const Scalars&... scalars) {
  if (!try_few<Program>(rows, model, outputs, scalars...))
    run_many<Program>(rows, model, outputs, scalars...);
}

}  // namespace stepping

/// The mean of the loss over the rows of a batch, or of a whole dataset, and its gradient by every parameter.
/// Scalars: further arguments give run-time numbers their values:
///          `value_and_grad(loss, model, batch, lambda = 0.1)`.
/// Random:  a formula that draws numbers, as dropout does, needs a seed for each step: `random_seed = step`.
/// Rounds:  see executor.hpp, and few_rows.hpp for few rows; the same bits for any number of threads.
/// Errors:  non_finite_error if the loss or the gradient is NaN or infinite, naming the row; compile time, if
///          data or parameters are missing or the model is that of another loss.
/// Cost:    one pass over the rows; no allocation once it has run with as many rows.
template <class Formula, class TrainedFormula, class Real, rows_of_data Rows, class... Scalars>
[[nodiscard]] value_with_gradient<TrainedFormula, Real> value_and_grad(
    Formula, const model_of<TrainedFormula, Real>& model, const Rows& rows, const Scalars&... scalars) {
  constexpr bool own = std::is_same_v<Formula, TrainedFormula>;
  check_model<own>();
  using model_type = model_of<TrainedFormula, Real>;
  using call = call_of<TrainedFormula, goal::gradient, dataset_behind<Rows>, model_type, Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (own && call::complete) {
    using program = fusegrad::program<Formula, goal::gradient, Real, native_arch>;
    auto gradient = model.gradients().take();
    Real value = 0;
    const auto outputs = stepping::output_places<program, model_type>(&value, gradient->data());
    stepping::run<program>(as_batch(rows), model, outputs.data(), scalars...);
    return {value, gradient_of<Formula, Real>(std::move(gradient))};
  } else {
    std::terminate();
  }
}

/// The same for a loss of parameters alone, without a row of data: `value_and_grad(loss, model)`.
template <class Formula, class TrainedFormula, class Real, symbol_with_data... Scalars>
[[nodiscard]] value_with_gradient<TrainedFormula, Real> value_and_grad(
    Formula loss, const model_of<TrainedFormula, Real>& model, const Scalars&... scalars) {
  const row_without_data once;
  return value_and_grad(loss, model, once.rows(), scalars...);
}

}  // namespace fusegrad
