// SPDX-License-Identifier: BSL-1.0
// Exact simplifications: none changes a bit of a finite result, save that a constant zero factor is taken as
// zero, that a zero may change its sign, and that what is the same for all elements or rows leaves their sum
// or mean, as do common factors (fewer roundings). Rewriting that can change a result further stays out of
// here: see stabilise.hpp.
#pragma once

#include <array>

#include "fusegrad/op/loss.hpp"
#include "fusegrad/op/strided.hpp"
#include "fusegrad/pass/rewrite.hpp"

namespace fusegrad::simplifications {

/// An exact operation on constants, in double.
[[nodiscard]] constexpr double computed(ref at) {
  const node& of = *at;
  double numbers[max_operands] = {};
  tensor_view<const double> operands[max_operands];
  for (int i = 0; i < of.arity; ++i) {
    numbers[i] = at.operand(i)->payload.number;
    operands[i] = {tensor_shape{}, &numbers[i]};
  }
  double result = 0;
  of.op->evaluate(of, operands, {tensor_shape{}, &result});
  return result;
}

[[nodiscard]] constexpr bool is_of_constants(ref at) {
  if (!at->op->exact || at->op->family != operation_family::elementwise) return false;
  for (int i = at->arity - 1; i >= 0; --i)
    if (!is<constant_op>(at.operand(i))) return false;
  return true;
}

constexpr ref fold(ref at) {
  if (at->kind != value_kind::real || !is_of_constants(at)) return no_match;
  if (is<divide_op>(at) && is_number(at.operand(1), 0)) return no_match;
  return constant_like(at, computed(at));
}

/// A choice by a comparison of constants.
constexpr ref where_known(ref at) {
  if (!is_of_constants(at.operand(0))) return no_match;
  return at.operand(computed(at.operand(0)) != 0 ? 1 : 2);
}

constexpr ref add_zero(ref at) {
  if (is_number(at.operand(0), 0)) return at.operand(1);
  if (is_number(at.operand(1), 0)) return at.operand(0);
  return no_match;
}
constexpr ref subtract_zero(ref at) {
  if (is_number(at.operand(1), 0)) return at.operand(0);
  if (is_number(at.operand(0), 0)) return -at.operand(1);
  return no_match;
}
constexpr ref multiply_by_one(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref factor = at.operand(i);
    if (!is<constant_op>(factor)) continue;
    const double value = factor->payload.number;
    if (value == 1) return at.operand(1 - i);
    if (value == -1) return -at.operand(1 - i);
    if (value == 0) return factor;
  }
  return no_match;
}
constexpr ref divide_by_one(ref at) {
  if (is_number(at.operand(1), 1) || is_number(at.operand(0), 0)) return at.operand(0);
  return no_match;
}

/// Whether multiplying by `number` and by its inverse rounds nothing.
[[nodiscard]] constexpr bool is_power_of_two(double number) {
  constexpr double greatest = 0x1p1000;
  double size = number < 0 ? -number : number;
  if (!(size <= greatest && size >= 1 / greatest)) return false;
  while (size > 1) size /= 2;
  while (size < 1) size *= 2;
  return size == 1;
}

/// A division by a power of two is a multiplication.
constexpr ref divide_by_power_of_two(ref at) {
  if (!is<constant_op>(at.operand(1)) || !is_power_of_two(at.operand(1)->payload.number)) return no_match;
  return multiply(at.operand(0), constant_like(at, 1 / at.operand(1)->payload.number));
}

constexpr ref negate_of_negate(ref at) {
  return is<negate_op>(at.operand(0)) ? at.operand(0).operand(0) : no_match;
}
constexpr ref negate_of_difference(ref at) {
  const ref inner = at.operand(0);
  return is<subtract_op>(inner) ? inner.operand(1) - inner.operand(0) : no_match;
}
constexpr ref add_negated(ref at) {
  if (is<negate_op>(at.operand(1))) return at.operand(0) - at.operand(1).operand(0);
  if (is<negate_op>(at.operand(0))) return at.operand(1) - at.operand(0).operand(0);
  return no_match;
}
constexpr ref subtract_negated(ref at) {
  return is<negate_op>(at.operand(1)) ? at.operand(0) + at.operand(1).operand(0) : no_match;
}
constexpr ref multiply_negated(ref at) {
  if (is<negate_op>(at.operand(0))) return -multiply(at.operand(0).operand(0), at.operand(1));
  if (is<negate_op>(at.operand(1))) return -multiply(at.operand(0), at.operand(1).operand(0));
  return no_match;
}
constexpr ref multiply_by_itself(ref at) {
  return same(at.operand(0), at.operand(1)) ? square(at.operand(0)) : no_match;
}

