// SPDX-License-Identifier: BSL-1.0
// Losses, as plain functions that compose the words of a formula: written as the textbook writes them.
#pragma once

#include "fusegrad/op/logsumexp.hpp"
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

/// Minus the logarithm of the probability that softmax(logits) gives to the label's class.
/// Shape:  logits [classes], label of as many classes -> scalar.
/// Units:  nats.
/// Source: Dive into Deep Learning, "Softmax Regression".
template <formula Logits, formula Label>
[[nodiscard]] constexpr auto cross_entropy(Logits logits, Label label) {
  return -log(pick(softmax(logits), label));
}

/// Cross-entropy of a target probability (0 or 1, or between) and logistic(logit).
/// Shape:  equal shapes -> the same shape.
/// Units:  nats.
/// Source: softplus(logit) - target * logit, which is -t log(p) - (1 - t) log(1 - p) without its
/// cancellations.
template <formula Logit, formula Target>
[[nodiscard]] constexpr auto logistic_loss(Logit logit, Target target) {
  return softplus(logit) - multiply(target, logit);
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

}  // namespace fusegrad
