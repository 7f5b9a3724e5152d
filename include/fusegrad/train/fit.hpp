// SPDX-License-Identifier: BSL-1.0
// The training loop in one line: epochs of shuffled minibatches, an optimiser, a line per epoch.
#pragma once

#include <functional>
#include <iostream>

#include "fusegrad/train/evaluate.hpp"
#include "fusegrad/train/progress.hpp"
#include "fusegrad/train/trainer.hpp"

namespace fusegrad {

/// What happened in one epoch.
struct epoch_report {
  std::size_t epoch = 0;  // from 0
  double loss = 0;        // mean over the rows, each at the parameters that its batch met
};

/// How to train.
struct fit_options {
  std::size_t epochs = 10;
  std::size_t batch_size = 256;
  std::uint64_t seed = 0;          // of the order of rows: epoch e uses seed + e; and of random numbers
  std::ostream* log = &std::cout;  // null: silent
  std::function<void(const epoch_report&)> after_epoch{};  // called when an epoch is done
};

namespace fitting {

template <class Formula, class Real, class Dataset, class Optimiser, class... Scalars>
std::vector<epoch_report> run(Formula loss, model_of<Formula, Real>& model, const Dataset& data,
                              const Optimiser& optimise, const fit_options& options,
                              const Scalars&... scalars) {
  std::vector<epoch_report> reports;
  auto step = trainer(loss, model, optimise, options.seed);
  progress shown(options.log, options.epochs, minibatches(data, options.batch_size).size());
  shown.begin(kernel_of<Formula, goal::gradient, Real>::table.instruction_set, int(lane_count<float>));
  for (std::size_t epoch = 0; epoch < options.epochs; ++epoch) {
    double total = 0;
    std::size_t batch_index = 0;
    for (const auto batch : minibatches(data, options.batch_size, options.seed + epoch)) {
      total += double(step(batch, scalars...)) * double(batch.rows.count);
      shown.batch_done(epoch, batch_index++);
    }
    reports.push_back({epoch, total / double(data.rows())});
    shown.epoch_done(epoch, reports.back().loss);
    if (options.after_epoch) options.after_epoch(reports.back());
  }
  return reports;
}

}  // namespace fitting

/// Trains a model: for each epoch, minibatches(data, batch_size, seed + epoch), each one step of the
/// optimiser. The same bits as the loop written out with `value_and_grad` and `model -= learning_rate *
/// gradient`.
/// Returns: one report per epoch.
/// Errors:  non_finite_error, if a loss or a gradient is NaN or infinite (with the row) or if a step would
///          make a parameter so (with its name): the model keeps its last good step; data_error, if the batch
///          size is 0; compile time, as value_and_grad.
template <class Formula, class TrainedFormula, class Real, named... Symbols, optimiser Optimiser,
          class... Scalars>
std::vector<epoch_report> fit(Formula loss, model_of<TrainedFormula, Real>& model,
                              const dataset_of<Symbols...>& data, const Optimiser& optimise,
                              const fit_options& options = {}, const Scalars&... scalars) {
  constexpr bool own = std::is_same_v<Formula, TrainedFormula>;
  check_model<own>();
  using model_type = model_of<TrainedFormula, Real>;
  using call = training::call_of_training<TrainedFormula, dataset_of<Symbols...>, model_type, Scalars...>;
  diagnose<call::trouble.kind, typename call::facts>();
  check_symbols<call::lacks.kind, typename call::symbol>();
  if constexpr (own && call::complete)
    return fitting::run(loss, model, data, optimise, options, scalars...);
  else
    std::terminate();
}

/// Trains a new model, all parameters 0 at first: `fit(loss, train, sgd{.learning_rate = 0.1})`.
template <class Formula, named... Symbols, optimiser Optimiser, class... Scalars>
[[nodiscard]] model_of<Formula, float> fit(Formula loss, const dataset_of<Symbols...>& data,
                                           const Optimiser& optimise, const fit_options& options = {},
                                           const Scalars&... scalars) {
  model_of<Formula, float> model;
  (void)fit(loss, model, data, optimise, options, scalars...);
  return model;
}

}  // namespace fusegrad