/// c * (x / c), where c is a power of two: nothing was rounded, unless x / c was too small for a number.
constexpr ref merge_factors(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref inner = at.operand(1 - i);
    if (!is<constant_op>(at.operand(i)) || !is<multiply_op>(inner)) continue;
    if (!is_power_of_two(at.operand(i)->payload.number)) continue;
    for (int k = 0; k < 2; ++k) {
      if (!is<constant_op>(inner.operand(k))) continue;
      const double product = at.operand(i)->payload.number * inner.operand(k)->payload.number;
      if (product == 1) return inner.operand(1 - k);
    }
  }
  return no_match;
}

/// (2 x) * (c y) = x * ((2 c) y), where neither constant is far from 1: nothing is rounded otherwise, and it is a
/// product less.
constexpr ref one_constant(ref at) {
  constexpr double far = 1024;
  const auto is_near = [](double of) { return of * of <= far * far && of * of * far * far >= 1; };
  for (int side = 0; side < 2; ++side) {
    const ref exact = at.operand(side), other = at.operand(1 - side);
    if (!is<multiply_op>(exact) || !is<multiply_op>(other)) return no_match;
    for (int i = 0; i < 2; ++i)
      for (int k = 0; k < 2; ++k) {
        if (!is<constant_op>(exact.operand(i)) || !is<constant_op>(other.operand(k))) continue;
        const double two = exact.operand(i)->payload.number, c = other.operand(k)->payload.number;
        if (!is_power_of_two(two) || !is_near(two) || !is_near(c)) continue;
        return multiply(exact.operand(1 - i), multiply(constant_like(at, two * c), other.operand(1 - k)));
      }
  }
  return no_match;
}

/// What is repeated takes a power of two from the other factor: a * (2 * v) = (2 * a) * v, where a has fewer
/// elements than v. Nothing is rounded, unless a number becomes too great or too small. A sum stays as it is: it
/// would need a loop of its own for the factor, for which others would wait.
constexpr ref factor_to_the_repeated(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref repeated = at.operand(i), inner = at.operand(1 - i);
    if (!is<broadcast_op>(repeated) || !is<multiply_op>(inner)) continue;
    if (repeated.operand(0)->op->family == operation_family::reduction) continue;
    for (int k = 0; k < 2; ++k) {
      const ref factor = inner.operand(k), other = inner.operand(1 - k);
      if (!is<constant_op>(factor) || is<broadcast_op>(other)) continue;
      if (is_power_of_two(factor->payload.number)) return multiply(multiply(factor, repeated), other);
    }
  }
  return no_match;
}

/// A factor that is a mask becomes a select, which no infinity passes.
constexpr ref multiply_by_mask(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref mask = at.operand(i);
    if (!is<where_op>(mask) || !is<constant_op>(mask.operand(1)) || !is<constant_op>(mask.operand(2)))
      continue;
    return where(mask.operand(0), multiply(at.operand(1 - i), mask.operand(1)),
                 multiply(at.operand(1 - i), mask.operand(2)));
  }
  return no_match;
}

constexpr ref where_both_alike(ref at) {
  return same(at.operand(1), at.operand(2)) ? at.operand(1) : no_match;
}

/// x^n by its exponent: products where the exponent is small and whole.
constexpr ref power_by_exponent(ref at) {
  const double exponent = at->payload.number;
  const ref base = at.operand(0);
  if (exponent == 0) return constant_like(at, 1);
  if (exponent == 1) return base;
  if (exponent == 2) return square(base);
  if (exponent == 0.5) return sqrt(base);
  if (exponent == -1) return 1 / base;
  return no_match;
}

/// An elementwise operation on values that are all repeated along the same axes is done before they are
/// repeated.
constexpr ref before_broadcast(ref at) {
  if (at->op->family != operation_family::elementwise) return no_match;
  axis_set axes = 0;
  for (int i = 0; i < at->arity; ++i) {
    if (is<constant_op>(at.operand(i))) continue;
    if (!is<broadcast_op>(at.operand(i))) return no_match;
    const axis_set found = at.operand(i)->payload.axes;
    if (axes != 0 && axes != found) return no_match;
    axes = found;
  }
  if (axes == 0) return no_match;
  const node original = *at;
  const tensor_shape narrow = without(original.extents, axes);
  node_id operands[max_operands];
  for (int i = 0; i < original.arity; ++i) {
    const ref operand{at.in, original.operands[i]};
    operands[i] = is<constant_op>(operand) ? constant_in(*at.in, operand->payload.number, narrow).id
                                           : operand.operand(0).id;
  }
  const node_id inner = at.in->add(*original.op, operands, original.arity, original.payload);
  return broadcast_over({at.in, inner}, original.extents, axes);
}

