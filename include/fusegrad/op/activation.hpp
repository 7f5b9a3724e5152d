// SPDX-License-Identifier: BSL-1.0
// Activation functions beside relu, tanh, logistic and softplus, element by element: plain functions that
// compose the words of a formula, but for one whose slope would cancel. Names and defaults are those of
// PyTorch and jax.nn.
#pragma once

#include "fusegrad/op/exponential.hpp"

namespace fusegrad {

/// x / (1 + abs(x)). Its slope as that of a quotient would be a difference of almost equal numbers for large
/// x.
struct softsign_op : elementwise_operation<1> {
  static constexpr std::string_view name = "softsign";
  static constexpr int flops = 6;
  template <class Value> static constexpr Value value(Value a) { return a / (Value(1) + math::abs(a)); }
  static constexpr ref partials(ref a, ref) { return 1 / square(1 + abs(a)); }
};

/// x where x > 0, else Slope * x; gradient Slope at 0.
/// Source: Maas, Hannun, Ng 2013, "Rectifier nonlinearities improve neural network acoustic models".
template <auto Slope = 0.01, formula Value> [[nodiscard]] constexpr auto leaky_relu(Value x) {
  return where(x > constant<0>, x, constant<Slope> * x);
}

/// x where x > 0, else slope * x with a slope that is learned; gradient slope at 0.
/// Shape:  slope broadcasts with x.
/// Source: He, Zhang, Ren, Sun 2015, "Delving deep into rectifiers".
template <formula Value, formula Slope> [[nodiscard]] constexpr auto prelu(Value x, Slope slope) {
  return where(x > constant<0>, x, multiply(slope, x));
}

/// x where x > 0, else Alpha * (exp(x) - 1); gradient Alpha at 0.
/// Source: Clevert, Unterthiner, Hochreiter 2016, "Fast and accurate deep network learning by exponential
/// linear
///         units".
template <auto Alpha = 1.0, formula Value> [[nodiscard]] constexpr auto elu(Value x) {
  return where(x > constant<0>, x, constant<Alpha> * expm1(x));
}

/// elu with the scale and the alpha that keep mean 0 and variance 1 from layer to layer.
/// Source: Klambauer, Unterthiner, Mayr, Hochreiter 2017, "Self-normalizing neural networks".
template <formula Value> [[nodiscard]] constexpr auto selu(Value x) {
  return constant<1.0507009873554804934193349852946> * elu<1.6732632423543772848170429916717>(x);
}

/// x * logistic(x), also known as swish.
/// Source: Elfwing, Uchibe, Doya 2018, "Sigmoid-weighted linear units".
template <formula Value> [[nodiscard]] constexpr auto silu(Value x) { return multiply(x, logistic(x)); }

/// x * tanh(softplus(x)).
/// Source: Misra 2019, "Mish: a self regularized non-monotonic activation function".
template <formula Value> [[nodiscard]] constexpr auto mish(Value x) { return multiply(x, tanh(softplus(x))); }

/// x / (1 + abs(x)).
/// Source: Glorot, Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
template <formula Value> [[nodiscard]] constexpr auto softsign(Value x) {
  return call<elementwise<softsign_op>>(x);
}

/// log(logistic(x)) = -softplus(-x), which keeps its digits on both sides.
template <formula Value> [[nodiscard]] constexpr auto log_sigmoid(Value x) { return -softplus(-x); }

/// x, but at least -1 and at most 1; gradient 0 at both.
template <formula Value> [[nodiscard]] constexpr auto hard_tanh(Value x) {
  return max(constant<-1>, min(constant<1>, x));
}

/// relu(x), but at most 6; gradient 0 at 0 and at 6.
/// Source: Krizhevsky 2010, "Convolutional deep belief networks on CIFAR-10".
template <formula Value> [[nodiscard]] constexpr auto relu6(Value x) { return min(constant<6>, relu(x)); }

/// relu6(x + 3) / 6: a logistic function of straight lines; gradient 0 at -3 and at 3.
/// Source: Howard et al. 2019, "Searching for MobileNetV3".
template <formula Value> [[nodiscard]] constexpr auto hard_sigmoid(Value x) {
  return relu6(x + constant<3>) / constant<6>;
}

/// x * hard_sigmoid(x).
/// Source: Howard et al. 2019, "Searching for MobileNetV3".
template <formula Value> [[nodiscard]] constexpr auto hard_swish(Value x) {
  return multiply(x, hard_sigmoid(x));
}

}  // namespace fusegrad
