// SPDX-License-Identifier: BSL-1.0
// Parameters that follow the batches instead of a gradient: exponential averages, as of the mean and the
// variance in batch normalisation.
#pragma once

#include <cmath>
#include <tuple>
#include <vector>

#include "fusegrad/train/evaluate.hpp"

namespace fusegrad {

namespace averaging {

/// What can be wrong with an average.
enum class trouble { none, no_parameter, no_formula, other_shape, value_of_rows };

/// Whether a formula has a value for each row.
template <class Formula> constexpr bool is_of_each_row() {
  const auto& written = written_graph<Formula>;
  return written.nodes[std::size_t(written.outputs[0].id.value)].depends == level::row;
}

template <class Layout, class Symbol, class Formula> consteval trouble find_trouble() {
  if constexpr (!parameter_symbol<Symbol>) {
    return trouble::no_parameter;
  } else if constexpr (!whole_formula<Formula>) {
    return trouble::no_formula;
  } else {
    if (Layout::find(Symbol::description()) < 0) return trouble::no_parameter;
    if (!(facts_of<Formula>.extents == Symbol::extents)) return trouble::other_shape;
    return is_of_each_row<Formula>() ? trouble::value_of_rows : trouble::none;
  }
}

/// Fails with a sentence if an average is wrong.
template <class SymbolName, trouble Found> constexpr void check_average() {
  static_assert(Found != trouble::no_parameter,
                "running_average(model, momentum, m = batch_mean(v)): m must be a parameter of the "
                "model's formula");
  static_assert(Found != trouble::no_formula,
                "running_average(model, momentum, m = batch_mean(v)): what is averaged is a formula");
  static_assert(Found != trouble::other_shape,
                "running_average(model, momentum, m = batch_mean(v)): the parameter has another shape "
                "than the formula");
  static_assert(Found != trouble::value_of_rows,
                "running_average(model, momentum, m = batch_mean(v)): the formula has a value for each "
                "row: average what the batch has in common, such as mean_over_rows(v)");
}

/// A parameter, the formula that it follows, and the formula's value of the last batch.
template <class Symbol, class Formula, class Real> struct followed {
  using symbol_type = Symbol;
  using formula_type = Formula;
  std::vector<Real> found = std::vector<Real>(std::size_t(Symbol::extents.elements()));

  template <class TrainedFormula, class Dataset, class... Scalars>
  void observe(const model_of<TrainedFormula, Real>& model, const batch<Dataset>& rows,
               const Scalars&... scalars) {
    using program = fusegrad::program<Formula, goal::rows, Real, native_arch>;
    const bound_symbols<program> bound(rows, model, scalars...);
    Real* const outputs[] = {found.data()};
    (void)step_runner<program>(model.executors()).run(bound.step(rows.rows, outputs));
    for (std::size_t i = 0; i < found.size(); ++i)
      if (!std::isfinite(found[i])) report_non_finite_parameter(Symbol::description(), i, double(found[i]));
  }

  template <class TrainedFormula> void follow(model_of<TrainedFormula, Real>& model, Real share) const {
    const auto averages = model[Symbol{}].values();
    for (std::size_t i = 0; i < found.size(); ++i) averages[i] += share * (found[i] - averages[i]);
  }
};

}  // namespace averaging

/// Exponential averages, with the memory that they need.
template <class TrainedFormula, class Real, class... Followed> class running_average_of {
 public:
  using model_type = model_of<TrainedFormula, Real>;

  running_average_of(model_type& model, double share) : model_(&model), share_(Real(share)) {
    if (!(share >= 0 && share <= 1))
      throw data_error("running_average(model, momentum, ...)", "a momentum from 0 to 1",
                       std::to_string(share));
  }

  /// Takes a batch, or a whole dataset, into the averages. All formulas are evaluated before a parameter
  /// changes.
  /// Scalars: further arguments give run-time numbers their values.
  /// Rounds:  the same bits for any number of threads.
  /// Errors:  non_finite_error, if a value is NaN or infinite, naming the parameter: all are as they were;
  ///          compile time, if data are missing.
  /// Cost:    for each formula what `predict` takes; no allocation once it has run with as many rows.
  template <rows_of_data Rows, class... Scalars>
  void operator()(const Rows& rows, const Scalars&... scalars) {
    (diagnose<call<Followed, Rows, Scalars...>::trouble.kind,
              typename call<Followed, Rows, Scalars...>::facts>(),
     ...);
    (check_symbols<call<Followed, Rows, Scalars...>::lacks.kind,
                   typename call<Followed, Rows, Scalars...>::symbol>(),
     ...);
    if constexpr ((call<Followed, Rows, Scalars...>::complete && ...))
      (std::get<Followed>(followed_).observe(*model_, as_batch(rows), scalars...), ...);
    (std::get<Followed>(followed_).follow(*model_, share_), ...);
  }

 private:
  template <class Each, class Rows, class... Scalars>
  using call = call_of<typename Each::formula_type, goal::rows, dataset_behind<Rows>, model_type, Scalars...>;

  model_type* model_;
  Real share_;
  std::tuple<Followed...> followed_;
};

/// Parameters that become (1 - momentum) times themselves plus momentum times a formula's value, batch by
/// batch: the running statistics of batch normalisation.
///     auto average =
///         running_average(model, 0.1, running_mean = batch_mean(v), running_variance = batch_variance(v));
///     for (const auto batch : minibatches(train, 256, seed)) {
///       average(batch);
///       step(batch);
///     }
/// Formulas are evaluated as outside training: no dropout, and earlier normalisations by their own averages.
/// Refers to the model, which must live as long.
/// Momentum: the share of the newest batch, as in PyTorch; Keras names what is left of the old ones, 0.9 or 0.99.
/// Errors:   data_error, if the momentum is not from 0 to 1; compile time, if a parameter is not the model's,
///           or a formula has another shape or a value for each row.
/// Source:   Ioffe, Szegedy 2015, "Batch normalization". PyTorch averages the variance of a sample:
///           `running_variance = batch_variance(v) * constant<256. / 255>` for batches of 256.
template <class TrainedFormula, class Real, class... Symbols, class... Formulas>
[[nodiscard]] auto running_average(model_of<TrainedFormula, Real>& model, double share,
                                   const binding<Symbols, Formulas>&...) {
  using layout = parameter_layout<TrainedFormula>;
  (averaging::check_average<symbol_name<Symbols::name>,
                            averaging::find_trouble<layout, Symbols, std::remove_cvref_t<Formulas>>()>(),
   ...);
  return running_average_of<TrainedFormula, Real,
                            averaging::followed<Symbols, std::remove_cvref_t<Formulas>, Real>...>(model,
                                                                                                  share);
}
template <class TrainedFormula, class Real, class... Bindings>
[[nodiscard]] auto running_average(model_of<TrainedFormula, Real>&&, double, const Bindings&...) {
  static_assert(sizeof(Real) == 0, "a running average refers to its model: give the model a name");
}

}  // namespace fusegrad