/// A constant has any shape by itself.
constexpr ref movement_of_constant(ref at) {
  if (at->op->family != operation_family::movement) return no_match;
  const ref inner = at.operand(0);
  if (!is<constant_op>(inner)) return no_match;
  return constant_like(at, inner->payload.number);
}
constexpr ref sum_of_constant(ref at) {
  return is<constant_op>(at.operand(0)) ? sum_over(at.operand(0), at->payload.axes) : no_match;
}
constexpr ref broadcast_of_broadcast(ref at) {
  const ref inner = at.operand(0);
  if (!is<broadcast_op>(inner)) return no_match;
  axis_set axes = at->payload.axes;
  for (int axis = 0, below = 0; axis < at.rank(); ++axis) {
    if (contains(at->payload.axes, axis)) continue;
    if (contains(inner->payload.axes, below)) axes |= 1u << axis;
    ++below;
  }
  return broadcast_over(inner.operand(0), at.extents(), axes);
}

constexpr ref sum_of_negated(ref at) {
  if (!is<negate_op>(at.operand(0))) return no_match;
  return -sum_over(at.operand(0).operand(0), at->payload.axes);
}

/// Repeating and summing along the same axes is a multiplication by the number of repeats.
constexpr ref sum_of_broadcast(ref at) {
  const ref inner = at.operand(0);
  if (!is<broadcast_op>(inner) || inner->payload.axes != at->payload.axes) return no_match;
  const int repeats = elements_along(inner.extents(), inner->payload.axes);
  return multiply(inner.operand(0), constant_like(inner.operand(0), repeats));
}

/// The sum over a letter of a product that stands in one operand only goes to that operand: sum(A * B) is the
/// column sums of A times the row sums of B.
constexpr ref sum_of_product(ref at) {
  const ref product = at.operand(0);
  if (!is<contract_op>(product)) return no_match;
  const attributes spelled = product->payload;
  axis_letters kept, letters[2];
  axis_set summed[2] = {0, 0};
  for (int axis = 0; axis < product.rank(); ++axis) {
    const int letter = spelled.letters[2][axis];
    const int found[2] = {spelled.letters[0].find(letter), spelled.letters[1].find(letter)};
    if (!contains(at->payload.axes, axis))
      kept.push_back(letter);
    else if (found[0] < 0 || found[1] < 0)
      summed[found[0] < 0 ? 1 : 0] |= 1u << (found[0] < 0 ? found[1] : found[0]);
  }
  const ref operands[2] = {product.operand(0), product.operand(1)};
  for (int k = 0; k < 2; ++k)
    for (int axis = 0; axis < operands[k].rank(); ++axis)
      if (!contains(summed[k], axis)) letters[k].push_back(spelled.letters[k][axis]);
  const ref left = sum_over(operands[0], summed[0]), right = sum_over(operands[1], summed[1]);
  if (left.rank() == 0 && right.rank() == 0) return multiply(left, right);
  return contract(left, letters[0], right, letters[1], kept);
}

/// A reshape that ends as it began, or two in a row.
constexpr ref one_reshape(ref at) {
  const ref inner = at.operand(0);
  if (at.extents() == inner.extents()) return inner;
  return is<reshape_op>(inner) ? reshape_to(inner.operand(0), at.extents()) : no_match;
}

/// A view of a view, or one of all elements.
constexpr ref one_view(ref at) {
  const ref view = strided_view(at.operand(0), at->payload);
  return same(view, at) ? no_match : view;
}
constexpr ref one_scatter(ref at) {
  const ref scattered = scatter(at.operand(0), at->payload);
  return same(scattered, at) ? no_match : scattered;
}

/// What is the same for all rows is its own mean.
constexpr ref mean_of_same(ref at) {
  const ref mean = row_mean(at.operand(0));
  return same(mean, at) ? no_match : mean;
}

