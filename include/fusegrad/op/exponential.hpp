// SPDX-License-Identifier: BSL-1.0
// Exponentials, logarithms, hyperbolic functions and the sigmoid family, each accurate over its whole domain.
// The stable members (log1p, expm1, log_cosh, logistic, softplus) are what the naive formulas are rewritten
// to.
#pragma once

#include "fusegrad/op/rounding.hpp"

#include <limits>
#include <numbers>

namespace fusegrad {

struct exp_op : elementwise_operation<1> {
  static constexpr std::string_view name = "exp";
  static constexpr std::string_view latex_sign = "\\exp";
  static constexpr bool unbounded_partial = true;  // it overflows
  static constexpr int flops = 20;
  template <class Value> static constexpr Value value(Value a) { return math::exp(a); }
  static constexpr ref partials(ref, ref result) { return result; }
};

struct log_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log";
  static constexpr std::string_view latex_sign = "\\log";
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
  static constexpr std::string_view latex_sign = "\\sinh";
  static constexpr bool unbounded_partial = true;  // it overflows
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::sinh(a); }
  static constexpr ref partials(ref a, ref);
};

struct cosh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "cosh";
  static constexpr std::string_view latex_sign = "\\cosh";
  static constexpr bool unbounded_partial = true;  // it overflows
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::cosh(a); }
  static constexpr ref partials(ref a, ref) { return apply<sinh_op>(a); }
};

struct tanh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "tanh";
  static constexpr std::string_view latex_sign = "\\tanh";
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::tanh(a); }
  static constexpr ref partials(ref, ref result) { return 1 - square(result); }
};

/// tanh(x) beside log_cosh(x): for kernels |h| / (1 + h) with the sign of x, h = (exp(-2 |x|) - 1) / 2, which
/// both need.
struct log_cosh_slope_op : tanh_op {
  static constexpr std::string_view name = "log_cosh_slope";
  static constexpr ref define(ref of);
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return {text("tanh(") + operands[0].text + ")", 9};
  }
};

/// A power whose exponent is a formula; NaN for a negative base with an exponent that is no whole number.
/// Where the base is not positive, the gradient by the exponent is 0; where the exponent is 0, so is that by
/// the base.
struct power_op : elementwise_operation<2> {
  static constexpr std::string_view name = "power";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 60;
  template <class Value> static constexpr Value value(Value a, Value b) { return math::pow(a, b); }
  static constexpr std::array<ref, 2> partials(ref a, ref b, ref result) {
    const ref by_base = where(b == 0, 0, multiply(b, apply<power_op>(a, b - 1)));
    return {by_base, where(a > 0, multiply(result, apply<log_op>(a)), 0)};
  }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return {text("pow(") + operands[0].text + ", " + operands[1].text + ")", 9};
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_power(operands[0], operands[1].text);
  }
};

struct exp2_op : elementwise_operation<1> {
  static constexpr std::string_view name = "exp2";
  static constexpr bool unbounded_partial = true;  // it overflows
  static constexpr int flops = 20;
  template <class Value> static constexpr Value value(Value a) { return math::exp2(a); }
  static constexpr ref partials(ref, ref result) { return std::numbers::ln2 * result; }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_power({"2"}, operands[0].text);
  }
};

struct log2_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log2";
  static constexpr std::string_view latex_sign = "\\log_{2}";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::log2(a); }
  static constexpr ref partials(ref a, ref) { return std::numbers::log2e / a; }
};

struct log10_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log10";
  static constexpr std::string_view latex_sign = "\\log_{10}";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::log10(a); }
  static constexpr ref partials(ref a, ref) { return std::numbers::log10e / a; }
};

/// The cube root; its gradient at 0 is 0, as that of the square root.
struct cbrt_op : elementwise_operation<1> {
  static constexpr std::string_view name = "cbrt";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 40;
  template <class Value> static constexpr Value value(Value a) { return math::cbrt(a); }
  static constexpr ref partials(ref a, ref result) {
    return where(a == 0, 0, constant_like(a, 1.0 / 3) / square(result));
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\sqrt[3]{") + operands[0].text + "}", latex_binding::atom};
  }
};

