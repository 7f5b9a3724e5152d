// SPDX-License-Identifier: BSL-1.0
// Batch normalisation, and what a formula is in training and outside it.
#pragma once

#include "fusegrad/op/reduce.hpp"
#include "fusegrad/op/rows.hpp"

namespace fusegrad {

/// The first operand in training, the second where nothing is trained.
struct when_training_op : elementwise_operation<2> {
  static constexpr std::string_view name = "when_training";
  static constexpr int flops = 0;
  template <class Value> static constexpr Value value(Value a, Value) { return a; }
  static constexpr ref along(int operand, const ref*, ref, ref direction) {
    return operand == 0 ? direction : constant_like(direction, 0);
  }
  static constexpr ref define(ref of) { return of.operand(0); }
  static constexpr ref in_evaluation(ref of) { return of.operand(1); }
};

/// `trained` for `value_and_grad`, `trainer` and `fit`, `evaluated` for `evaluate`, `predict` and `accuracy`.
/// Shape: NumPy's broadcasting. The gradient passes to `trained` only.
template <formula Trained, formula Evaluated>
[[nodiscard]] constexpr auto when_training(Trained trained, Evaluated evaluated) {
  return call<elementwise<when_training_op>>(trained, evaluated);
}

namespace batch_normalising {

/// All axes but the first: a channel has one mean, whatever it extends over.
[[nodiscard]] constexpr axis_set within_channel(ref v) { return all_axes(v.extents()) & ~axis_set(1); }

/// The mean over the rows and within each channel.
[[nodiscard]] constexpr ref mean_of_channels(ref v) {
  const axis_set axes = within_channel(v);
  return row_mean_as_written(sum_over(v, axes) / elements_along(v.extents(), axes));
}

/// One number for each channel, so that it meets all elements of its own.
[[nodiscard]] constexpr ref by_channel(ref numbers, ref v) {
  if (!(numbers.extents() == tensor_shape{v.extents()[0]}))
    v.in->report({problem_kind::shapes_do_not_broadcast, v.extents(), numbers.extents()});
  return reshape_to(numbers, with_ones(v.extents(), within_channel(v)));
}

}  // namespace batch_normalising

struct batch_mean_function {
  static constexpr std::string_view word = "batch_mean";
  constexpr ref operator()(ref v) const { return batch_normalising::mean_of_channels(v); }
};

struct batch_variance_function {
  static constexpr std::string_view word = "batch_variance";
  constexpr ref operator()(ref v) const {
    using namespace batch_normalising;
    return mean_of_channels(square(v - by_channel(mean_of_channels(v), v)));
  }
};

template <double Epsilon> struct batch_norm_function {
  static constexpr std::string_view word = "batch_norm";
  constexpr ref operator()(ref v, ref gain, ref bias, ref mean, ref variance) const {
    using namespace batch_normalising;
    const ref centre = when_training(batch_mean_function{}(v), mean);
    const ref spread = sqrt(when_training(batch_variance_function{}(v), variance) + Epsilon);
    if (v.in->trouble()) return v;
    const ref normalised = (v - by_channel(centre, v)) / by_channel(spread, v);
    return multiply(normalised, by_channel(gain, v)) + by_channel(bias, v);
  }
};

/// The mean of each channel over the rows of the batch, and over what the channel extends over.
/// Shape: v [channels, ...] -> [channels].
template <formula Value> [[nodiscard]] constexpr auto batch_mean(Value v) {
  return call<batch_mean_function>(v);
}

/// The mean of the squared distance from `batch_mean`, from two sweeps over the rows.
/// Shape: v [channels, ...] -> [channels].
template <formula Value> [[nodiscard]] constexpr auto batch_variance(Value v) {
  return call<batch_variance_function>(v);
}

/// Each channel with mean 0 and variance 1 over the batch, then times `gain`, plus `bias`. Outside training
/// `mean` and `variance` take the place of the batch's: parameters that no step changes. They follow the
/// batches by `running_average`, or are given the statistics of all data when training is done:
///     model[running_mean] = predict(batch_mean(v), model, train);
///     model[running_variance] = predict(batch_variance(v), model, train);
/// Shape:  v [channels, ...], the others [channels] -> that of v.
/// Cost:   the rows are swept once more for each mean that waits for another, and what depends on them is
/// computed
///         in each sweep: three sweeps for the value, five for its gradient.
/// Source: Ioffe, Szegedy 2015, "Batch normalization"; Wu, Johnson 2021, "Rethinking 'batch' in batch
///         normalization", for the statistics of all data in place of running averages.
template <double Epsilon = 1e-5, formula Value, formula Gain, formula Bias, formula Mean, formula Variance>
[[nodiscard]] constexpr auto batch_norm(Value v, Gain gain, Bias bias, Mean mean, Variance variance) {
  return call<batch_norm_function<Epsilon>>(v, gain, bias, mean, variance);
}

}  // namespace fusegrad
