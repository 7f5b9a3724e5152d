// SPDX-License-Identifier: BSL-1.0
// Replaces formulas that overflow or cancel by their stable forms. Must run before differentiation: the
// gradient of an unstable formula cannot be mended afterwards. Sources and error bounds: docs/numerics.md.
// In: verified graph. Out: verified graph of the same function, in simplified form.
#pragma once

#include <array>

#include "fusegrad/op/error_function.hpp"
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
  if (!is<subtract_op>(v) || !is<broadcast_op>(v.operand(1)) || v.operand(1)->payload.axes != axes) return v;
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

/// sum(one_hot(y) * v) = v[y]: what is not picked may be infinite.
constexpr ref one_hot_sum(ref at) {
  const ref product = at.operand(0);
  if (!is<multiply_op>(product) || at->payload.axes != all_axes(product.extents())) return no_match;
  for (int i = 0; i < 2; ++i)
    if (is<one_hot_op>(product.operand(i)))
      return pick(product.operand(1 - i), product.operand(i).operand(0));
  return no_match;
}
constexpr ref one_hot_product(ref at) {
  for (int i = 0; i < 2; ++i)
    if (is<one_hot_op>(at.operand(i)) && at.rank() == 0)
      return pick(at.operand(1 - i), at.operand(i).operand(0));
  return no_match;
}

/// The row of a table that a label names, by the product with the label's vector.
constexpr ref one_hot_row(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref class_vector = at.operand(i), table = at.operand(1 - i);
    if (!is<one_hot_op>(class_vector) || at.rank() + 1 != table.rank()) continue;
    const axis_letters of_table = at->payload.letters[1 - i], of_result = at->payload.letters[2];
    const int axis = of_table.find(at->payload.letters[i][0]);
    if (axis < 0) continue;
    const ref row = gather_along(table, axis, class_vector.operand(0));
    axis_letters kept, order;  // of the row's axes, and where the result has them
    for (int other = 0; other < table.rank(); ++other)
      if (other != axis) kept.push_back(of_table[other]);
    for (int each = 0; each < at.rank(); ++each) order.push_back(kept.find(of_result[each]) + 1);
    return transpose_of(row, order);
  }
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
  return is<exp_op>(at.operand(0)) && is_number(at.operand(1), 1) ? expm1(at.operand(0).operand(0))
                                                                  : no_match;
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

/// erfc(x) is twice the probability that a standard normal number is less than -sqrt(2) x; its half is that
/// itself.
constexpr ref log_of_erfc(ref at) {
  return log_normal_cdf(-std::numbers::sqrt2 * at.operand(0).operand(0)) + std::numbers::ln2;
}
constexpr ref log_of_half_erfc(ref at) {
  const ref product = at.operand(0);
  for (int i = 0; i < 2; ++i)
    if (is_number(product.operand(i), 0.5) && is<erfc_op>(product.operand(1 - i)))
      return log_normal_cdf(-std::numbers::sqrt2 * product.operand(1 - i).operand(0));
  return no_match;
}

