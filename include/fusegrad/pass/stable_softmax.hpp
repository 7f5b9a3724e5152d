// SPDX-License-Identifier: BSL-1.0
// Rules for softmax, its logarithm and logsumexp, however they are spelled: the greatest logit is taken off
// first.
// Source: Blanchard, Higham, Higham 2021, "Accurately computing the log-sum-exp and softmax functions".
#pragma once

#include "fusegrad/pass/stable_functions.hpp"

namespace fusegrad::stability {

/// What is left of z in a value: all of it, or the elements that labels pick.
struct part_of {
  bool found = false;
  ref label;

  /// The same part of another vector.
  [[nodiscard]] constexpr ref take(ref vector) const { return label.id ? pick(vector, label) : vector; }
};

/// The labels by which a formula of elementwise operations picks what it is made of; none if it does not.
[[nodiscard]] constexpr ref labels_in(ref value) {
  constexpr int deep = 8;
  for (int depth = 0; depth < deep; ++depth) {
    if (is<pick_op>(value)) return value.operand(1);
    if (value->op->family != operation_family::elementwise) return {};
    int next = 0;
    while (next + 1 < value->arity && value.operand(next)->op->family != operation_family::elementwise &&
           !is<pick_op>(value.operand(next)))
      ++next;
    value = value.operand(next);
  }
  return {};
}

/// Whether `value` is z or z[y], by comparing it with the normal form of z[y] for each label of the graph,
/// and for a part of labels that it picks by.
[[nodiscard]] constexpr part_of find_part(ref value, ref z) {
  if (same(value, z)) return {true, {}};
  if (z.rank() == 0) return {};
  const auto is_part = [&](int classes, ref label) {
    return classes == z.extents().back() && can_pick(label.extents(), z.extents()) &&
           same(value, pick(z, label));
  };
  for (std::size_t i = 0; i < z.in->symbols().size(); ++i) {
    const symbol each = z.in->symbols()[i];
    if (each.role != symbol_role::label) continue;
    const ref label = symbol_in(*z.in, each);
    if (is_part(each.classes, label)) return {true, label};
  }
  const ref part = labels_in(value);
  if (part.id && part->op->family == operation_family::movement && is_part(classes_of(*part.in, *part), part))
    return {true, part};
  return {};
}

/// The values behind a shift by their own maximum, which the user may have written by hand: softmax does not
/// feel it, so that it needs no gradient.
[[nodiscard]] constexpr ref unshifted(ref v, axis_set axes) {
  if (!(is<subtract_op>(v) || is<shift_op>(v)) || !is<broadcast_op>(v.operand(1))) return v;
  if (v.operand(1)->payload.axes != axes) return v;
  const ref shift = v.operand(1).operand(0);
  const ref most = is<stop_gradient_op>(shift) ? shift.operand(0) : shift;
  const bool own =
      is<reduce_max_op>(most) && most->payload.axes == axes && same(most.operand(0), v.operand(0));
  return own ? v.operand(0) : v;
}

/// `narrow` repeated as `wide` repeats its own operand, if it does.
[[nodiscard]] constexpr ref widen_like(ref narrow, ref wide) {
  return is<broadcast_op>(wide) ? broadcast_over(narrow, wide.extents(), wide->payload.axes) : narrow;
}

/// exp(z) / sum(exp(z)), or the picked element of it: exp of the shifted z cannot overflow.
constexpr ref shift_softmax(ref at) {
  const ref total = narrow(at.operand(1));
  if (!is<exp_op>(at.operand(0)) || !is<sum_op>(total) || !is<exp_op>(total.operand(0))) return no_match;
  const ref z = total.operand(0).operand(0);
  const ref logits = at.operand(0).operand(0);
  const axis_set axes = total->payload.axes;
  const part_of part = find_part(logits, z);
  if (!part.found || is_shifted_by_max(z, axes)) return no_match;
  const ref d = shifted_by_max(unshifted(z, axes), axes);
  return exp(part.take(d)) / widen_like(sum_over(exp(d), axes), at.operand(1));
}

/// exp(a) * (1 / sum(exp(z))): the quotient is what the other rules look for.
constexpr ref find_quotient(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref inverse = narrow(at.operand(i));
    if (!is<exp_op>(at.operand(1 - i)) || !is<divide_op>(inverse) || !is_number(inverse.operand(0), 1))
      continue;
    const ref total = inverse.operand(1);
    if (is<sum_op>(total) && is<exp_op>(total.operand(0)))
      return at.operand(1 - i) / widen_like(total, at.operand(i));
  }
  return no_match;
}

