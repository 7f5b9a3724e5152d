// SPDX-License-Identifier: BSL-1.0
// Whole numbers, signs and limits: what is flat, or flat in parts.
#pragma once

#include "fusegrad/op/compare.hpp"

namespace fusegrad {

struct floor_op : elementwise_operation<1> {
  static constexpr std::string_view name = "floor";
  static constexpr bool no_derivative = true;
  template <class Value> static constexpr Value value(Value a) { return math::floor(a); }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\lfloor ") + operands[0].text + " \\rfloor", latex_binding::atom};
  }
};

struct ceil_op : elementwise_operation<1> {
  static constexpr std::string_view name = "ceil";
  static constexpr bool no_derivative = true;
  template <class Value> static constexpr Value value(Value a) { return math::ceil(a); }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\lceil ") + operands[0].text + " \\rceil", latex_binding::atom};
  }
};

struct round_op : elementwise_operation<1> {
  static constexpr std::string_view name = "round";
  static constexpr bool no_derivative = true;
  template <class Value> static constexpr Value value(Value a) { return math::round(a); }
};

struct sign_op : elementwise_operation<1> {
  static constexpr std::string_view name = "sign";
  static constexpr bool no_derivative = true;
  template <class Value> static constexpr Value value(Value a) {
    return math::choose(a > Value(0), Value(1), math::choose(a < Value(0), Value(-1), a));
  }
};

/// The size of one number with the sign of another; gradient 0 where the first is 0.
struct copysign_op : elementwise_operation<2> {
  static constexpr std::string_view name = "copysign";
  template <class Value> static constexpr Value value(Value a, Value b) { return math::copysign(a, b); }
  static constexpr std::array<ref, 2> partials(ref a, ref b, ref) {
    const ref same_or_other = multiply(apply<sign_op>(a), apply<copysign_op>(constant_like(b, 1), b));
    return {same_or_other, constant_like(b, 0)};
  }
};

/// The greatest whole number up to x; gradient 0.
template <formula Value> [[nodiscard]] constexpr auto floor(Value x) {
  return call<elementwise<floor_op>>(x);
}

/// The least whole number from x on; gradient 0.
template <formula Value> [[nodiscard]] constexpr auto ceil(Value x) { return call<elementwise<ceil_op>>(x); }

/// The nearest whole number, of two the even one, as in NumPy; gradient 0.
template <formula Value> [[nodiscard]] constexpr auto round(Value x) {
  return call<elementwise<round_op>>(x);
}

/// 1, 0 or -1, as x is greater than 0, 0, or less; NaN stays NaN; gradient 0.
template <formula Value> [[nodiscard]] constexpr auto sign(Value x) { return call<elementwise<sign_op>>(x); }

/// abs(a) with the sign of b, also that of zeros. No gradient by b; by a it is 1 or -1, and 0 where a is 0.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto copysign(Left a, Right b) {
  return call_operator<elementwise<copysign_op>>(a, b);
}

/// x, but no less than `low` and no more than `high`: min(max(x, low), high). At the limits x has the
/// gradient.
template <formula Value, class Low, class High>
requires(formula<Low> || number<Low>) && (formula<High> || number<High>)  //
    [[nodiscard]] constexpr auto clamp(Value x, Low low, High high) {
  return min(max(x, low), high);
}

/// The same with limits known to the C++ compiler: `clamp<-1, 1>(x)`.
template <auto Low, auto High, formula Value> [[nodiscard]] constexpr auto clamp(Value x) {
  static_assert(Low <= High, "clamp<low, high>(x): low must not be greater than high");
  return min(max(x, constant<Low>), constant<High>);
}

}  // namespace fusegrad