/// log(1 - exp(x)) for negative x: log(-expm1(x)) where 1 - exp(x) is less than a half, log1p(-exp(x))
/// elsewhere.
struct log1mexp_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log1mexp";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 70;
  template <class Value> static constexpr Value value(Value a) {
    const auto near = a > math::number<Value>(-std::numbers::ln2_v<long double>);
    const Value missing = -math::expm1(math::choose(near, a, Value(-1)));
    return math::choose(near, math::log(missing), math::log1p(-math::exp(a)));
  }
  /// At a zero of either sign the slope of the domain's side, which is minus infinity.
  static constexpr ref partials(ref a, ref) { return -1 / apply<expm1_op>(apply<abs_op>(a)); }
};

/// log(exp(a) + exp(b)) = max(a, b) + log1p(exp(-|a - b|)).
struct logaddexp_op : elementwise_operation<2> {
  static constexpr std::string_view name = "logaddexp";
  static constexpr int flops = 48;
  /// Equal infinities have no difference.
  template <class Value> static constexpr Value value(Value a, Value b) {
    const Value distance = math::choose(a == b, Value(0), math::abs(a - b));
    return math::max(a, b) + math::log1p(math::exp(-distance));
  }
  static constexpr ref along(int operand, const ref* operands, ref, ref direction);
};

/// log(p / (1 - p)): near 1/2 log1p((2 p - 1) / (1 - p)), where the quotient would lose what is beside 1.
struct logit_op : elementwise_operation<1> {
  static constexpr std::string_view name = "logit";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 50;
  template <class Value> static constexpr Value value(Value a) {
    const Value rest = Value(1) - a;
    const auto middle = (a > Value(0.25)) && (a < Value(0.75));
    const Value beside = math::choose(middle, a + a - Value(1), Value(0));
    return math::choose(middle, math::log1p(beside / rest), math::log(a / rest));
  }
  static constexpr ref partials(ref a, ref) { return 1 / multiply(a, 1 - a); }
};

/// a * log(b), 0 where a is 0; at a = b = 0 the gradient is 0, so that an entropy is safe.
struct xlogy_op : elementwise_operation<2> {
  static constexpr std::string_view name = "xlogy";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 22;
  template <class Value> static constexpr Value value(Value a, Value b) {
    const auto absent = (a == Value(0)) && (b == b);
    return math::choose(absent, Value(0), a * math::log(math::choose(absent, Value(1), b)));
  }
  static constexpr std::array<ref, 2> partials(ref a, ref b, ref) {
    return {where(a == 0 && b == 0, 0, apply<log_op>(b)), where(a == 0, 0, a / b)};
  }
};