inline constexpr std::array rules{
    rewrite_rule{"shift softmax", "exp(z) / sum(exp(z)) = exp(z - max(z)) / sum(exp(z - max(z)))",
                 &row<divide_op>(), made_by<exp_op>(), shift_softmax},
    rewrite_rule{"softmax quotient", "exp(z) * (1 / sum(exp(z))) = exp(z) / sum(exp(z))", &row<multiply_op>(),
                 made_by<exp_op>(), find_quotient},
    rewrite_rule{"log of quotient", "log(exp(a) / b) = a - log(b)", &row<log_op>(), made_by<divide_op>(),
                 log_of_quotient},
    rewrite_rule{"log of reciprocal", "log(1 / x) = -log(x)", &row<log_op>(), made_by<divide_op>(),
                 log_of_reciprocal},
    rewrite_rule{"logsumexp", "log(sum(exp(z))) = logsumexp(z)", &row<log_op>(), made_by<sum_op>(),
                 find_logsumexp},
    rewrite_rule{"log probability", "z - logsumexp(z) = (z - max(z)) - logsumexp(z - max(z))",
                 &row<subtract_op>(), made_by<logsumexp_op, broadcast_op>(), log_probability},
    rewrite_rule{"log probability of negated", "logsumexp(-d) + d, as logsumexp(z) - z", &row<add_op>(),
                 made_by<logsumexp_op, broadcast_op>(), log_probability_of_negated},
    rewrite_rule{"logsumexp of shifted", "max(z) + logsumexp(z - max(z)) = logsumexp(z)", &row<add_op>(),
                 made_by<logsumexp_op>(), logsumexp_of_shifted},
    rewrite_rule{"one-hot sum", "sum(one_hot(y) * v) = v[y]", &row<sum_op>(), made_by<multiply_op>(),
                 one_hot_sum},
    rewrite_rule{"one-hot product", "dot(one_hot(y), v) = v[y]", &row<contract_op>(), made_by<one_hot_op>(),
                 one_hot_product},
    rewrite_rule{"one-hot row", "one_hot(y) * T = gather(T, y)", &row<contract_op>(), made_by<one_hot_op>(),
                 one_hot_row},
    rewrite_rule{"one hot", "where(position == y, c, 0) = c * one_hot(y)", &row<where_op>(),
                 made_by<equal_op>(), find_one_hot},
    rewrite_rule{"pick first", "f(v)[y] = f(v[y])", &row<pick_op>(), any_operand, pick_first},
    rewrite_rule{"log1p", "log(1 + x) = log1p(x)", &row<log_op>(), made_by<add_op>(), log_of_one_plus},
    rewrite_rule{"log1p of negated", "log(1 - x) = log1p(-x)", &row<log_op>(), made_by<subtract_op>(),
                 log_of_one_minus},
    rewrite_rule{"softplus", "log1p(exp(x)) = softplus(x)", &row<log1p_op>(), made_by<exp_op>(),
                 find_softplus},
    rewrite_rule{"expm1", "exp(x) - 1 = expm1(x)", &row<subtract_op>(), made_by<exp_op>(), find_expm1},
    rewrite_rule{"logistic", "1 / (1 + exp(-x)) = logistic(x)", &row<divide_op>(), made_by<add_op>(),
                 find_logistic},
    rewrite_rule{"one minus logistic", "1 - logistic(x) = logistic(-x)", &row<subtract_op>(),
                 made_by<logistic_op>(), one_minus_logistic},
    rewrite_rule{"log of logistic", "log(logistic(x)) = -softplus(-x)", &row<log_op>(),
                 made_by<logistic_op>(), log_of_logistic},
    rewrite_rule{"log of exp", "log(exp(x)) = x", &row<log_op>(), made_by<exp_op>(), log_of_exp},
    rewrite_rule{"hyperbolic", "(exp(x) + exp(-x)) / 2 = cosh(x), (exp(x) - exp(-x)) / 2 = sinh(x)",
                 &row<multiply_op>(), made_by<add_op, subtract_op>(), find_hyperbolic},
    rewrite_rule{"sinh by cosh", "sinh(x) / cosh(x) = tanh(x)", &row<divide_op>(), made_by<sinh_op>(),
                 sinh_by_cosh},
    rewrite_rule{"log cosh", "log(cosh(x)) = log_cosh(x)", &row<log_op>(), made_by<cosh_op>(), log_of_cosh},
    rewrite_rule{"log1mexp", "log(1 - exp(x)) = log1mexp(x)", &row<log1p_op>(), made_by<negate_op>(),
                 log1p_of_negated_exp},
    rewrite_rule{"log of negated expm1", "log(-expm1(x)) = log1mexp(x)", &row<log_op>(), made_by<negate_op>(),
                 log_of_negated_expm1},
    rewrite_rule{"logaddexp", "log(exp(a) + exp(b)) = logaddexp(a, b)", &row<log_op>(), made_by<add_op>(),
                 find_logaddexp},
    rewrite_rule{"complement of probability",
                 "1 - erf(x) = erfc(x), 1 - erfc(x) = erf(x), 1 - normal_cdf(x) = normal_cdf(-x)",
                 &row<subtract_op>(), made_by<erf_op, erfc_op, normal_cdf_op>(), complement_of_probability},
    rewrite_rule{"one plus erf", "1 + erf(x) = erfc(-x)", &row<add_op>(), made_by<erf_op>(), one_plus_erf},
    rewrite_rule{"log of normal cdf", "log(normal_cdf(x)) = log_normal_cdf(x)", &row<log_op>(),
                 made_by<normal_cdf_op>(), log_of_normal_cdf},
    rewrite_rule{"log of erfc", "log(erfc(x)) = log_normal_cdf(-sqrt(2) x) + log(2)", &row<log_op>(),
                 made_by<erfc_op>(), log_of_erfc},
    rewrite_rule{"log of half erfc", "log(erfc(x) / 2) = log_normal_cdf(-sqrt(2) x)", &row<log_op>(),
                 made_by<multiply_op>(), log_of_half_erfc},
    rewrite_rule{"root of square", "sqrt(x * x) = abs(x)", &row<sqrt_op>(), made_by<square_op>(),
                 root_of_square},
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

/// The graph in its stable form; counts the rules of `stability::all_rules` that fired if asked. The first
/// `normal` nodes are in stable form already.
[[nodiscard]] constexpr graph stabilise(const graph& from, rule_counts* fired = nullptr, int normal = 0) {
  return rewrite(from, stability::all_rules, fired, normal);
}

}  // namespace fusegrad
