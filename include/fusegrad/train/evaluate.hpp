// SPDX-License-Identifier: BSL-1.0
// Values without gradients: of every row, their mean, the accuracy of predicted classes.
#pragma once

#include <array>
#include <cmath>
#include <tuple>
#include <vector>

#include "fusegrad/train/value_and_grad.hpp"

namespace fusegrad {

/// Stands where a formula has no parameters.
struct no_parameters {
  struct layout {
    static constexpr std::array<std::size_t, 1> offsets{};
    static constexpr int find(const symbol&) { return -1; }
  };
  static constexpr const float* data() { return nullptr; }
};

namespace evaluating {

/// Runs a program of one value per row, if it has any: [rows][elements], row-major.
template <class Program, class Executor>
auto rows(Executor&& on, const bound_symbols<Program>& bound, const row_selection& of) {
  constexpr std::size_t width = std::size_t(Program::plan.outputs[0].extents.elements());
  const bool per_row = Program::plan.outputs[0].of_rows;
  std::vector<typename Program::real> result(width * (per_row ? of.count : 1));
  typename Program::real* const outputs[] = {result.data()};
  (void)on.run(bound.step(of, outputs));
  return result;
}

/// With the memory of a model.
template <class Formula, class TrainedFormula, class Real, class Dataset, class... Scalars>
std::vector<Real> rows_with(const model_of<TrainedFormula, Real>& model, const batch<Dataset>& of,
                            const Scalars&... scalars) {
  using program = fusegrad::program<Formula, goal::rows, Real, native_arch>;
  const bound_symbols<program> bound(of, model, scalars...);
  return rows<program>(step_runner<program>(model.executors()), bound, of.rows);
}

/// Without a model.
template <class Formula, class Dataset> std::vector<float> rows_alone(const batch<Dataset>& of) {
  using program = fusegrad::program<Formula, goal::rows, float, native_arch>;
  const bound_symbols<program> bound(of, no_parameters{});
  executor_pool<float> pool;
  return rows<program>(step_runner<program>(pool), bound, of.rows);
}

/// Whether a symbol is a label with as many classes as logits, or labels with logits for each of them.
constexpr bool is_label_of(const symbol& named, const tensor_shape& logits) {
  if (named.role != symbol_role::label) return false;
  if (named.extents.rank == 0) return named.classes == logits.elements();
  return named.extents.rank < max_rank && logits == with_last(named.extents, named.classes);
}

/// The position of the first label that logits of a shape are for, 0 if there is none.
template <tensor_shape Logits, named... Symbols> consteval std::size_t first_label() {
  std::size_t index = 0, found = sizeof...(Symbols);
  const auto look = [&](const symbol& named) {
    if (is_label_of(named, Logits) && index < found) found = index;
    ++index;
  };
  (look(Symbols::description()), ...);
  return found < sizeof...(Symbols) ? found : 0;
}

/// The labels of a dataset that logits of a shape are for: how many, and the first of them.
template <class Dataset, tensor_shape Logits> struct labels_of;
template <named... Symbols, tensor_shape Logits> struct labels_of<dataset_of<Symbols...>, Logits> {
  static constexpr int count = (0 + ... + int(is_label_of(Symbols::description(), Logits)));
  using type = std::tuple_element_t<first_label<Logits, Symbols...>(), std::tuple<Symbols...>>;
};

/// The class of the greatest logit, the first of equal ones; `classes` if a logit is NaN.
template <class Real> std::size_t greatest(const Real* logits, std::size_t classes) {
  std::size_t best = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    if (std::isnan(logits[k])) return classes;
    if (logits[k] > logits[best]) best = k;
  }
  return best;
}

/// How many labels are the class of their greatest logit.
template <class Logits, class Label, class TrainedFormula, class Real, class Dataset, class... Scalars>
std::size_t count_right(const model_of<TrainedFormula, Real>& model, const batch<Dataset>& of,
                        const Scalars&... scalars) {
  using program = fusegrad::program<Logits, goal::rows, Real, native_arch>;
  const bound_symbols<program> bound(of, model, scalars...);
  const std::vector<Real> logits = rows<program>(step_runner<program>(model.executors()), bound, of.rows);
  const column actual = (*of.data)[Label{}].view();
  constexpr std::size_t classes = std::size_t(Label::classes),
                        labels = std::size_t(Label::extents.elements());
  std::size_t right = 0;
  for (std::size_t row = 0; row < of.rows.count; ++row) {
    const Real* here = logits.data() + (program::plan.outputs[0].of_rows ? row * labels * classes : 0);
    for (std::size_t i = 0; i < labels; ++i, here += classes) {
      const std::size_t predicted = greatest(here, classes);
      if (predicted == classes) report_nan_logit(of.rows[row], program::plan.symbols, bound.columns());
      right += predicted == std::size_t(element_of(actual, of.rows[row] * labels + i)) ? 1 : 0;
    }
  }
  return right;
}

}  // namespace evaluating

