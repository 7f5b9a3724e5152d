// SPDX-License-Identifier: BSL-1.0
// Values without gradients: of every row, their mean, the accuracy of predicted classes.
#pragma once

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

template <class Model> struct real_of { using type = float; };
template <class Formula, class Real> struct real_of<model_of<Formula, Real>> { using type = Real; };

/// The type of one result: a number for a scalar, else all elements of a row one after the other.
template <class Formula>
inline constexpr std::size_t elements = std::size_t(facts_of<Formula>.extents.elements());

template <class Formula, class Model, class Dataset, class... Scalars>
auto rows(const Model& model, const batch<Dataset>& of, const Scalars&... scalars) {
  using real = typename real_of<Model>::type;
  using program = fusegrad::program<Formula, goal::rows, real, native_arch>;
  const bool per_row = program::plan.outputs[0].of_rows;
  std::vector<real> result(elements<Formula> * (per_row ? of.rows.count : 1));
  real* const outputs[] = {result.data()};
  const bound_symbols<program> bound(of, model, scalars...);
  executor<real> run(kernel<program>::table);
  (void)run.run(bound.step(of.rows, outputs));
  return result;
}

}  // namespace evaluating

/// The value of a formula for every row of a dataset or of a batch: [rows][elements], row-major.
/// Scalars: further arguments give run-time numbers their values.
/// Errors:  compile time, if data or parameters are missing.
template <whole_formula Formula, class TrainedFormula, class Real, rows_of_data Rows, class... Scalars>
[[nodiscard]] std::vector<Real> predict(Formula, const model_of<TrainedFormula, Real>& model, const Rows& of,
                                        const Scalars&... scalars) {
  using model_type = model_of<TrainedFormula, Real>;
  using call = call_of<Formula, goal::rows, dataset_behind<Rows>, model_type, Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (call::complete)
    return evaluating::rows<Formula>(model, as_batch(of), scalars...);
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
    return evaluating::rows<Formula>(model, whole(given));
  else
    std::terminate();
}

/// The value of a formula without parameters for every row: `evaluate(f, x = numbers)`.
template <whole_formula Formula, class Symbol, class Data, class... More>
[[nodiscard]] std::vector<float> evaluate(Formula, binding<Symbol, Data>&& first, More&&... more) {
  const auto given = dataset(std::move(first), std::forward<More>(more)...);
  using call = call_of<Formula, goal::rows, std::remove_const_t<decltype(given)>, no_parameters>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (call::complete)
    return evaluating::rows<Formula>(no_parameters{}, whole(given));
  else
    std::terminate();
}

/// The mean of a scalar formula over all rows of a dataset: its loss without the gradient.
/// Errors: non_finite_error naming the row, if the value of a row is NaN or infinite.
template <whole_formula Formula, class TrainedFormula, class Real, named... Symbols, class... Scalars>
[[nodiscard]] Real evaluate(Formula, const model_of<TrainedFormula, Real>& model,
                            const dataset_of<Symbols...>& of, const Scalars&... scalars) {
  using model_type = model_of<TrainedFormula, Real>;
  using call = call_of<Formula, goal::mean, dataset_of<Symbols...>, model_type, Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (call::complete) {
    using program = fusegrad::program<Formula, goal::mean, Real, native_arch>;
    Real value = 0;
    Real* const outputs[] = {&value};
    executor<Real> run(kernel<program>::table);
    stepping::run<program>(&run, whole(of), model, outputs, scalars...);
    return value;
  } else {
    std::terminate();
  }
}

/// The share of rows whose greatest logit is that of their label, from 0 to 1.
/// The label is the one symbol of the dataset with as many classes as there are logits.
template <whole_formula Logits, class TrainedFormula, class Real, named... Symbols>
[[nodiscard]] double accuracy(Logits logits, const model_of<TrainedFormula, Real>& model,
                              const dataset_of<Symbols...>& of) {
  constexpr int classes = facts_of<Logits>.extents.elements();
  constexpr int labels = ((Symbols::role == symbol_role::label && Symbols::classes == classes ? 1 : 0) + ...);
  static_assert(labels == 1,
                "accuracy(logits, model, data): data must have one label of as many classes as logits");
  if constexpr (labels == 1) {
    const std::vector<Real> predicted = predict(argmax(logits), model, of);
    std::size_t right = 0;
    const auto count = [&]<class Symbol>(Symbol) {
      if constexpr (Symbol::role == symbol_role::label && Symbol::classes == classes) {
        const std::vector<float> actual = evaluating::rows<Symbol>(no_parameters{}, whole(of));
        for (std::size_t row = 0; row < predicted.size(); ++row)
          right += float(predicted[row]) == actual[row] ? 1 : 0;
      }
    };
    (count(Symbols{}), ...);
    return double(right) / double(of.rows());
  } else {
    std::terminate();
  }
}

}  // namespace fusegrad
