// SPDX-License-Identifier: BSL-1.0
// One step of training at a time: the loss, its gradient, and the optimiser's update.
#pragma once

#include <exception>
#include <utility>

#include "fusegrad/train/value_and_grad.hpp"

namespace fusegrad {

namespace training {

/// The seed that a trainer gives its own steps.
using own_seed = binding<std::remove_const_t<decltype(random_seed)>, random_key>;

/// Whether a trainer draws the random numbers of a step, since its user does not.
template <class Formula, class... Scalars>
inline constexpr bool gives_own_seed = draws_random_numbers<Formula>() && !has_seed<Scalars...>;

/// What can be wrong with a step of training.
template <class Formula, class Dataset, class Model, class... Scalars>
using call_of_training =
    std::conditional_t<gives_own_seed<Formula, Scalars...>,
                       call_of<Formula, goal::gradient, Dataset, Model, Scalars..., own_seed>,
                       call_of<Formula, goal::gradient, Dataset, Model, Scalars...>>;

}  // namespace training

/// A loss, a model and an optimiser, with the memory that their steps need.
///     auto step = trainer(loss, model, momentum{.learning_rate = 0.03});
///     for (const auto batch : minibatches(data, 256, seed)) total += step(batch);
template <class Formula, class Real, optimiser Optimiser> class trainer_of {
 public:
  using model_type = model_of<Formula, Real>;

  trainer_of(model_type& model, const Optimiser& optimise, std::uint64_t seed)
      : model_(&model), optimiser_(optimise), random_{.seed = seed} {}

  /// Takes one step on the rows of a batch, or of a whole dataset.
  /// Returns: the mean of the loss over the rows, at the parameters before the step.
  /// Scalars: further arguments give run-time numbers their values: `step(batch, lambda = 0.1)`.
  /// Rounds:  the same bits as `value_and_grad` and the optimiser's rules; for any number of threads.
  /// Errors:  non_finite_error if the loss or the gradient is NaN or infinite (naming the row), or if the
  /// step
  ///          would make a parameter so (naming it): the model keeps its last good step; compile time, if
  ///          data are missing.
  /// Cost:    one pass over the rows, two over the parameters; no allocation once it has run with as many
  /// rows.
  template <rows_of_data Rows, class... Scalars>
  Real operator()(const Rows& rows, const Scalars&... scalars) {
    using call = training::call_of_training<Formula, dataset_behind<Rows>, model_type, Scalars...>;
    diagnose<call::trouble.kind, typename call::facts>();
    check_symbols<call::lacks.kind, typename call::symbol>();
    if constexpr (!call::complete)
      std::terminate();
    else if constexpr (training::gives_own_seed<Formula, Scalars...>)
      return take_step(as_batch(rows), scalars..., training::own_seed{random_});
    else
      return take_step(as_batch(rows), scalars...);
  }

  /// The optimiser, whose numbers may change between steps: `step.optimiser().learning_rate /= 10`.
  [[nodiscard]] Optimiser& optimiser() noexcept { return optimiser_; }

  /// The gradient of the last step, readable like parameters: `step.gradient()[w]`.
  [[nodiscard]] const parameters<Formula, Real>& gradient() const noexcept { return gradient_; }

 private:
  using program = fusegrad::program<Formula, goal::gradient, Real, native_arch>;

  template <class Dataset, class... Scalars>
  [[gnu::always_inline]] Real take_step(const batch<Dataset>& rows, const Scalars&... scalars) {
    Real value = 0;
    const auto outputs = stepping::output_places<program, model_type>(&value, gradient_.data());
    if (!stepping::try_few<program>(rows, *model_, outputs.data(), scalars...))
      return step_on_many<program>(rows, scalars...);
    update();
    return value;
  }

  /// Apart from steps of few rows, whose values would have to be in memory for the calls in here.
  template <class Program, class Dataset, class... Scalars>
  [[gnu::noinline]] Real step_on_many(const batch<Dataset>& rows, const Scalars&... scalars) {
    Real value = 0;
    const auto outputs = stepping::output_places<Program, model_type>(&value, gradient_.data());
    stepping::run_many<Program>(rows, *model_, outputs.data(), scalars...);
    update();
    return value;
  }

  [[gnu::always_inline]] void update() {
    state_.apply(optimiser_, *model_, gradient_.data());
    ++random_.step;
  }

  model_type* model_;
  Optimiser optimiser_;
  random_key random_;
  parameters<Formula, Real> gradient_;
  update_state<Optimiser, Formula, Real> state_;
};

/// Training steps of a loss. Refers to the model, which must live as long.
/// Random:  what a formula draws, such as dropout, depends on the seed and on the number of steps taken so
///          far.
/// Errors:  compile time, if the model is that of another loss.
template <class Formula, class TrainedFormula, class Real, optimiser Optimiser>
[[nodiscard]] auto trainer(Formula, model_of<TrainedFormula, Real>& model, const Optimiser& optimise,
                           std::uint64_t seed = 0) {
  check_model<std::is_same_v<Formula, TrainedFormula>>();
  return trainer_of<TrainedFormula, Real, Optimiser>(model, optimise, seed);
}
template <class Formula, class TrainedFormula, class Real, class Optimiser>
[[nodiscard]] auto trainer(Formula, model_of<TrainedFormula, Real>&&, const Optimiser&, std::uint64_t = 0) {
  static_assert(sizeof(Real) == 0, "a trainer refers to its model: give the model a name");
}

}  // namespace fusegrad