inline constexpr std::array rules{
    rewrite_rule{"fold", "arithmetic of constants", nullptr, made_by<constant_op>(), fold},
    rewrite_rule{"add zero", "x + 0 = x", &row<add_op>(), made_by<constant_op>(), add_zero},
    rewrite_rule{"add negated", "x + -y = x - y", &row<add_op>(), made_by<negate_op>(), add_negated},
    rewrite_rule{"subtract zero", "x - 0 = x", &row<subtract_op>(), made_by<constant_op>(), subtract_zero},
    rewrite_rule{"subtract negated", "x - -y = x + y", &row<subtract_op>(), made_by<negate_op>(),
                 subtract_negated},
    rewrite_rule{"multiply by one", "x * 1 = x", &row<multiply_op>(), made_by<constant_op>(),
                 multiply_by_one},
    rewrite_rule{"multiply negated", "x * -y = -(x * y)", &row<multiply_op>(), made_by<negate_op>(),
                 multiply_negated},
    rewrite_rule{"merge factors", "c * (x / c) = x", &row<multiply_op>(), made_by<constant_op>(),
                 merge_factors},
    rewrite_rule{"one constant", "(2 * x) * (3 * y) = x * (6 * y)", &row<multiply_op>(),
                 made_by<multiply_op>(), one_constant},
    rewrite_rule{"factor to the repeated", "a * (2 * v) = (2 * a) * v", &row<multiply_op>(),
                 made_by<broadcast_op>(), factor_to_the_repeated},
    rewrite_rule{"multiply by mask", "x * where(c, 1, 0) = where(c, x, 0)", &row<multiply_op>(),
                 made_by<where_op>(), multiply_by_mask},
    rewrite_rule{"multiply by itself", "x * x = square(x)", &row<multiply_op>(), any_operand,
                 multiply_by_itself},
    rewrite_rule{"divide by one", "x / 1 = x", &row<divide_op>(), made_by<constant_op>(), divide_by_one},
    rewrite_rule{"divide by power of two", "x / 2 = x * 0.5", &row<divide_op>(), made_by<constant_op>(),
                 divide_by_power_of_two},
    rewrite_rule{"negate negated", "--x = x", &row<negate_op>(), made_by<negate_op>(), negate_of_negate},
    rewrite_rule{"negate difference", "-(x - y) = y - x", &row<negate_op>(), made_by<subtract_op>(),
                 negate_of_difference},
    rewrite_rule{"choice of equals", "where(c, x, x) = x", &row<where_op>(), any_operand, where_both_alike},
    rewrite_rule{"known choice", "where(1 == 0, x, y) = y", &row<where_op>(), any_operand, where_known},
    rewrite_rule{"power by exponent", "pow<2>(x) = square(x)", &row<pow_op>(), any_operand,
                 power_by_exponent},
    rewrite_rule{"before broadcast", "computed before it is repeated", nullptr, made_by<broadcast_op>(),
                 before_broadcast},
    rewrite_rule{"one broadcast", "repeated once", &row<broadcast_op>(), made_by<broadcast_op>(),
                 broadcast_of_broadcast},
    rewrite_rule{"sum of repeats", "sum of n equals = n * x", &row<sum_op>(), made_by<broadcast_op>(),
                 sum_of_broadcast},
    rewrite_rule{"sum of constants", "sum of n equals = n * x", &row<sum_op>(), made_by<constant_op>(),
                 sum_of_constant},
    rewrite_rule{"sum of negated", "sum(-x) = -sum(x)", &row<sum_op>(), made_by<negate_op>(), sum_of_negated},
    rewrite_rule{"sum of products", "sum(A * B) = dot(sum<0>(A), sum<1>(B))", &row<sum_op>(),
                 made_by<contract_op>(), sum_of_product},
    rewrite_rule{"one reshape", "reshaped once or not at all", &row<reshape_op>(), any_operand, one_reshape},
    rewrite_rule{"one view", "sliced once or not at all", &row<strided_op>(), made_by<strided_op>(),
                 one_view},
    rewrite_rule{"one scatter", "scattered once", &row<scatter_op>(), made_by<scatter_op>(), one_scatter},
    rewrite_rule{"moved constant", "a constant has any shape", nullptr, made_by<constant_op>(),
                 movement_of_constant},
    rewrite_rule{"mean of the same", "what no row changes is its own mean", &row<row_mean_op>(), any_operand,
                 mean_of_same},
};

}  // namespace fusegrad::simplifications

namespace fusegrad {

/// The graph after exact simplifications.
[[nodiscard]] constexpr graph simplify(const graph& from) { return rewrite(from, simplifications::rules); }

}  // namespace fusegrad
