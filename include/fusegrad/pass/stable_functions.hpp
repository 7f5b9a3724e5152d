// SPDX-License-Identifier: BSL-1.0
// Rules for functions of numbers: logarithms, powers, sigmoids, probabilities, roots. Each takes a node to
// the node that stands for it, or matches nothing.
#pragma once

#include "fusegrad/op/error_function.hpp"
#include "fusegrad/op/prod.hpp"
#include "fusegrad/op/rounding.hpp"
#include "fusegrad/op/trigonometric.hpp"
#include "fusegrad/pass/simplify.hpp"

#include <limits>
#include <numbers>

namespace fusegrad::stability {

/// The value behind a broadcast, or the value itself.
[[nodiscard]] constexpr ref narrow(ref value) { return is<broadcast_op>(value) ? value.operand(0) : value; }

/// What a function is called with, repeated as its result is.
[[nodiscard]] constexpr ref argument_of(ref result) {
  const ref argument = narrow(result).operand(0);
  return is<broadcast_op>(result) ? broadcast_over(argument, result.extents(), result->payload.axes)
                                  : argument;
}

/// What movements rename the elements of; the value itself where there are none.
[[nodiscard]] constexpr ref before_movements(ref value) {
  while (value->op->family == operation_family::movement) value = value.operand(0);
  return value;
}

/// What is positive for every number, and has a stable logarithm.
[[nodiscard]] constexpr bool is_power_or_probability(ref value) {
  return is<exp_op>(value) || is<logistic_op>(value) || is<normal_cdf_op>(value) || is<erfc_op>(value) ||
         is<cosh_op>(value);
}

/// Whether a value is made of powers and probabilities alone, by sums, products, quotients and choices: a
/// share of a sum, whose logarithm is made of theirs. It is positive; `or_zero` allows arms of choices that are 0.
/// Sums and products of many, which are built from the left, count as one level.
[[nodiscard]] constexpr bool is_share(ref value, bool or_zero = true, int deep = 6) {
  while (!is_power_or_probability(value) && !is<constant_op>(value)) {
    if (is<where_op>(value)) {
      const auto is_arm = [&](int i) {
        return (or_zero && is_number(value.operand(i), 0)) ||
               (deep > 0 && is_share(value.operand(i), or_zero, deep - 1));
      };
      return is_arm(1) && is_arm(2);
    }
    if (is<multiply_op>(value) || is<divide_op>(value) || is<add_op>(value)) {
      if (deep == 0 || !is_share(value.operand(1), or_zero, deep - 1)) return false;
    } else if (value->op->family != operation_family::movement && !is<sum_op>(value) && !is<prod_op>(value) &&
               !is<pick_op>(value) && !is<square_op>(value) && !is<pow_op>(value)) {
      return false;
    }
    value = value.operand(0);
  }
  return !is<constant_op>(value) || value->payload.number > 0;
}

/// Whether two values that are added are shares. A number is none: beside it the other may vanish.
[[nodiscard]] constexpr bool are_shares(ref a, ref b) {
  return !is<constant_op>(a) && !is<constant_op>(b) && is_share(a) && is_share(b);
}

/// Whether the elements of a sum are powers, or shares that products, quotients or choices make of them.
[[nodiscard]] constexpr bool are_shares_of_sum(ref elements) {
  if (is<exp_op>(elements)) return true;
  const bool is_made = is<multiply_op>(elements) || is<divide_op>(elements) || is<where_op>(elements) ||
                       is<square_op>(elements) || is<pow_op>(elements);
  return is_made && is_share(elements);
}

/// Whether no element can be negative, whatever the data: what a logarithm of it may rely on.
[[nodiscard]] constexpr bool is_never_negative(ref value) {
  constexpr int deep = 4;
  for (int depth = 0; depth < deep; ++depth) {
    if (is_share(value) || is<square_op>(value) || is<abs_op>(value)) return true;
    if (is<divide_op>(value) && is<exp_op>(value.operand(0))) {
      value = value.operand(1);
    } else if (value->op->family == operation_family::movement || is<sum_op>(value) || is<prod_op>(value) ||
               is<pick_op>(value)) {
      value = value.operand(0);
    } else {
      return is_number(value, 0);
    }
  }
  return false;
}

/// Whether the logarithm of a value is a simpler formula than the value.
[[nodiscard]] constexpr bool has_stable_log(ref value) {
  if (is<sum_op>(value)) return are_shares_of_sum(value.operand(0));
  if (is<add_op>(value)) return are_shares(value.operand(0), value.operand(1));
  if (is<divide_op>(value)) return is<exp_op>(value.operand(0)) || is<exp_op>(value.operand(1));
  return is_power_or_probability(value) || is<prod_op>(value);
}

/// Whether a factor has a logarithm apart from that of what it is multiplied with or divided by: a stable one, and
/// none of 0 where the other may be negative, since a 0 hides that.
[[nodiscard]] constexpr bool stands_apart(ref factor, ref other) {
  if (!has_stable_log(narrow(factor)) || !is_never_negative(factor)) return false;
  return is_share(factor, false) || is_never_negative(other);
}

/// log(exp(a) / b) = a - log(b), log(a / exp(b)) = log(a) - b, and log(p / b) = log(p) - log(b) for any p that
/// is never negative and has a stable logarithm.
constexpr ref log_of_quotient(ref at) {
  const ref quotient = at.operand(0);
  if (!is<divide_op>(quotient)) return no_match;
  const ref above = quotient.operand(0), below = quotient.operand(1);
  if (is<exp_op>(above)) return above.operand(0) - log(below);
  if (is<exp_op>(below)) return log(above) - below.operand(0);
  if (!stands_apart(above, below)) return no_match;
  const ref one = log(above);
  return one - log(below);
}
constexpr ref log_of_reciprocal(ref at) {
  const ref quotient = at.operand(0);
  return is<divide_op>(quotient) && is_number(quotient.operand(0), 1) ? -log(quotient.operand(1)) : no_match;
}

/// log(exp(a) * b) = a + log(b), and as much for any factor that is never negative and has a stable
/// logarithm.
constexpr ref log_of_product(ref at) {
  const ref product = at.operand(0);
  for (int i = 0; i < 2; ++i) {
    const ref factor = product.operand(i), other = product.operand(1 - i);
    if (!stands_apart(factor, other)) continue;
    const ref one = log(factor);
    return one + log(other);
  }
  return no_match;
}

/// log(p^n) = n log(p) of a p that is never negative and has a stable logarithm.
constexpr ref log_of_power(ref at) {
  const ref power = at.operand(0), base = power.operand(0);
  if (!has_stable_log(narrow(base)) || !is_never_negative(base)) return no_match;
  return multiply(constant_like(at, is<square_op>(power) ? 2 : power->payload.number), log(base));
}

/// log(prod(p)) = sum(log(p)): a product of many probabilities is too small for a number where its logarithm
/// is none. Where factors may be negative, the logarithm of their signs' product says whether there is a
/// logarithm.
constexpr ref log_of_prod(ref at) {
  const ref factors = at.operand(0).operand(0);
  const axis_set axes = at.operand(0)->payload.axes;
  const ref origin = before_movements(factors);
  if (is<sign_op>(origin) || is<constant_op>(origin)) return no_match;  // what is left of them
  if (is_never_negative(factors)) return sum_over(log(factors), axes);
  const ref sizes = sum_over(log(abs(factors)), axes);
  return sizes + log(reduce<prod_op>(sign(factors), axes));
}

/// Whether a function of a value has another form than the one that is written: the rules are asked.
template <class Op> [[nodiscard]] constexpr bool has_other_form(ref value) {
  const ref found = before_movements(call<elementwise<Op>>(value));
  return !is<Op>(found) || !same(before_movements(found.operand(0)), before_movements(value));
}

/// The logarithm of an arm of a choice, which often is a 0 or 1 for what does not count.
[[nodiscard]] constexpr ref log_of_arm(ref arm) {
  if (is_number(arm, 1)) return constant_like(arm, 0);
  return is_number(arm, 0) ? constant_like(arm, -std::numeric_limits<double>::infinity()) : log(arm);
}

/// A function of what a choice takes, by `of_arm`, where that helps one of the two.
template <class Op, class OfArm> constexpr ref of_choice(ref condition, ref a, ref b, OfArm of_arm) {
  if (!has_other_form<Op>(a) && !has_other_form<Op>(b)) return no_match;
  const ref first = of_arm(a);
  return where(condition, first, of_arm(b));
}

/// log(where(c, a, b)) = where(c, log(a), log(b)), where that helps one of the two: else it would only be a
/// logarithm more. The arm that is not taken may be 0 or negative, since nothing of it reaches value or
/// gradient.
constexpr ref log_of_choice(ref at) {
  const ref choice = at.operand(0);
  return of_choice<log_op>(choice.operand(0), choice.operand(1), choice.operand(2), log_of_arm);
}

/// log1p(where(c, a, b)) = where(c, log1p(a), log1p(b)), and as much of a negated choice, where that helps one of
/// the two.
constexpr ref log1p_of_choice(ref at) {
  const bool negated = is<negate_op>(at.operand(0));
  const ref choice = negated ? at.operand(0).operand(0) : at.operand(0);
  if (!is<where_op>(choice)) return no_match;
  const ref condition = choice.operand(0), left = choice.operand(1), right = choice.operand(2);
  const ref a = negated ? -left : left;
  const ref b = negated ? -right : right;
  return of_choice<log1p_op>(condition, a, b, [](ref arm) { return is_number(arm, 0) ? arm : log1p(arm); });
}

/// The operand beside a number that is added.
[[nodiscard]] constexpr ref beside(double number, ref value) {
  if (is<subtract_op>(value)) return is_number(value.operand(1), -number) ? value.operand(0) : no_match;
  if (!is<add_op>(value)) return no_match;
  if (is_number(value.operand(0), number)) return value.operand(1);
  return is_number(value.operand(1), number) ? value.operand(0) : no_match;
}
[[nodiscard]] constexpr ref one_plus(ref value) { return beside(1, value); }

/// What is taken from a 1.
[[nodiscard]] constexpr ref one_minus(ref value) {
  return is<subtract_op>(value) && is_number(value.operand(0), 1) ? value.operand(1) : no_match;
}

constexpr ref log_of_one_plus(ref at) {
  const ref rest = one_plus(at.operand(0));
  return rest.id ? log1p(rest) : no_match;
}
constexpr ref log_of_one_minus(ref at) {
  const ref rest = one_minus(at.operand(0));
  return rest.id ? log1p(-rest) : no_match;
}

/// log1p(exp(x)) = softplus(x), and log1p(sum(exp(z))) = softplus(logsumexp(z)).
constexpr ref find_softplus(ref at) {
  const ref power = at.operand(0);
  if (is<exp_op>(power)) return softplus(power.operand(0));
  return (is<sum_op>(power) || is<add_op>(power)) && has_stable_log(power) ? softplus(log(power)) : no_match;
}
constexpr ref find_expm1(ref at) {
  const ref a = at.operand(0), b = at.operand(1);
  if (is<exp_op>(a) && is_number(b, 1)) return expm1(a.operand(0));
  return is<exp_op>(b) && is_number(a, 1) ? -expm1(b.operand(0)) : no_match;
}
constexpr ref find_expm1_in_sum(ref at) {
  for (int i = 0; i < 2; ++i)
    if (is<exp_op>(at.operand(i)) && is_number(at.operand(1 - i), -1)) return expm1(at.operand(i).operand(0));
  return no_match;
}

/// log(exp(x) - 1), by now log(expm1(x)): the inverse of softplus.
constexpr ref log_of_expm1(ref at) {
  const ref x = at.operand(0).operand(0);
  return x + log1mexp(-x);
}

/// log(exp(a) - exp(b)).
constexpr ref find_logsubexp(ref at) {
  const ref a = at.operand(0).operand(0), b = at.operand(0).operand(1);
  return is<exp_op>(a) && is<exp_op>(b) ? logsubexp(a.operand(0), b.operand(0)) : no_match;
}

/// log(logistic(a) - logistic(b)), the logarithm of the probability of an interval: the difference is
/// logistic(a) logistic(-b) (1 - exp(b - a)). Equal infinities have no distance.
constexpr ref log_of_interval(ref at) {
  const ref upper = at.operand(0).operand(0), lower = at.operand(0).operand(1);
  if (!is<logistic_op>(narrow(upper)) || !is<logistic_op>(narrow(lower))) return no_match;
  const ref a = argument_of(upper), b = argument_of(lower);
  const ref width = log1mexp(elementwise<shift_op>{}(b, a));
  return width - softplus(-a) - softplus(b);
}

/// exp(a) / (exp(a) + exp(b)) = logistic(a - b).
constexpr ref logistic_of_difference(ref at) {
  const ref total = at.operand(1);
  for (int i = 0; i < 2 && is<add_op>(total); ++i) {
    const ref own = total.operand(i), other = total.operand(1 - i);
    if (is<exp_op>(narrow(own)) && is<exp_op>(narrow(other)) && same(own, at.operand(0))) {
      const ref a = argument_of(own);
      return logistic(a - argument_of(other));
    }
  }
  return no_match;
}

/// 1 / (1 + exp(-x)) and exp(x) / (1 + exp(x)).
constexpr ref find_logistic(ref at) {
  const ref rest = one_plus(at.operand(1));
  if (!rest.id || !is<exp_op>(rest)) return no_match;
  if (is_number(at.operand(0), 1)) return logistic(-rest.operand(0));
  if (same(at.operand(0), rest)) return logistic(rest.operand(0));
  return no_match;
}
constexpr ref one_minus_logistic(ref at) {
  if (!is_number(at.operand(0), 1) || !is<logistic_op>(at.operand(1))) return no_match;
  return logistic(-at.operand(1).operand(0));
}
constexpr ref log_of_logistic(ref at) {
  return is<logistic_op>(at.operand(0)) ? -softplus(-at.operand(0).operand(0)) : no_match;
}
constexpr ref log_of_exp(ref at) { return is<exp_op>(at.operand(0)) ? at.operand(0).operand(0) : no_match; }

constexpr ref root_of_square(ref at) {
  return is<square_op>(at.operand(0)) ? abs(at.operand(0).operand(0)) : no_match;
}

/// sqrt(a * a + b * b): the squares overflow, and vanish, where their root does not.
constexpr ref find_hypot(ref at) {
  const ref a = at.operand(0).operand(0), b = at.operand(0).operand(1);
  return is<square_op>(a) && is<square_op>(b) ? hypot(a.operand(0), b.operand(0)) : no_match;
}

/// sqrt(s)^2 of a sum of squares, which has no kink at 0.
constexpr ref square_of_norm(ref at) {
  const ref squares = at.operand(0).operand(0);
  if (is<square_op>(squares)) return squares;
  return is<sum_op>(squares) && is<square_op>(squares.operand(0)) ? squares : no_match;
}

/// What a value is the mean of, over which axes, if it is one.
struct mean_of {
  ref elements;
  axis_set axes = 0;
};

[[nodiscard]] constexpr mean_of mean_in(ref value) {
  const bool divides = is<divide_op>(value);
  if (!divides && !is<multiply_op>(value)) return {};
  for (int i = 0; i < (divides ? 1 : 2); ++i) {
    const ref total = value.operand(i);
    if (!is<sum_op>(total) || !is<constant_op>(value.operand(1 - i))) continue;
    const int count = elements_along(total.operand(0).extents(), total->payload.axes);
    if (is_number(value.operand(1 - i), divides ? count : 1.0 / count))
      return {total.operand(0), total->payload.axes};
  }
  return {};
}

/// mean(v * v) - mean(v)^2 over the rows: a sweep for the mean, another one for the squares.
constexpr ref find_variance_over_rows(ref squares, ref mean) {
  if (!is<row_mean_op>(squares) || !is<row_mean_op>(mean) || !is<square_op>(squares.operand(0)))
    return no_match;
  const ref v = mean.operand(0);
  return same(squares.operand(0).operand(0), v) ? row_mean(square(v - mean)) : no_match;
}

/// mean(v * v) - mean(v)^2 = mean((v - mean(v))^2), in two passes; never negative.
constexpr ref find_variance(ref at) {
  const ref middle = at.operand(1);
  if (!is<square_op>(middle)) return no_match;
  const ref over_rows = find_variance_over_rows(at.operand(0), middle.operand(0));
  if (over_rows.id) return over_rows;
  const mean_of squares = mean_in(at.operand(0)), elements = mean_in(middle.operand(0));
  if (!squares.elements.id || !elements.elements.id || squares.axes != elements.axes) return no_match;
  if (!is<square_op>(squares.elements)) return no_match;
  const ref v = elements.elements;
  if (!same(squares.elements.operand(0), v)) return no_match;
  const ref centred = v - broadcast_over(middle.operand(0), v.extents(), elements.axes);
  return sum_over(square(centred), elements.axes) / elements_along(v.extents(), elements.axes);
}

/// log(1 - exp(x)), by now log1p(-exp(x)), and log(-expm1(x)).
constexpr ref log1p_of_negated_exp(ref at) {
  const ref power = at.operand(0).operand(0);
  return is<exp_op>(power) ? log1mexp(power.operand(0)) : no_match;
}
constexpr ref log_of_negated_expm1(ref at) {
  const ref power = at.operand(0).operand(0);
  return is<expm1_op>(power) ? log1mexp(power.operand(0)) : no_match;
}

/// log(exp(a) + exp(b)), and as much for any two shares: they overflow or vanish where their logarithm does
/// not.
constexpr ref find_logaddexp(ref at) {
  const ref a = at.operand(0).operand(0), b = at.operand(0).operand(1);
  if (!are_shares(a, b)) return no_match;
  const ref one = log(a);
  return logaddexp(one, log(b));
}

/// 1 - erf(x), 1 - erfc(x), 1 - normal_cdf(x): each has a partner that does not cancel.
constexpr ref complement_of_probability(ref at) {
  if (!is_number(at.operand(0), 1)) return no_match;
  const ref taken = at.operand(1);
  const ref x = taken.operand(0);
  if (is<erf_op>(taken)) return erfc(x);
  return is<erfc_op>(taken) ? erf(x) : normal_cdf(-x);
}
constexpr ref one_plus_erf(ref at) {
  const ref rest = one_plus(at);
  return rest.id && is<erf_op>(rest) ? erfc(-rest.operand(0)) : no_match;
}
constexpr ref log_of_normal_cdf(ref at) { return log_normal_cdf(at.operand(0).operand(0)); }

constexpr ref log_of_erfc(ref at) { return log_erfc(at.operand(0).operand(0)); }

/// Half of erfc(x) is the probability that a standard normal number is less than -sqrt(2) x.
constexpr ref log_of_half_erfc(ref at) {
  const ref product = at.operand(0);
  for (int i = 0; i < 2; ++i)
    if (is_number(product.operand(i), 0.5) && is<erfc_op>(product.operand(1 - i)))
      return log_normal_cdf(-std::numbers::sqrt2 * product.operand(1 - i).operand(0));
  return no_match;
}

}  // namespace fusegrad::stability