/// The value of a formula for every row of a dataset or of a batch: [rows][elements], row-major.
/// Scalars: further arguments give run-time numbers their values.
/// Errors:  compile time, if data or parameters are missing. What is NaN is no error: argmax of it is 0.
template <whole_formula Formula, class TrainedFormula, class Real, rows_of_data Rows, class... Scalars>
[[nodiscard]] std::vector<Real> predict(Formula, const model_of<TrainedFormula, Real>& model, const Rows& of,
                                        const Scalars&... scalars) {
  using model_type = model_of<TrainedFormula, Real>;
  using call = call_of<Formula, goal::rows, dataset_behind<Rows>, model_type, Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (call::complete)
    return evaluating::rows_with<Formula>(model, as_batch(of), scalars...);
  else
    std::terminate();
}

/// The value of a formula for one row, or a few, given in the call: `predict(logits, model, x = image)`.
template <whole_formula Formula, class TrainedFormula, class Real, class Symbol, class Data, class... More>
[[nodiscard]] std::vector<Real> predict(Formula, const model_of<TrainedFormula, Real>& model,
                                        binding<Symbol, Data>&& first, More&&... more) {
  const auto given = dataset(std::move(first), std::forward<More>(more)...);
  using model_type = model_of<TrainedFormula, Real>;
  using call = call_of<Formula, goal::rows, std::remove_const_t<decltype(given)>, model_type>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (call::complete)
    return evaluating::rows_with<Formula>(model, whole(given));
  else
    std::terminate();
}

/// The value of a formula of parameters alone: `predict(W * v, model)`.
template <whole_formula Formula, class TrainedFormula, class Real>
[[nodiscard]] std::vector<Real> predict(Formula formula, const model_of<TrainedFormula, Real>& model) {
  const row_without_data once;
  return predict(formula, model, once.rows());
}

/// The value of a formula without parameters for every row: `evaluate(f, x = numbers)`.
template <whole_formula Formula, class Symbol, class Data, class... More>
[[nodiscard]] std::vector<float> evaluate(Formula, binding<Symbol, Data>&& first, More&&... more) {
  const auto given = dataset(std::move(first), std::forward<More>(more)...);
  using call = call_of<Formula, goal::rows, std::remove_const_t<decltype(given)>, no_parameters>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (call::complete)
    return evaluating::rows_alone<Formula>(whole(given));
  else
    std::terminate();
}

/// The mean of a scalar formula over the rows of a dataset or of a batch: its loss without the gradient.
/// Errors:  non_finite_error naming the row, if the value of a row is NaN or infinite.
template <whole_formula Formula, class TrainedFormula, class Real, rows_of_data Rows, class... Scalars>
[[nodiscard]] Real evaluate(Formula, const model_of<TrainedFormula, Real>& model, const Rows& of,
                            const Scalars&... scalars) {
  using model_type = model_of<TrainedFormula, Real>;
  using call = call_of<Formula, goal::mean, dataset_behind<Rows>, model_type, Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (call::complete) {
    using program = fusegrad::program<Formula, goal::mean, Real, native_arch>;
    Real value = 0;
    Real* const outputs[] = {&value};
    stepping::run<program>(as_batch(of), model, outputs, scalars...);
    return value;
  } else {
    std::terminate();
  }
}

/// The value of a loss of parameters alone: `evaluate(loss, model)`.
template <whole_formula Formula, class TrainedFormula, class Real, symbol_with_data... Scalars>
[[nodiscard]] Real evaluate(Formula loss, const model_of<TrainedFormula, Real>& model,
                            const Scalars&... scalars) {
  const row_without_data once;
  return evaluate(loss, model, once.rows(), scalars...);
}

/// The share of the rows of a dataset or of a batch whose greatest logit is that of their label, from 0 to 1.
/// The label is the one symbol of the dataset with as many classes as there are logits; of equal logits the
/// first is the greatest. Of logits [n, classes] and labels [n], the share of all labels.
/// Errors:  non_finite_error naming the row, if a logit is NaN: nothing is greater or less than it.
/// Cost:    one pass over the rows; memory for their logits.
template <whole_formula Logits, class TrainedFormula, class Real, rows_of_data Rows, class... Scalars>
[[nodiscard]] double accuracy(Logits, const model_of<TrainedFormula, Real>& model, const Rows& of,
                              const Scalars&... scalars) {
  using label = evaluating::labels_of<dataset_behind<Rows>, facts_of<Logits>.extents>;
  static_assert(label::count == 1,
                "accuracy(logits, model, data): data must have one label of as many classes as logits");
  using model_type = model_of<TrainedFormula, Real>;
  using call = call_of<Logits, goal::rows, dataset_behind<Rows>, model_type, Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (label::count == 1 && call::complete) {
    const auto rows = as_batch(of);
    const auto right = evaluating::count_right<Logits, typename label::type>(model, rows, scalars...);
    return double(right) / double(rows.rows.count * std::size_t(label::type::extents.elements()));
  } else {
    std::terminate();
  }
}

}  // namespace fusegrad
