// SPDX-License-Identifier: BSL-1.0
// Replaces formulas that overflow or cancel by their stable forms. Must run before differentiation: the
// gradient of an unstable formula cannot be mended afterwards. Sources and error bounds: docs/numerics.md.
// In: verified graph. Out: verified graph of the same function, in simplified form.
#pragma once

#include <array>

#include "fusegrad/op/as_written.hpp"
#include "fusegrad/op/error_function.hpp"
#include "fusegrad/op/prod.hpp"
#include "fusegrad/op/rounding.hpp"
#include "fusegrad/op/take.hpp"
#include "fusegrad/op/trigonometric.hpp"
#include "fusegrad/pass/simplify.hpp"

namespace fusegrad::stability {

/// The value behind a broadcast, or the value itself.
[[nodiscard]] constexpr ref narrow(ref value) { return is<broadcast_op>(value) ? value.operand(0) : value; }

/// What is left of z in a value: all of it, or the element that a label picks.
struct part_of {
  bool found = false;
  ref label;

  /// The same part of another vector.
  [[nodiscard]] constexpr ref take(ref vector) const { return label.id ? pick(vector, label) : vector; }
};

/// Whether `value` is z or z[y], by comparing it with the normal form of z[y] for each label of the graph.
[[nodiscard]] constexpr part_of find_part(ref value, ref z) {
  if (same(value, z)) return {true, {}};
  for (std::size_t i = 0; i < z.in->symbols().size() && z.rank() > 0; ++i) {
    const symbol each = z.in->symbols()[i];
    if (each.role != symbol_role::label || each.classes != z.extents().back()) continue;
    const ref label = symbol_in(*z.in, each);
    if (same(value, pick(z, label))) return {true, label};
  }
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

/// log(exp(a) / b) = a - log(b), and log(a / exp(b)) = log(a) - b.
constexpr ref log_of_quotient(ref at) {
  const ref quotient = at.operand(0);
  if (!is<divide_op>(quotient)) return no_match;
  const ref above = quotient.operand(0), below = quotient.operand(1);
  if (is<exp_op>(above)) return above.operand(0) - log(below);
  return is<exp_op>(below) ? log(above) - below.operand(0) : no_match;
}
constexpr ref log_of_reciprocal(ref at) {
  const ref quotient = at.operand(0);
  return is<divide_op>(quotient) && is_number(quotient.operand(0), 1) ? -log(quotient.operand(1)) : no_match;
}

/// Whether no element can be negative, whatever the data: what a logarithm of it may rely on.
[[nodiscard]] constexpr bool is_never_negative(ref value) {
  constexpr int deep = 4;
  for (int depth = 0; depth < deep; ++depth) {
    if (is<exp_op>(value) || is<square_op>(value) || is<abs_op>(value) || is<logistic_op>(value)) return true;
    if (is<normal_cdf_op>(value) || is<erfc_op>(value) || is<cosh_op>(value)) return true;
    if (is<divide_op>(value) && is<exp_op>(value.operand(0))) {
      value = value.operand(1);
    } else if (value->op->family == operation_family::movement || is<sum_op>(value) || is<prod_op>(value) ||
               is<pick_op>(value)) {
      value = value.operand(0);
    } else {
      return is<constant_op>(value) && value->payload.number >= 0;
    }
  }
  return false;
}

/// Whether the logarithm of a value is a simpler formula than the value.
[[nodiscard]] constexpr bool has_stable_log(ref value) {
  if (is<sum_op>(value)) return is<exp_op>(value.operand(0));
  if (is<divide_op>(value)) return is<exp_op>(value.operand(0)) || is<exp_op>(value.operand(1));
  return is<exp_op>(value) || is<logistic_op>(value) || is<normal_cdf_op>(value) || is<erfc_op>(value) ||
         is<cosh_op>(value) || is<prod_op>(value);
}

/// log(exp(a) * b) = a + log(b), and as much for any factor that is never negative and has a stable logarithm.
constexpr ref log_of_product(ref at) {
  const ref product = at.operand(0);
  for (int i = 0; i < 2; ++i) {
    const ref factor = product.operand(i);
    if (!has_stable_log(narrow(factor)) || !is_never_negative(factor)) continue;
    const ref one = log(factor);
    return one + log(product.operand(1 - i));
  }
  return no_match;
}

/// log(p^n) = n log(p) of a p that is never negative and has a stable logarithm.
constexpr ref log_of_power(ref at) {
  const ref power = at.operand(0), base = power.operand(0);
  if (!has_stable_log(narrow(base)) || !is_never_negative(base)) return no_match;
  return multiply(constant_like(at, is<square_op>(power) ? 2 : power->payload.number), log(base));
}

/// log(prod(p)) = sum(log(p)): a product of many probabilities is too small for a number where its logarithm is
/// none. Where factors may be negative, the logarithm of their signs' product says whether there is a logarithm.
constexpr ref log_of_prod(ref at) {
  const ref factors = at.operand(0).operand(0);
  const axis_set axes = at.operand(0)->payload.axes;
  ref origin = factors;
  while (origin->op->family == operation_family::movement) origin = origin.operand(0);
  if (is<sign_op>(origin) || is<constant_op>(origin)) return no_match;  // what is left of them
  if (is_never_negative(factors)) return sum_over(log(factors), axes);
  const ref sizes = sum_over(log(abs(factors)), axes);
  return sizes + log(reduce<prod_op>(sign(factors), axes));
}

/// log(v[i]) = log(v)[i], where elements are renamed between a logarithm and what it belongs to.
constexpr ref log_before_movement(ref at) {
  const node moved = *at.operand(0);
  const ref inner{at.in, moved.operands[0]};
  if (!has_stable_log(inner) || at.extents().elements() > inner.extents().elements()) return no_match;
  return {at.in, at.in->add(*moved.op, {log(inner).id}, moved.payload)};
}

/// What is reshaped alike is reshaped after an elementwise operation, so that nothing stands between two
/// operations that belong together. Numbers for all elements may stand beside it.
constexpr ref before_reshape(ref at) {
  if (at->op->family != operation_family::elementwise) return no_match;
  const auto is_one_number = [&](ref value) {
    return at.rank() == 0 || (is<broadcast_op>(value) && value.operand(0).extents().elements() == 1);
  };
  ref first{};
  for (int i = 0; i < at->arity; ++i) {
    const ref each = at.operand(i);
    if (!is<reshape_op>(each)) {
      if (!is<constant_op>(each) && !is_one_number(each)) return no_match;
    } else if (!first.id) {
      first = each.operand(0);
    } else if (!(each.operand(0).extents() == first.extents())) {
      return no_match;
    }
  }
  if (!first.id) return no_match;
  const node original = *at;
  const shape inner = first.extents();
  node_id operands[max_operands];
  for (int i = 0; i < original.arity; ++i) {
    const ref each{at.in, original.operands[i]};
    if (is<reshape_op>(each))
      operands[i] = each.operand(0).id;
    else if (is<constant_op>(each))
      operands[i] = constant_in(*at.in, each->payload.number, inner).id;
    else
      operands[i] = broadcast_over(reshape_to(narrow(each), {}), inner, all_axes(inner)).id;
  }
  const node_id result = at.in->add(*original.op, operands, original.arity, original.payload);
  return reshape_to({at.in, result}, original.extents);
}

/// The axes of `inner` that some axes of `outer` are, where the two differ by axes of extent 1 only.
struct axes_behind {
  bool found = false;
  axis_set axes = 0;
};

[[nodiscard]] constexpr axes_behind axes_before_reshape(const shape& inner, const shape& outer,
                                                        axis_set axes) {
  if (axes == all_axes(outer)) return {true, all_axes(inner)};
  axes_behind result;
  int from = 0;
  for (int axis = 0; axis < outer.rank; ++axis) {
    if (outer[axis] == 1) continue;
    while (from < inner.rank && inner[from] == 1) ++from;
    if (from == inner.rank || inner[from] != outer[axis]) return {};
    if (contains(axes, axis)) result.axes |= 1u << from;
    ++from;
  }
  for (; from < inner.rank; ++from)
    if (inner[from] != 1) return {};
  result.found = true;
  return result;
}

/// A sum or maximum of reshaped values is taken before they are reshaped.
constexpr ref reduce_before_reshape(ref at) {
  if (!is<sum_op>(at) && !is<reduce_max_op>(at)) return no_match;
  const ref inner = at.operand(0).operand(0);
  const axes_behind behind = axes_before_reshape(inner.extents(), at.operand(0).extents(), at->payload.axes);
  if (!behind.found) return no_match;
  const shape result = at.extents();
  if (behind.axes == 0) return reshape_to(inner, result);
  return reshape_to(is<sum_op>(at) ? sum_over(inner, behind.axes) : reduce<reduce_max_op>(inner, behind.axes),
                    result);
}

/// log(sum(exp(z))) = logsumexp(z).
constexpr ref find_logsumexp(ref at) {
  const ref total = at.operand(0);
  if (!is<sum_op>(total) || !is<exp_op>(total.operand(0))) return no_match;
  return reduce<logsumexp_op>(total.operand(0).operand(0), total->payload.axes);
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

/// sum(one_hot(y) * v) = v[y], along the last axis of v: what is not picked may be infinite.
constexpr ref one_hot_sum(ref at) {
  const ref product = at.operand(0);
  const axis_set axes = at->payload.axes;
  const int last = product.rank() - 1;
  if (!is<multiply_op>(product) || !contains(axes, last)) return no_match;
  for (int i = 0; i < 2; ++i) {
    const ref chosen = narrow(product.operand(i));
    if (!is<one_hot_op>(chosen) || chosen.extents().back() != product.extents()[last]) continue;
    if (!same(chosen, product.operand(i)) && contains(product.operand(i)->payload.axes, last)) continue;
    return sum_over(pick(product.operand(1 - i), chosen.operand(0)), axes & ~(1u << last));
  }
  return no_match;
}
constexpr ref one_hot_product(ref at) {
  for (int i = 0; i < 2; ++i)
    if (is<one_hot_op>(at.operand(i)) && at.rank() == 0)
      return pick(at.operand(1 - i), at.operand(i).operand(0));
  return no_match;
}

/// The position of a class, as a vector of a number and zeros.
constexpr ref find_one_hot(ref at) {
  const ref condition = at.operand(0);
  if (!is<equal_op>(condition) || !is_number(at.operand(2), 0) || at.rank() != 1) return no_match;
  if (!is<constant_op>(at.operand(1)) || !is<position_op>(condition.operand(0))) return no_match;
  const ref label = condition.operand(1);
  if (!is<broadcast_op>(label) || !is<symbol_op>(label.operand(0))) return no_match;
  return at.operand(1) * one_hot(label.operand(0));
}

/// Whether a value is the same for all classes.
[[nodiscard]] constexpr bool is_same_for_all(ref value, axis_set last) {
  return is<constant_op>(value) || (is<broadcast_op>(value) && value->payload.axes == last);
}

/// f(v, s)[y] = f(v[y], s): brings a pick from between two operations that belong together.
/// A shifted vector keeps its pick: the shift is what the rules look for.
constexpr ref pick_first(ref at) {
  const ref vector = at.operand(0);
  const node inner = *vector;
  const axis_set last = 1u << (inner.extents.rank - 1);
  if (is<reshape_op>(vector)) {
    const shape before = vector.operand(0).extents(), result = at.extents();
    if (before.rank == 0 || before.back() != inner.extents.back()) return no_match;
    return reshape_to(pick(vector.operand(0), at.operand(1)), result);
  }
  if (inner.op->family != operation_family::elementwise || inner.kind != value_kind::real ||
      is<where_op>(vector))
    return no_match;
  bool one_vector = inner.arity == 1;
  for (int i = 0; i < inner.arity; ++i) one_vector = one_vector || is_same_for_all(vector.operand(i), last);
  if (!one_vector || is_shifted_by_max(vector, last)) return no_match;
  const ref label = at.operand(1);
  node_id operands[max_operands];
  for (int i = 0; i < inner.arity; ++i) {
    const ref operand{at.in, inner.operands[i]};
    if (is<constant_op>(operand))
      operands[i] = constant_in(*at.in, operand->payload.number, at.extents()).id;
    else
      operands[i] = is_same_for_all(operand, last) ? operand.operand(0).id : pick(operand, label).id;
  }
  return {at.in, at.in->add(*inner.op, operands, inner.arity, inner.payload)};
}

/// The operand beside a 1.
[[nodiscard]] constexpr ref one_plus(ref value) {
  if (!is<add_op>(value)) return no_match;
  if (is_number(value.operand(0), 1)) return value.operand(1);
  if (is_number(value.operand(1), 1)) return value.operand(0);
  return no_match;
}

constexpr ref log_of_one_plus(ref at) {
  const ref rest = one_plus(at.operand(0));
  return rest.id ? log1p(rest) : no_match;
}
constexpr ref log_of_one_minus(ref at) {
  const ref difference = at.operand(0);
  return is<subtract_op>(difference) && is_number(difference.operand(0), 1) ? log1p(-difference.operand(1))
                                                                            : no_match;
}
constexpr ref find_softplus(ref at) {
  return is<exp_op>(at.operand(0)) ? softplus(at.operand(0).operand(0)) : no_match;
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

/// (exp(x) + exp(-x)) / 2 and (exp(x) - exp(-x)) / 2: the latter cancels near 0.
constexpr ref find_hyperbolic(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref both = at.operand(i);
    if (!is_number(at.operand(1 - i), 0.5) || !(is<add_op>(both) || is<subtract_op>(both))) continue;
    const ref left = both.operand(0), right = both.operand(1);
    if (!is<exp_op>(left) || !is<exp_op>(right)) continue;
    const ref a = left.operand(0), b = right.operand(0);
    const ref x = is<negate_op>(a) ? b : a;
    if (!same(a, -b)) continue;
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
    return same(x, -opposite) ? tanh(x) : no_match;
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

/// mean(v * v) - mean(v)^2 = mean((v - mean(v))^2), in two passes; never negative.
constexpr ref find_variance(ref at) {
  const ref middle = at.operand(1);
  if (!is<square_op>(middle)) return no_match;
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

/// log(exp(a) + exp(b)): the powers overflow where their logarithm does not.
constexpr ref find_logaddexp(ref at) {
  const ref a = at.operand(0).operand(0), b = at.operand(0).operand(1);
  return is<exp_op>(a) && is<exp_op>(b) ? logaddexp(a.operand(0), b.operand(0)) : no_match;
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

inline constexpr std::array rules{
    rewrite_rule{"before reshape", "f(reshape(v)) = reshape(f(v))", nullptr, made_by<reshape_op>(),
                 before_reshape, "brings together what a reshape keeps apart"},
    rewrite_rule{"reduced first", "sum(reshape(v)) = reshape(sum(v))", nullptr, made_by<reshape_op>(),
                 reduce_before_reshape, "brings together what a reshape keeps apart"},
    rewrite_rule{"shift softmax", "exp(z) / sum(exp(z)) = exp(z - max(z)) / sum(exp(z - max(z)))",
                 &row<divide_op>(), made_by<exp_op>(), shift_softmax,
                 "powers overflow where their shares do not"},
    rewrite_rule{"softmax quotient", "exp(z) * (1 / sum(exp(z))) = exp(z) / sum(exp(z))", &row<multiply_op>(),
                 made_by<exp_op>(), find_quotient, "the form that other rules look for"},
    rewrite_rule{"log of quotient", "log(exp(a) / b) = a - log(b)", &row<log_op>(), made_by<divide_op>(),
                 log_of_quotient, "the power overflows or vanishes, its logarithm does not"},
    rewrite_rule{"log of reciprocal", "log(1 / x) = -log(x)", &row<log_op>(), made_by<divide_op>(),
                 log_of_reciprocal, "1 / x overflows where x is tiny"},
    rewrite_rule{"logsumexp", "log(sum(exp(z))) = logsumexp(z)", &row<log_op>(), made_by<sum_op>(),
                 find_logsumexp, "powers overflow or vanish, the logarithm of their sum does not"},
    rewrite_rule{"log probability", "z - logsumexp(z) = (z - max(z)) - logsumexp(z - max(z))",
                 &row<subtract_op>(), made_by<logsumexp_op, broadcast_op>(), log_probability,
                 "the greatest logit cancels before it is rounded in"},
    rewrite_rule{"log probability of negated", "logsumexp(-d) + d, as logsumexp(z) - z", &row<add_op>(),
                 made_by<logsumexp_op, broadcast_op>(), log_probability_of_negated,
                 "the greatest logit cancels before it is rounded in"},
    rewrite_rule{"logsumexp of shifted", "max(z) + logsumexp(z - max(z)) = logsumexp(z)", &row<add_op>(),
                 made_by<logsumexp_op>(), logsumexp_of_shifted, "the shift by hand is that of logsumexp"},
    rewrite_rule{"one-hot sum", "sum(one_hot(y) * v) = v[y]", &row<sum_op>(), made_by<multiply_op>(),
                 one_hot_sum, "zero times infinity, in what is not picked"},
    rewrite_rule{"one-hot product", "dot(one_hot(y), v) = v[y]", &row<contract_op>(), made_by<one_hot_op>(),
                 one_hot_product, "zero times infinity, in what is not picked"},
    rewrite_rule{"one hot", "where(position == y, c, 0) = c * one_hot(y)", &row<where_op>(),
                 made_by<equal_op>(), find_one_hot, "the form that other rules look for"},
    rewrite_rule{"pick first", "f(v)[y] = f(v[y])", &row<pick_op>(), any_operand, pick_first,
                 "brings together what a pick keeps apart"},
    rewrite_rule{"log before movement", "log(v[i]) = log(v)[i]", &row<log_op>(),
                 made_by<strided_op, take_op, transpose_op>(), log_before_movement,
                 "brings together what a movement keeps apart"},
    rewrite_rule{"log1p", "log(1 + x) = log1p(x)", &row<log_op>(), made_by<add_op>(), log_of_one_plus,
                 "1 + x loses the digits of a small x"},
    rewrite_rule{"log1p of negated", "log(1 - x) = log1p(-x)", &row<log_op>(), made_by<subtract_op>(),
                 log_of_one_minus, "1 - x loses the digits of a small x"},
    rewrite_rule{"softplus", "log1p(exp(x)) = softplus(x)", &row<log1p_op>(), made_by<exp_op>(),
                 find_softplus, "the power overflows, its logarithm does not"},
    rewrite_rule{"expm1", "exp(x) - 1 = expm1(x), 1 - exp(x) = -expm1(x)", &row<subtract_op>(),
                 made_by<exp_op>(), find_expm1, "the difference cancels where x is small"},
    rewrite_rule{"expm1 of a sum", "exp(x) + -1 = expm1(x)", &row<add_op>(), made_by<exp_op>(),
                 find_expm1_in_sum, "the difference cancels where x is small"},
    rewrite_rule{"log of expm1", "log(exp(x) - 1) = x + log1mexp(-x)", &row<log_op>(), made_by<expm1_op>(),
                 log_of_expm1, "the power overflows, its logarithm does not"},
    rewrite_rule{"logsubexp", "log(exp(a) - exp(b)) = a + log1mexp(b - a)", &row<log_op>(),
                 made_by<subtract_op>(), find_logsubexp,
                 "powers overflow and vanish, and their difference cancels"},
    rewrite_rule{"logistic", "1 / (1 + exp(-x)) = logistic(x)", &row<divide_op>(), made_by<add_op>(),
                 find_logistic, "infinity by infinity, or a slope of 0 times infinity"},
    rewrite_rule{"one minus logistic", "1 - logistic(x) = logistic(-x)", &row<subtract_op>(),
                 made_by<logistic_op>(), one_minus_logistic, "the difference cancels where x is large"},
    rewrite_rule{"log of logistic", "log(logistic(x)) = -softplus(-x)", &row<log_op>(),
                 made_by<logistic_op>(), log_of_logistic, "the probability vanishes, its logarithm does not"},
    rewrite_rule{"log of exp", "log(exp(x)) = x", &row<log_op>(), made_by<exp_op>(), log_of_exp,
                 "the power overflows or vanishes"},
    rewrite_rule{"hyperbolic", "(exp(x) + exp(-x)) / 2 = cosh(x), (exp(x) - exp(-x)) / 2 = sinh(x)",
                 &row<multiply_op>(), made_by<add_op, subtract_op>(), find_hyperbolic,
                 "the difference cancels where x is small"},
    rewrite_rule{
        "tanh", "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) = (exp(2 x) - 1) / (exp(2 x) + 1) = tanh(x)",
        &row<divide_op>(), made_by<subtract_op, expm1_op, negate_op>(), find_tanh, "infinity by infinity"},
    rewrite_rule{"sinh by cosh", "sinh(x) / cosh(x) = tanh(x)", &row<divide_op>(), made_by<sinh_op>(),
                 sinh_by_cosh, "infinity by infinity"},
    rewrite_rule{"log cosh", "log(cosh(x)) = log_cosh(x)", &row<log_op>(), made_by<cosh_op>(), log_of_cosh,
                 "cosh overflows, and is 1 where x is small"},
    rewrite_rule{"log1mexp", "log1p(-exp(x)) = log1mexp(x)", &row<log1p_op>(), made_by<negate_op>(),
                 log1p_of_negated_exp, "1 - exp(x) cancels near x = 0"},
    rewrite_rule{"log of negated expm1", "log(-expm1(x)) = log1mexp(x)", &row<log_op>(), made_by<negate_op>(),
                 log_of_negated_expm1, "-expm1(x) is 1 where x is far below 0"},
    rewrite_rule{"logaddexp", "log(exp(a) + exp(b)) = logaddexp(a, b)", &row<log_op>(), made_by<add_op>(),
                 find_logaddexp, "powers overflow or vanish, the logarithm of their sum does not"},
    rewrite_rule{"complement of probability",
                 "1 - erf(x) = erfc(x), 1 - erfc(x) = erf(x), 1 - normal_cdf(x) = normal_cdf(-x)",
                 &row<subtract_op>(), made_by<erf_op, erfc_op, normal_cdf_op>(), complement_of_probability,
                 "the difference cancels"},
    rewrite_rule{"one plus erf", "1 + erf(x) = erfc(-x)", &row<add_op>(), made_by<erf_op>(), one_plus_erf,
                 "the sum cancels where x is far below 0"},
    rewrite_rule{"log of normal cdf", "log(normal_cdf(x)) = log_normal_cdf(x)", &row<log_op>(),
                 made_by<normal_cdf_op>(), log_of_normal_cdf,
                 "the probability vanishes, its logarithm does not"},
    rewrite_rule{"log of erfc", "log(erfc(x)) = log_erfc(x)", &row<log_op>(), made_by<erfc_op>(), log_of_erfc,
                 "erfc vanishes, and is 1 where x is small"},
    rewrite_rule{"log of half erfc", "log(erfc(x) / 2) = log_normal_cdf(-sqrt(2) x)", &row<log_op>(),
                 made_by<multiply_op>(), log_of_half_erfc,
                 "the probability vanishes, its logarithm does not"},
    rewrite_rule{"log of product", "log(exp(a) * b) = a + log(b)", &row<log_op>(), made_by<multiply_op>(),
                 log_of_product, "the product overflows or vanishes, its logarithm does not"},
    rewrite_rule{"log of power", "log(p^n) = n * log(p)", &row<log_op>(), made_by<square_op, pow_op>(),
                 log_of_power, "the power overflows or vanishes, its logarithm does not"},
    rewrite_rule{"log of many", "log(prod(p)) = sum(log(p))", &row<log_op>(), made_by<prod_op>(), log_of_prod,
                 "the product of many vanishes, its logarithm does not"},
    rewrite_rule{"root of square", "sqrt(x * x) = abs(x)", &row<sqrt_op>(), made_by<square_op>(),
                 root_of_square, "the square overflows or vanishes, its root does not"},
    rewrite_rule{"length of two", "sqrt(a * a + b * b) = hypot(a, b)", &row<sqrt_op>(), made_by<add_op>(),
                 find_hypot, "squares overflow or vanish, the root of their sum does not"},
    rewrite_rule{"square of norm", "sqrt(sum(v * v))^2 = sum(v * v)", &row<square_op>(), made_by<sqrt_op>(),
                 square_of_norm, "a kink at 0 that is none"},
    rewrite_rule{"variance", "mean(v * v) - mean(v)^2 = mean((v - mean(v))^2)", &row<subtract_op>(),
                 made_by<square_op>(), find_variance, "the difference cancels where the mean is large"},
};

/// The rules of stability, then the exact simplifications: one table, one sweep.
inline constexpr auto all_rules = [] {
  std::array<rewrite_rule, rules.size() + simplifications::rules.size()> both{};
  for (std::size_t i = 0; i < rules.size(); ++i) both[i] = rules[i];
  for (std::size_t i = 0; i < simplifications::rules.size(); ++i)
    both[rules.size() + i] = simplifications::rules[i];
  return both;
}();

}  // namespace fusegrad::stability

namespace fusegrad {

/// Whether a formula shall be computed as it is written: see op/as_written.hpp.
[[nodiscard]] constexpr bool is_as_written(const graph& in) {
  for (const node& each : in.nodes())
    if (each.op == &row<as_written_op>()) return true;
  return false;
}

/// The graph with all its outputs as they are written, where it has lost the word.
[[nodiscard]] constexpr graph keep_as_written(graph in) {
  if (is_as_written(in)) return in;
  const std::vector<output> outputs(in.outputs().begin(), in.outputs().end());
  in.drop_outputs();
  for (output each : outputs) {
    each.id = as_written(ref{&in, each.id}).id;
    in.add_output(each);
  }
  return in;
}

/// The graph in its stable form; counts the rules of `stability::all_rules` that fired if asked. The first
/// `normal` nodes are in stable form already. Of a formula that shall be computed as it is written, the exact
/// simplifications only.
[[nodiscard]] constexpr graph stabilise(const graph& from, rule_counts* fired = nullptr, int normal = 0) {
  if (!is_as_written(from)) return rewrite(from, stability::all_rules, fired, normal);
  graph result = rewrite(from, simplifications::rules, fired, normal);
  if (fired != nullptr) fired->insert(fired->begin(), stability::rules.size(), 0);
  return result;
}

}  // namespace fusegrad
