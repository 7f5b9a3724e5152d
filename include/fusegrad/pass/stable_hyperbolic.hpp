// SPDX-License-Identifier: BSL-1.0
// Rules for hyperbolic functions and their inverses, as exponentials, logarithms and roots make them.
#pragma once

#include "fusegrad/op/trigonometric.hpp"
#include "fusegrad/pass/stable_functions.hpp"

namespace fusegrad::stability {

/// The constant factor of a product, and the other one.
struct factored {
  double constant = 1;
  ref rest;
};
[[nodiscard]] constexpr factored factor_out(ref value) {
  if (is<negate_op>(value)) {
    const factored inner = factor_out(value.operand(0));
    return {-inner.constant, inner.rest};
  }
  for (int i = 0; i < 2 && is<multiply_op>(value); ++i)
    if (is<constant_op>(value.operand(i))) return {value.operand(i)->payload.number, value.operand(1 - i)};
  return {1, value};
}

/// Whether one value is minus the other, also as 2 * x and -2 * x.
[[nodiscard]] constexpr bool are_opposites(ref a, ref b) {
  if (same(a, -b)) return true;
  const factored one = factor_out(a), other = factor_out(b);
  return one.constant == -other.constant && same(one.rest, other.rest);
}

/// Of two opposites the one that has no sign.
[[nodiscard]] constexpr ref without_sign(ref a, ref b) { return factor_out(a).constant < 0 ? b : a; }

/// (exp(x) + exp(-x)) / 2 and (exp(x) - exp(-x)) / 2: the latter cancels near 0.
constexpr ref find_hyperbolic(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref both = at.operand(i);
    if (!is_number(at.operand(1 - i), 0.5) || !(is<add_op>(both) || is<subtract_op>(both))) continue;
    const ref left = both.operand(0), right = both.operand(1);
    if (!is<exp_op>(left) || !is<exp_op>(right)) continue;
    const ref a = left.operand(0), b = right.operand(0);
    if (!are_opposites(a, b)) continue;
    const ref x = without_sign(a, b);
    if (is<add_op>(both)) return cosh(x);
    return same(a, x) ? sinh(x) : -sinh(x);
  }
  return no_match;
}

/// Half of a value, as a product by the half of its factor.
[[nodiscard]] constexpr ref half_of(ref value) {
  if (is<negate_op>(value)) return -half_of(value.operand(0));
  for (int i = 0; i < 2 && is<multiply_op>(value); ++i)
    if (is<constant_op>(value.operand(i)))
      return multiply(value.operand(1 - i), constant_like(value, value.operand(i)->payload.number / 2));
  return multiply(value, constant_like(value, 0.5));
}

/// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), and (exp(2 x) - 1) / (exp(2 x) + 1) with either sign.
constexpr ref find_tanh(ref at) {
  const ref above = at.operand(0), below = at.operand(1);
  if (is<subtract_op>(above) && is<add_op>(below)) {
    const ref p = above.operand(0), q = above.operand(1);
    const bool alike = (same(p, below.operand(0)) && same(q, below.operand(1))) ||
                       (same(p, below.operand(1)) && same(q, below.operand(0)));
    if (!alike || !is<exp_op>(p) || !is<exp_op>(q)) return no_match;
    const ref x = p.operand(0), opposite = q.operand(0);
    return are_opposites(x, opposite) ? tanh(x) : no_match;
  }
  const bool negated = is<negate_op>(above);
  const ref difference = negated ? above.operand(0) : above;
  const ref power = one_plus(below);
  if (!is<expm1_op>(difference) || !power.id || !is<exp_op>(power)) return no_match;
  if (!same(difference.operand(0), power.operand(0))) return no_match;
  const ref half = tanh(half_of(power.operand(0)));
  return negated ? -half : half;
}
constexpr ref sinh_by_cosh(ref at) {
  if (!is<sinh_op>(at.operand(0)) || !is<cosh_op>(at.operand(1))) return no_match;
  const ref x = at.operand(0).operand(0);
  return same(x, at.operand(1).operand(0)) ? tanh(x) : no_match;
}
constexpr ref log_of_cosh(ref at) {
  return is<cosh_op>(at.operand(0)) ? log_cosh(at.operand(0).operand(0)) : no_match;
}

/// log(1 - tanh(x)^2), by now log1p(-tanh(x)^2), which is log(1 / cosh(x)^2). Without the logarithm 1 - tanh(x)^2
/// stays as it is: it is the slope of tanh(x), and costs nothing beside it.
constexpr ref log_of_tanh_slope(ref at) {
  const ref square = at.operand(0).operand(0);
  if (!is<square_op>(square) || !is<tanh_op>(square.operand(0))) return no_match;
  return -(2 * log_cosh(square.operand(0).operand(0)));
}

/// Whether a value is sqrt(x * x + number), of which hypot(x, 1) is one.
[[nodiscard]] constexpr bool is_root_beside(double number, ref value, ref x) {
  const auto is_size_of_x = [&](ref other) { return same(other, x) || same(other, -x); };
  if (is<hypot_op>(value))
    return number == 1 && ((is_number(value.operand(1), 1) && is_size_of_x(value.operand(0))) ||
                           (is_number(value.operand(0), 1) && is_size_of_x(value.operand(1))));
  if (!is<sqrt_op>(value)) return false;
  const ref square = beside(number, value.operand(0));
  return square.id && is<square_op>(square) && is_size_of_x(square.operand(0));
}

/// log(x + sqrt(x * x + 1)) = asinh(x), and as a difference that of -x.
constexpr ref find_asinh(ref at) {
  const ref sum = at.operand(0), first = sum.operand(0), second = sum.operand(1);
  if (is_root_beside(1, first, second)) return is<add_op>(sum) ? asinh(second) : -asinh(second);
  return is<add_op>(sum) && is_root_beside(1, second, first) ? asinh(first) : no_match;
}

/// log(x + sqrt(x * x - 1)) = acosh(x), and log(x - sqrt(x * x - 1)) = -acosh(x), which cancels.
constexpr ref find_acosh(ref at) {
  const ref sum = at.operand(0), first = sum.operand(0), second = sum.operand(1);
  if (is_root_beside(-1, first, second)) return is<add_op>(sum) ? acosh(second) : acosh(-second);
  if (!is_root_beside(-1, second, first)) return no_match;
  return is<add_op>(sum) ? acosh(first) : -acosh(first);
}

/// log((1 + x) / (1 - x)) = 2 atanh(x), and its negative.
constexpr ref find_atanh(ref at) {
  const ref quotient = at.operand(0);
  const ref above = quotient.operand(0), below = quotient.operand(1);
  const ref x = one_plus(above), opposite = one_plus(below);
  if (x.id && one_minus(below).id && same(x, one_minus(below))) return 2 * atanh(x);
  if (opposite.id && one_minus(above).id && same(opposite, one_minus(above))) return -(2 * atanh(opposite));
  return no_match;
}

/// The same as a difference of logarithms, by now log1p(x) - log1p(-x).
constexpr ref find_atanh_in_difference(ref at) {
  const ref left = at.operand(0), right = at.operand(1);
  if (!is<log1p_op>(left) || !is<log1p_op>(right)) return no_match;
  const ref x = left.operand(0), other = right.operand(0);
  if (!same(x, -other)) return no_match;
  return is<negate_op>(x) ? -(2 * atanh(other)) : 2 * atanh(x);
}

}  // namespace fusegrad::stability
