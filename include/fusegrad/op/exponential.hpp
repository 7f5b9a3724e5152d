// SPDX-License-Identifier: BSL-1.0
// Exponentials, logarithms, hyperbolic functions and the sigmoid family, each accurate over its whole domain.
// The stable members (log1p, expm1, log_cosh, logistic, softplus) are what the naive formulas are rewritten
// to.
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

struct sinh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "sinh";
  static constexpr bool unbounded_partial = true;  // it overflows
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::sinh(a); }
  static constexpr ref partials(ref a, ref);
};

struct cosh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "cosh";
  static constexpr bool unbounded_partial = true;  // it overflows
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::cosh(a); }
  static constexpr ref partials(ref a, ref) { return apply<sinh_op>(a); }
};

struct tanh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "tanh";
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::tanh(a); }
  static constexpr ref partials(ref, ref result) { return 1 - square(result); }
};

/// tanh(x) beside log_cosh(x): for kernels -h / (1 + h) with the sign of x, h = (exp(-2 |x|) - 1) / 2, which
/// both need.
struct log_cosh_slope_op : tanh_op {
  static constexpr std::string_view name = "log_cosh_slope";
  static constexpr ref define(ref of);
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return {text("tanh(") + operands[0].text + ")", 9};
  }
};

/// cosh(x) - 1 up to |x| = 0.75, where it is what log_cosh is made of; beyond, it is of no use.
struct coshm1_op : elementwise_operation<1> {
  static constexpr std::string_view name = "coshm1";
  static constexpr int flops = 10;
  static constexpr double border = 0.75;
  template <class Value> static constexpr Value value(Value a) {
    constexpr auto terms = terms_for<math::epsilon_of<Value>() < 1e-10>();
    const Value square = a * a;
    Value sum = Value(math::element_type<Value>(terms.back()));
    for (std::size_t i = terms.size() - 1; i > 0; --i)
      sum = sum * square + Value(math::element_type<Value>(terms[i - 1]));
    return sum * square;
  }
  static constexpr ref partials(ref a, ref) { return apply<sinh_op>(a); }

 private:
  /// For float a minimax polynomial of the square, relative error 5e-10; else the series, 1e-20.
  template <bool Precise> static constexpr auto terms_for() {
    if constexpr (Precise) {
      std::array<long double, 10> series{};
      long double term = 1;
      for (std::size_t i = 0; i < series.size(); ++i)
        series[i] = term /= (long double)((2 * i + 1) * (2 * i + 2));
      return series;
    } else {
      return std::array{0.5, 0.0416666791, 0.00138877961, 2.51127494e-5};
    }
  }
};

/// log(cosh(x)), which neither overflows nor loses digits near 0, where it is x^2 / 2: log1p(cosh(x) - 1) up
/// to 0.75, |x| + log1p((exp(-2 |x|) - 1) / 2) from there.
struct log_cosh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log_cosh";
  static constexpr int flops = 60;
  template <class Value> static constexpr Value value(Value a) {
    const Value size = math::abs(a);
    const auto small = size < Value(coshm1_op::border);
    const Value rest = math::choose(small, coshm1_op::value(a), Value(0.5) * math::expm1(Value(-2) * size));
    return math::choose(small, Value(0), size) + math::log1p(rest);
  }
  static constexpr ref partials(ref a, ref) { return apply<log_cosh_slope_op>(a); }
  static constexpr ref define(ref of);
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

/// The hyperbolic sine of each element.
template <formula Value> [[nodiscard]] constexpr auto sinh(Value x) { return call<elementwise<sinh_op>>(x); }

/// The hyperbolic cosine of each element.
template <formula Value> [[nodiscard]] constexpr auto cosh(Value x) { return call<elementwise<cosh_op>>(x); }

/// log(cosh(x)): like x^2 / 2 near 0, like |x| far from it.
template <formula Value> [[nodiscard]] constexpr auto log_cosh(Value x) {
  return call<elementwise<log_cosh_op>>(x);
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
constexpr ref sinh_op::partials(ref a, ref) { return cosh(a); }

constexpr ref log_cosh_slope_op::define(ref of) {
  const ref x = of.operand(0);
  const ref half = 0.5 * expm1(-2 * abs(x));
  return where(x < 0, half, -half) / (1 + half);
}

constexpr ref log_cosh_op::define(ref of) {
  const ref x = of.operand(0);
  const ref size = abs(x);
  const ref small = size < coshm1_op::border;
  return where(small, 0, size) + log1p(where(small, apply<coshm1_op>(x), 0.5 * expm1(-2 * size)));
}

}  // namespace fusegrad
