// SPDX-License-Identifier: BSL-1.0
// Exponentials, logarithms and the sigmoid family, each accurate over its whole domain.
// The stable members (log1p, expm1, logistic, softplus) are what the naive formulas are rewritten to.
#pragma once

#include "fusegrad/op/compare.hpp"

namespace fusegrad {

struct exp_op : elementwise_operation<1> {
  static constexpr std::string_view name = "exp";
  static constexpr bool unbounded_partial = true;  // it overflows
  static constexpr int flops = 20;
  template <class Value> static constexpr Value value(Value a) { return math::exp(a); }
  static constexpr ref partials(ref, ref result) { return result; }
};

struct log_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 20;
  template <class Value> static constexpr Value value(Value a) { return math::log(a); }
  static constexpr ref partials(ref a, ref) { return 1 / a; }
};

struct log1p_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log1p";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 22;
  template <class Value> static constexpr Value value(Value a) { return math::log1p(a); }
  static constexpr ref partials(ref a, ref) { return 1 / (1 + a); }
};

struct expm1_op : elementwise_operation<1> {
  static constexpr std::string_view name = "expm1";
  static constexpr bool unbounded_partial = true;  // it overflows
  static constexpr int flops = 22;
  template <class Value> static constexpr Value value(Value a) { return math::expm1(a); }
  static constexpr ref partials(ref a, ref);
};

struct tanh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "tanh";
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::tanh(a); }
  static constexpr ref partials(ref, ref result) { return 1 - square(result); }
};

/// 1 / (1 + exp(-x)), from exp(-|x|) on both sides: never overflows, and keeps its relative accuracy for
/// large negative x.
struct logistic_op : elementwise_operation<1> {
  static constexpr std::string_view name = "logistic";
  static constexpr int flops = 26;
  template <class Value> static constexpr Value value(Value a) {
    const Value small = math::exp(-math::abs(a));
    return math::choose(a < Value(0), small, Value(1)) / (Value(1) + small);
  }
  /// 1 - logistic(x) cancels for large x, logistic(-x) does not.
  static constexpr ref partials(ref a, ref result) { return multiply(result, apply<logistic_op>(-a)); }
};

/// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)).
struct softplus_op : elementwise_operation<1> {
  static constexpr std::string_view name = "softplus";
  static constexpr int flops = 45;
  template <class Value> static constexpr Value value(Value a) {
    return math::max(a, Value(0)) + math::log1p(math::exp(-math::abs(a)));
  }
  static constexpr ref partials(ref a, ref) { return apply<logistic_op>(a); }
};

/// e to the power of each element.
template <formula Value> [[nodiscard]] constexpr auto exp(Value x) { return call<elementwise<exp_op>>(x); }

/// The natural logarithm of each element.
template <formula Value> [[nodiscard]] constexpr auto log(Value x) { return call<elementwise<log_op>>(x); }

/// log(1 + x), accurate near 0.
template <formula Value> [[nodiscard]] constexpr auto log1p(Value x) {
  return call<elementwise<log1p_op>>(x);
}

/// exp(x) - 1, accurate near 0.
template <formula Value> [[nodiscard]] constexpr auto expm1(Value x) {
  return call<elementwise<expm1_op>>(x);
}

/// The hyperbolic tangent of each element.
template <formula Value> [[nodiscard]] constexpr auto tanh(Value x) { return call<elementwise<tanh_op>>(x); }

/// 1 / (1 + exp(-x)): the sigmoid.
template <formula Value> [[nodiscard]] constexpr auto logistic(Value x) {
  return call<elementwise<logistic_op>>(x);
}

/// log(1 + exp(x)).
template <formula Value> [[nodiscard]] constexpr auto softplus(Value x) {
  return call<elementwise<softplus_op>>(x);
}

constexpr ref expm1_op::partials(ref a, ref) { return exp(a); }

}  // namespace fusegrad
