// SPDX-License-Identifier: BSL-1.0
// One step of training at a time: the loss, its gradient, and the optimiser's update.
#pragma once

#include <exception>
#include <utility>

#include "fusegrad/train/value_and_grad.hpp"

namespace fusegrad {

/// A loss, a model and an optimiser, with the memory that their steps need.
///     auto step = trainer(loss, model, momentum{.learning_rate = 0.03});
///     for (const auto batch : minibatches(data, 256, seed)) total += step(batch);
template <class Formula, class Real, optimiser Optimiser> class trainer_of {
 public:
  using model_type = model_of<Formula, Real>;

  trainer_of(model_type& model, const Optimiser& optimise) : model_(&model), optimiser_(optimise) {}

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
    using call = call_of<Formula, goal::gradient, dataset_behind<Rows>, model_type, Scalars...>;
    diagnose<call::trouble.kind, typename call::facts>();
    check_symbols<call::lacks.kind, typename call::symbol>();
    if constexpr (call::complete) {
      using program = fusegrad::program<Formula, goal::gradient, Real, native_arch>;
      Real value = 0;
      const auto outputs = stepping::output_places<program, model_type>(&value, gradient_.data());
      stepping::run<program>(step_runner<program>(model_->executors()), as_batch(rows), *model_,
                             outputs.data(), scalars...);
      state_.apply(optimiser_, *model_, gradient_.data());
      return value;
    } else {
      std::terminate();
    }
  }

  /// The optimiser, whose numbers may change between steps: `step.optimiser().learning_rate /= 10`.
  [[nodiscard]] Optimiser& optimiser() noexcept { return optimiser_; }

  /// The gradient of the last step, readable like parameters: `step.gradient()[w]`.
  [[nodiscard]] const parameters<Formula, Real>& gradient() const noexcept { return gradient_; }

 private:
  model_type* model_;
  Optimiser optimiser_;
  parameters<Formula, Real> gradient_;
  update_state<Optimiser, Formula, Real> state_;
};

/// Training steps of a loss. Refers to the model, which must live as long.
/// Errors: compile time, if the model is that of another loss.
template <class Formula, class TrainedFormula, class Real, optimiser Optimiser>
[[nodiscard]] auto trainer(Formula, model_of<TrainedFormula, Real>& model, const Optimiser& optimise) {
  check_model<std::is_same_v<Formula, TrainedFormula>>();
  return trainer_of<TrainedFormula, Real, Optimiser>(model, optimise);
}
template <class Formula, class TrainedFormula, class Real, class Optimiser>
[[nodiscard]] auto trainer(Formula, model_of<TrainedFormula, Real>&&, const Optimiser&) {
  static_assert(sizeof(Real) == 0, "a trainer refers to its model: give the model a name");
}

}  // namespace fusegrad