/// log(sum(exp(z))) = logsumexp(z), and log(sum(p)) = logsumexp(log(p)) of shares p.
constexpr ref find_logsumexp(ref at) {
  const ref total = at.operand(0);
  if (!is<sum_op>(total)) return no_match;
  const ref elements = total.operand(0);
  const axis_set axes = total->payload.axes;
  if (!are_shares_of_sum(elements)) return no_match;
  return reduce<logsumexp_op>(is<exp_op>(elements) ? elements.operand(0) : log(elements), axes);
}

/// log(dot(p, q)) = logsumexp(log(p) + log(q)) of shares p and q: a mixture.
constexpr ref log_of_mixture(ref at) {
  const ref product = at.operand(0), p = product.operand(0), q = product.operand(1);
  if (product.rank() != 0 || !(product->payload.letters[0] == product->payload.letters[1])) return no_match;
  if (!are_shares(p, q)) return no_match;
  const ref logs = log(p) + log(q);
  return reduce<logsumexp_op>(logs, all_axes(logs.extents()));
}

/// max(z) + logsumexp(z - max(z)) = logsumexp(z): the shift that the user wrote by hand.
constexpr ref logsumexp_of_shifted(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref total = at.operand(i);
    if (!is<logsumexp_op>(total)) continue;
    const ref d = total.operand(0);
    const ref z = unshifted(d, total->payload.axes);
    if (!same(z, d) && same(narrow(d.operand(1)), at.operand(1 - i)))
      return reduce<logsumexp_op>(z, total->payload.axes);
  }
  return no_match;
}

/// The two sides of z - logsumexp(z), after the maximum of z is taken from both.
struct shifted_sides {
  ref logits;
  ref total;
};

/// Shifts both sides if `total` is logsumexp(z) and `value` is z, or -z, or an element that a label picks
/// from it.
[[nodiscard]] constexpr shifted_sides shift_sides(ref value, ref total, bool negated) {
  const ref narrow_total = narrow(total);
  if (!is<logsumexp_op>(narrow_total)) return {};
  const ref z = narrow_total.operand(0);
  const axis_set axes = narrow_total->payload.axes;
  const part_of part = find_part(value, negated ? -z : z);
  if (!part.found || is_shifted_by_max(z, axes)) return {};
  const ref d = shifted_by_max(unshifted(z, axes), axes);
  return {part.take(d), widen_like(reduce<logsumexp_op>(d, axes), total)};
}

/// z - logsumexp(z), either sign, either the vector or the picked element: the maximum cancels before it is
/// added, so that 1e4 - logsumexp(1e4, 9999) keeps its digits.
constexpr ref log_probability(ref at) {
  const shifted_sides likely = shift_sides(at.operand(0), at.operand(1), false);
  if (likely.total.id) return likely.logits - likely.total;
  const shifted_sides unlikely = shift_sides(at.operand(1), at.operand(0), false);
  return unlikely.total.id ? unlikely.total - unlikely.logits : no_match;
}

/// The same where z is itself negated, as in logsumexp(-distance) + distance.
constexpr ref log_probability_of_negated(ref at) {
  for (int i = 0; i < 2; ++i) {
    const shifted_sides sides = shift_sides(at.operand(1 - i), at.operand(i), true);
    if (sides.total.id) return sides.total - sides.logits;
  }
  return no_match;
}

}  // namespace fusegrad::stability