/// cosh(x) - 1 up to |x| = 0.75, where it is what log_cosh is made of; beyond, it is of no use.
struct coshm1_op : elementwise_operation<1> {
  static constexpr std::string_view name = "coshm1";
  static constexpr int flops = 10;
  static constexpr double border = 0.75;
  template <class Value> [[gnu::always_inline]] static constexpr Value value(Value a) {
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

/// exp(-|x|) cosh(x) - 1 = (exp(-2 |x|) - 1) / 2, what log_cosh and its slope are made of.
struct scaled_coshm1_op : elementwise_operation<1> {
  static constexpr std::string_view name = "scaled_coshm1";
  static constexpr int flops = 20;
  template <class Value> [[gnu::always_inline]] static constexpr Value value(Value a) {
    return math::scaled_coshm1(a);
  }
  static constexpr ref partials(ref a, ref result);
};

/// log(cosh(x)), which neither overflows nor loses digits near 0, where it is x^2 / 2: log1p(cosh(x) - 1) up
/// to 0.75, |x| + log1p((exp(-2 |x|) - 1) / 2) from there.
struct log_cosh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log_cosh";
  static constexpr int flops = 60;
  template <class Value> static constexpr Value value(Value a) {
    const Value size = math::abs(a);
    const auto small = size < Value(coshm1_op::border);
    const Value rest = math::choose(small, coshm1_op::value(a), math::scaled_coshm1(a));
    return math::choose(small, Value(0), size) + math::log1p(rest);
  }
  static constexpr ref partials(ref a, ref) { return apply<log_cosh_slope_op>(a); }
  static constexpr ref define(ref of);
};

/// 1 / (1 + exp(-x)), from exp(-|x|) on both sides: never overflows, and keeps its relative accuracy for
/// large negative x.
struct logistic_op : elementwise_operation<1> {
  static constexpr std::string_view name = "logistic";
  static constexpr std::string_view latex_sign = "\\sigma";
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

/// x to an exponent that is a formula itself: `pow(x, p)`, `pow(constant<2>, p)`. NaN where x is negative and
/// the exponent no whole number. The gradient by the exponent is 0 where x is not positive, so that x = 0 is
/// safe; that by x is infinite at x = 0 for exponents below 1, as it is.
template <class Base, formula Exponent>
requires formula_operands<Base, Exponent>
[[nodiscard]] constexpr auto pow(Base x, Exponent exponent) {
  if constexpr (is_literal<Exponent>)
    return pow<Exponent::value>(x);
  else
    return call_operator<elementwise<power_op>>(x, exponent);
}

/// 2 to the power of each element.
template <formula Value> [[nodiscard]] constexpr auto exp2(Value x) { return call<elementwise<exp2_op>>(x); }

/// The logarithm of each element to the base 2.
template <formula Value> [[nodiscard]] constexpr auto log2(Value x) { return call<elementwise<log2_op>>(x); }

/// The logarithm of each element to the base 10.
template <formula Value> [[nodiscard]] constexpr auto log10(Value x) {
  return call<elementwise<log10_op>>(x);
}

/// The cube root of each element, of negative numbers too; gradient 0 at 0.
template <formula Value> [[nodiscard]] constexpr auto cbrt(Value x) { return call<elementwise<cbrt_op>>(x); }

/// log(1 - exp(x)) for negative x; -infinity at 0, NaN beyond.
/// Source: Maechler 2012, "Accurately computing log(1 - exp(-|a|))".
template <formula Value> [[nodiscard]] constexpr auto log1mexp(Value x) {
  return call<elementwise<log1mexp_op>>(x);
}

/// log(exp(a) + exp(b)), element by element, without overflow.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto logaddexp(Left a, Right b) {
  return call_operator<elementwise<logaddexp_op>>(a, b);
}

/// log(x / (1 - x)), the inverse of `logistic`; infinite at 0 and 1, NaN beyond.
template <formula Value> [[nodiscard]] constexpr auto logit(Value x) {
  return call<elementwise<logit_op>>(x);
}

/// x * log(y), element by element, 0 where x is 0, also for infinite logarithms. At x = y = 0 the gradient is
/// 0, so that an entropy -sum(xlogy(p, p)) is safe.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto xlogy(Left x, Right y) { return call_operator<elementwise<xlogy_op>>(x, y); }

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

/// The same under the name that neural networks give it.
template <formula Value> [[nodiscard]] constexpr auto sigmoid(Value x) { return logistic(x); }

/// log(1 + exp(x)).
template <formula Value> [[nodiscard]] constexpr auto softplus(Value x) {
  return call<elementwise<softplus_op>>(x);
}

constexpr ref expm1_op::partials(ref a, ref) { return exp(a); }
constexpr ref sinh_op::partials(ref a, ref) { return cosh(a); }

/// The share of each is a logistic of the difference; where two equal infinities have none, a half. What counts
/// nothing beside the other gets an absolute 0: its own slope may be infinite.
constexpr ref logaddexp_op::along(int operand, const ref* operands, ref, ref direction) {
  const ref difference = operands[0] - operands[1];
  const ref known = where(difference == difference, difference, 0);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const ref none = constant_like(difference, operand == 0 ? -infinity : infinity);
  const ref share = logistic(operand == 0 ? known : -known);
  return scale_by_weights(direction, where(difference == none, 0, share), false);
}

constexpr ref scaled_coshm1_op::partials(ref a, ref result) {
  const ref decay = 1 + 2 * result;  // exp(-2 |a|)
  return where(a < 0, decay, -decay);
}

constexpr ref log_cosh_slope_op::define(ref of) {
  const ref x = of.operand(0);
  const ref half = apply<scaled_coshm1_op>(x);
  return apply<copysign_op>(half, x) / (1 + half);
}

constexpr ref log_cosh_op::define(ref of) {
  const ref x = of.operand(0);
  const ref size = abs(x);
  const ref small = size < coshm1_op::border;
  return where(small, 0, size) + log1p(where(small, apply<coshm1_op>(x), apply<scaled_coshm1_op>(x)));
}

}  // namespace fusegrad
