// SPDX-License-Identifier: BSL-1.0
// Losses, as plain functions that compose the words of a formula: written as the textbook writes them.
#pragma once

#include "fusegrad/op/logsumexp.hpp"
#include "fusegrad/op/moments.hpp"
#include "fusegrad/op/pick.hpp"

namespace fusegrad {

/// (prediction - target)^2 / 2.
/// Shape:  equal shapes -> the same shape; sum or mean it where it is no scalar.
/// Units:  square of the target's unit.
/// Source: Dive into Deep Learning, "Linear Regression", with its factor 1/2.
template <formula Prediction, formula Target>
[[nodiscard]] constexpr auto squared_error(Prediction prediction, Target target) {
  return square(prediction - target) / constant<2>;
}

/// Mean square of the errors.
/// Shape:  equal shapes -> scalar.
/// Units:  square of the target's unit.
template <formula Prediction, formula Target>
[[nodiscard]] constexpr auto mse(Prediction prediction, Target target) {
  return mean(square(prediction - target));
}

/// Mean absolute error; gradient 0 where an error is 0.
/// Shape:  equal shapes -> scalar.
/// Units:  the target's.
template <formula Prediction, formula Target>
[[nodiscard]] constexpr auto mae(Prediction prediction, Target target) {
  return mean(abs(prediction - target));
}

/// The mean over the axes of labels, with which those of a value end; of what has none, the value.
[[nodiscard]] constexpr ref mean_over_labels(ref value, const tensor_shape& labels) {
  if (!ends_with(value.extents(), labels) || labels.rank == 0) return value;
  const axis_set axes = all_axes(labels) << (value.rank() - labels.rank);
  return sum_over(value, axes) / labels.elements();
}

/// A function of refs: the logarithm of the probability of a label's class, of several their mean; or the
/// mean logarithm of all under the probabilities that are wanted.
struct log_likelihood_function {
  using printed_as = pick_op;
  constexpr ref operator()(ref probabilities, ref wanted) const {
    if (wanted->kind == value_kind::category)
      return mean_over_labels(log(pick(probabilities, wanted)), wanted.extents());
    if (!(wanted.extents() == probabilities.extents()) || wanted.rank() == 0) {
      wanted.in->report({problem_kind::shapes_do_not_broadcast, probabilities.extents(), wanted.extents()});
      return probabilities;
    }
    return sum<-1>(multiply(wanted, log(probabilities)));
  }
};

/// A function of refs: the mean logarithm of the probabilities of all classes, for labels as above.
struct mean_log_probability_function {
  constexpr ref operator()(ref probabilities, ref wanted) const {
    const ref each = mean<-1>(log(probabilities));
    return wanted->kind == value_kind::category ? mean_over_labels(each, wanted.extents()) : each;
  }
};

/// Minus the logarithm of the probability that softmax(logits) gives to the label's class; or, of a target
/// that is itself a vector of probabilities, the mean of these under the target. Of several labels, such as
/// the words of a sentence, the mean over them; each by itself is `-log(softmax(logits)[words])`. With
/// Smoothing, that share of the target is spread over all classes alike: `cross_entropy<0.1>(logits, y)`.
/// Shape:   logits [classes], label of as many classes or target [classes] -> scalar; logits [n, classes], or
///          [classes] for all, labels [n] -> scalar.
/// Units:   nats.
/// Errors:  compile time, if the classes are not as many as the logits.
/// Source:  Dive into Deep Learning, "Softmax Regression"; Szegedy et al. 2016, "Rethinking the Inception
///          architecture for computer vision", section 7, for smoothing.
template <double Smoothing = 0.0, formula Logits, formula Target>
[[nodiscard]] constexpr auto cross_entropy(Logits logits, Target target) {
  static_assert(Smoothing >= 0 && Smoothing < 1, "cross_entropy: the smoothing is a share from 0 to below 1");
  const auto probabilities = softmax(logits);
  const auto likelihood = call<log_likelihood_function>(probabilities, target);
  if constexpr (Smoothing == 0)
    return -likelihood;
  else
    return -(constant<1 - Smoothing> * likelihood +
             constant<Smoothing> * call<mean_log_probability_function>(probabilities, target));
}

/// How much a target distribution differs from a predicted one whose logarithms are given, as by log_softmax:
/// the sum of t * (log(t) - log_prediction), where classes of t = 0 count nothing.
/// Shape:  [..., classes] twice -> [...].
/// Units:  nats.
/// Source: Kullback, Leibler 1951, "On information and sufficiency".
template <formula LogPrediction, formula Target>
[[nodiscard]] constexpr auto kl_divergence(LogPrediction log_prediction, Target target) {
  const auto each = multiply(target, log(target) - log_prediction);
  return sum<-1>(where(target > constant<0>, each, constant<0>));
}

/// Cross-entropy of a target probability (0 or 1, or between) and logistic(logit): the binary cross-entropy
/// with logits.
/// Shape:   equal shapes -> the same shape.
/// Units:   nats.
/// Source:  softplus(logit) - target * logit, which is -t log(p) - (1 - t) log(1 - p) without its
///          cancellations.
template <formula Logit, formula Target>
[[nodiscard]] constexpr auto logistic_loss(Logit logit, Target target) {
  return softplus(logit) - multiply(target, logit);
}

/// The same by its other name.
template <formula Logit, formula Target>
[[nodiscard]] constexpr auto binary_cross_entropy(Logit logit, Target target) {
  return logistic_loss(logit, target);
}

/// Half the square of the error up to `Delta`, linear beyond.
/// Shape:  equal shapes -> the same shape.
/// Source: Huber 1964, "Robust estimation of a location parameter".
template <double Delta = 1.0, formula Prediction, formula Target>
[[nodiscard]] constexpr auto huber(Prediction prediction, Target target) {
  const auto error = prediction - target;
  const auto size = abs(error);
  return where(size <= constant<Delta>, square(error) / constant<2>,
               constant<Delta> * (size - constant<Delta / 2>));
}

/// The absolute error, an error of too little weighed by Quantile and one of too much by 1 - Quantile; what
/// minimises its mean is that quantile of the target. Gradient -Quantile where the error is 0.
/// Shape:  equal shapes -> the same shape.
/// Units:  the target's.
/// Source: Koenker, Bassett 1978, "Regression quantiles".
template <double Quantile, formula Prediction, formula Target>
[[nodiscard]] constexpr auto quantile_loss(Prediction prediction, Target target) {
  static_assert(Quantile > 0 && Quantile < 1, "quantile_loss: a quantile lies between 0 and 1");
  const auto error = target - prediction;
  const auto too_little = constant<Quantile> * error;
  const auto too_much = constant<Quantile - 1> * error;
  return max(too_little, too_much);
}

/// Minus the logarithm of a Poisson distribution's probability of a count, without the logarithm of the
/// count's factorial, in which nothing is learned.
/// Shape:   equal shapes -> the same shape.
/// Units:   nats.
/// Source:  PyTorch, "PoissonNLLLoss" with its log_input.
template <formula LogRate, formula Count>
[[nodiscard]] constexpr auto poisson_nll(LogRate log_rate, Count count) {
  return exp(log_rate) - multiply(count, log_rate);
}

/// Minus the logarithm of a normal distribution's density, without its constant log(2 pi) / 2. The arguments
/// come in PyTorch's order: mean, target, variance. A variance below Least counts as Least, and takes no
/// gradient.
/// Shape:   shapes that broadcast -> their common shape.
/// Units:   nats; the variance in the square of the target's unit.
/// Source:  Nix, Weigend 1994, "Estimating the mean and variance of the target probability distribution".
template <double Least = 1e-6, formula Mean, formula Target, formula Variance>
[[nodiscard]] constexpr auto gaussian_nll(Mean mean, Target target, Variance variance) {
  static_assert(Least > 0, "gaussian_nll: the least variance is positive");
  const auto bounded = max(constant<Least>, variance);
  return (log(bounded) + square(mean - target) / bounded) / constant<2>;
}

/// The same with the logarithm of the variance, which any number can be: nothing is bounded from below. One
/// of less than -170 may overflow in float.
template <formula Mean, formula Target, formula LogVariance>
[[nodiscard]] constexpr auto gaussian_nll_of_log_variance(Mean mean, Target target,
                                                          LogVariance log_variance) {
  return (log_variance + square(multiply(mean - target, exp(-log_variance / constant<2>)))) / constant<2>;
}

/// Minus the logarithm of the density of Student's t distribution around a location, with a scale and a
/// constant number of degrees of freedom, without what depends on these alone: an error far out counts by its
/// logarithm.
/// Shape:   shapes that broadcast -> their common shape.
/// Units:   nats; location and scale in the target's unit. The scale is positive.
/// Source:  Lange, Little, Taylor 1989, "Robust statistical modeling using the t distribution".
template <auto Degrees, formula Location, formula Target, formula Scale>
[[nodiscard]] constexpr auto student_t_nll(Location location, Target target, Scale scale) {
  static_assert(Degrees > 0, "student_t_nll: the degrees of freedom are positive");
  const auto error = (target - location) / scale;
  return log(scale) + constant<(double(Degrees) + 1) / 2> * log1p(square(error) / constant<Degrees>);
}

/// max(0, 1 - target * score) for a target of -1 or 1; gradient 0 at the edge of the margin.
/// Shape:  equal shapes -> the same shape.
/// Source: Cortes, Vapnik 1995, "Support-vector networks".
template <formula Score, formula Target> [[nodiscard]] constexpr auto hinge_loss(Score score, Target target) {
  return relu(constant<1> - multiply(target, score));
}

/// The binary cross-entropy with logits, weighed by (1 - p)^Gamma, where p is the probability given to the
/// target (0 or 1): what is right already counts little.
/// Shape:   equal shapes -> the same shape.
/// Units:   nats.
/// Source:  Lin, Goyal, Girshick, He, Dollar 2017, "Focal loss for dense object detection", without its
///          alpha; 1 - p is a logistic function of its own, so that it does not cancel.
template <auto Gamma = 2.0, formula Logit, formula Target>
[[nodiscard]] constexpr auto focal_loss(Logit logit, Target target) {
  static_assert(Gamma >= 1, "focal_loss: below an exponent of 1 the gradient is infinite where p is 1");
  const auto missed = multiply(constant<1> - target, logistic(logit)) + multiply(target, logistic(-logit));
  return multiply(pow<Gamma>(missed), logistic_loss(logit, target));
}

/// max(0, |anchor - positive| - |anchor - negative| + Margin), the lengths along the last axis: an anchor
/// shall be nearer to its like than to others. Gradient 0 at the edge of the margin, and of a length that is
/// 0.
/// Shape:   [..., n] three times -> [...].
/// Source:  Schroff, Kalenichenko, Philbin 2015, "FaceNet", with distances instead of their squares as in
///          PyTorch's "TripletMarginLoss".
template <auto Margin = 1.0, formula Anchor, formula Positive, formula Negative>
[[nodiscard]] constexpr auto triplet_loss(Anchor anchor, Positive positive, Negative negative) {
  return relu(norm<-1>(anchor - positive) - norm<-1>(anchor - negative) + constant<Margin>);
}

}  // namespace fusegrad
