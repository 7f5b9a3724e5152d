// SPDX-License-Identifier: BSL-1.0
// Trigonometric functions, their inverses, those of the hyperbolic functions, and what belongs to a point of
// the plane: its angle and its length.
#pragma once

#include "fusegrad/op/exponential.hpp"

namespace fusegrad {

struct sin_op : elementwise_operation<1> {
  static constexpr std::string_view name = "sin";
  static constexpr std::string_view latex_sign = "\\sin";
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::sin(a); }
  static constexpr ref partials(ref a, ref);
};

struct cos_op : elementwise_operation<1> {
  static constexpr std::string_view name = "cos";
  static constexpr std::string_view latex_sign = "\\cos";
  static constexpr int flops = 25;
  template <class Value> static constexpr Value value(Value a) { return math::cos(a); }
  static constexpr ref partials(ref a, ref) { return -apply<sin_op>(a); }
};

struct tan_op : elementwise_operation<1> {
  static constexpr std::string_view name = "tan";
  static constexpr std::string_view latex_sign = "\\tan";
  static constexpr int flops = 30;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return math::tan(a); }
  static constexpr ref partials(ref, ref result) { return 1 + square(result); }
};

/// The arcsine; NaN beyond 1. Its slope at the ends is infinite.
struct asin_op : elementwise_operation<1> {
  static constexpr std::string_view name = "asin";
  static constexpr std::string_view latex_sign = "\\arcsin";
  static constexpr int flops = 30;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return math::asin(a); }
  /// 1 - a * a cancels near 1, its factors do not.
  static constexpr ref partials(ref a, ref) { return 1 / sqrt(multiply(1 - a, 1 + a)); }
};

/// The arccosine; NaN beyond 1. Its slope at the ends is infinite.
struct acos_op : elementwise_operation<1> {
  static constexpr std::string_view name = "acos";
  static constexpr std::string_view latex_sign = "\\arccos";
  static constexpr int flops = 35;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return math::acos(a); }
  static constexpr ref partials(ref a, ref) { return -1 / sqrt(multiply(1 - a, 1 + a)); }
};

struct atan_op : elementwise_operation<1> {
  static constexpr std::string_view name = "atan";
  static constexpr std::string_view latex_sign = "\\arctan";
  static constexpr int flops = 30;
  template <class Value> static constexpr Value value(Value a) { return math::atan(a); }
  static constexpr ref partials(ref a, ref) { return 1 / (1 + square(a)); }
};

/// sqrt(a * a + b * b) without its overflow; gradient 0 at the origin.
struct hypot_op : elementwise_operation<2> {
  static constexpr std::string_view name = "hypot";
  static constexpr int flops = 15;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a, Value b) { return math::hypot(a, b); }
  static constexpr std::array<ref, 2> partials(ref a, ref b, ref result) {
    return {where(result == 0, 0, a / result), where(result == 0, 0, b / result)};
  }
};

/// The angle of the point (x, y); gradient 0 at the origin, where there is none.
struct atan2_op : elementwise_operation<2> {
  static constexpr std::string_view name = "atan2";
  static constexpr int flops = 40;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value y, Value x) { return math::atan2(y, x); }
  /// Divided by the length twice: its square overflows.
  static constexpr std::array<ref, 2> partials(ref y, ref x, ref) {
    const ref length = apply<hypot_op>(y, x);
    return {where(length == 0, 0, x / length / length), where(length == 0, 0, -(y / length / length))};
  }
};

struct asinh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "asinh";
  static constexpr int flops = 40;
  template <class Value> static constexpr Value value(Value a) { return math::asinh(a); }
  static constexpr ref partials(ref a, ref) { return 1 / apply<hypot_op>(a, constant_like(a, 1)); }
};

/// The inverse of cosh from 1 on, NaN below. Its slope at 1 is infinite.
struct acosh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "acosh";
  static constexpr int flops = 40;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return math::acosh(a); }
  /// The square of a overflows, the two roots do not.
  static constexpr ref partials(ref a, ref) { return 1 / multiply(sqrt(a - 1), sqrt(a + 1)); }
};

/// The inverse of tanh; infinite at 1, NaN beyond.
struct atanh_op : elementwise_operation<1> {
  static constexpr std::string_view name = "atanh";
  static constexpr int flops = 35;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return math::atanh(a); }
  static constexpr ref partials(ref a, ref) { return 1 / multiply(1 - a, 1 + a); }
};

constexpr ref sin_op::partials(ref a, ref) { return apply<cos_op>(a); }

/// The sine of each element, in radians.
template <formula Value> [[nodiscard]] constexpr auto sin(Value x) { return call<elementwise<sin_op>>(x); }

/// The cosine of each element, in radians.
template <formula Value> [[nodiscard]] constexpr auto cos(Value x) { return call<elementwise<cos_op>>(x); }

/// The tangent of each element, in radians.
template <formula Value> [[nodiscard]] constexpr auto tan(Value x) { return call<elementwise<tan_op>>(x); }

/// The angle, from -pi / 2 to pi / 2, whose sine is x; NaN beyond -1 and 1, where its slope is infinite.
template <formula Value> [[nodiscard]] constexpr auto asin(Value x) { return call<elementwise<asin_op>>(x); }

/// The angle, from 0 to pi, whose cosine is x; NaN beyond -1 and 1, where its slope is infinite.
template <formula Value> [[nodiscard]] constexpr auto acos(Value x) { return call<elementwise<acos_op>>(x); }

/// The angle, from -pi / 2 to pi / 2, whose tangent is x.
template <formula Value> [[nodiscard]] constexpr auto atan(Value x) { return call<elementwise<atan_op>>(x); }

/// The angle of the point (x, y), from -pi to pi, in the order of the C library: y comes first. The gradient
/// at the origin is 0.
template <class Y, class X>
requires formula_operands<Y, X>
[[nodiscard]] constexpr auto atan2(Y y, X x) { return call_operator<elementwise<atan2_op>>(y, x); }

/// The length of (a, b): sqrt(a * a + b * b) without overflow; gradient 0 at the origin.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto hypot(Left a, Right b) { return call_operator<elementwise<hypot_op>>(a, b); }

/// The inverse hyperbolic sine of each element.
template <formula Value> [[nodiscard]] constexpr auto asinh(Value x) {
  return call<elementwise<asinh_op>>(x);
}

/// The inverse hyperbolic cosine of each element, from 0 on; NaN below 1, where its slope is infinite.
template <formula Value> [[nodiscard]] constexpr auto acosh(Value x) {
  return call<elementwise<acosh_op>>(x);
}

/// The inverse hyperbolic tangent of each element; infinite at -1 and 1, NaN beyond.
template <formula Value> [[nodiscard]] constexpr auto atanh(Value x) {
  return call<elementwise<atanh_op>>(x);
}

}  // namespace fusegrad
