// SPDX-License-Identifier: BSL-1.0
// Rules that bring together what a reshape, a slice, a one-hot label or a pick keeps apart: the others find
// what they look for only where it stands side by side.
#pragma once

#include "fusegrad/op/take.hpp"
#include "fusegrad/pass/stable_functions.hpp"

namespace fusegrad::stability {

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
  if (at->op->family != operation_family::elementwise || at->kind != value_kind::real) return no_match;
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
  const tensor_shape inner = first.extents();
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

[[nodiscard]] constexpr axes_behind axes_before_reshape(const tensor_shape& inner, const tensor_shape& outer,
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
  const tensor_shape result = at.extents();
  if (behind.axes == 0) return reshape_to(inner, result);
  return reshape_to(is<sum_op>(at) ? sum_over(inner, behind.axes) : reduce<reduce_max_op>(inner, behind.axes),
                    result);
}

/// sum(one_hot(y) * v) = v[y], along the last axis of v: what is not picked may be infinite.
constexpr ref one_hot_sum(ref at) {
  const ref product = at.operand(0);
  const axis_set axes = at->payload.axes;
  const int last = product.rank() - 1;
  if (!is<multiply_op>(product) || !contains(axes, last)) return no_match;
  for (int i = 0; i < 2; ++i) {
    const ref chosen = narrow(product.operand(i));
    if (!is<one_hot_op>(chosen) || !ends_with(product.extents(), chosen.extents())) continue;
    const axis_set repeated = all_axes(product.extents()) >> chosen.rank();  // the axes before its own
    if (!same(chosen, product.operand(i)) && product.operand(i)->payload.axes != repeated) continue;
    return sum_over(pick(product.operand(1 - i), chosen.operand(0)), axes & ~(1u << last));
  }
  return no_match;
}
constexpr ref one_hot_product(ref at) {
  for (int i = 0; i < 2; ++i)
    if (is<one_hot_op>(at.operand(i)) && at.operand(i).rank() == 1 && at.rank() == 0)
      return pick(at.operand(1 - i), at.operand(i).operand(0));
  return no_match;
}

/// The rows of a table that labels name, by the product with the labels' vectors.
constexpr ref one_hot_row(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref class_vectors = at.operand(i), table = at.operand(1 - i);
    if (!is<one_hot_op>(class_vectors) || at.rank() + 2 != class_vectors.rank() + table.rank()) continue;
    const axis_letters of_vectors = at->payload.letters[i], of_table = at->payload.letters[1 - i];
    const axis_letters of_result = at->payload.letters[2];
    const int labels = class_vectors.rank() - 1, axis = of_table.find(of_vectors[labels]);
    if (axis < 0) continue;
    axis_letters kept, order;  // of the axes of the rows, and where the result has them
    for (int each = 0; each < axis; ++each) kept.push_back(of_table[each]);
    for (int each = 0; each < labels; ++each) kept.push_back(of_vectors[each]);
    for (int each = axis + 1; each < table.rank(); ++each) kept.push_back(of_table[each]);
    for (int each = 0; each < at.rank(); ++each) order.push_back(kept.find(of_result[each]) + 1);
    return transpose_of(gather_along(table, axis, class_vectors.operand(0)), order);
  }
  return no_match;
}

/// The positions of classes, as vectors of a number and zeros.
constexpr ref find_one_hot(ref at) {
  const ref condition = at.operand(0);
  if (!is<equal_op>(condition) || !is_number(at.operand(2), 0) || at.rank() == 0) return no_match;
  if (!is<constant_op>(at.operand(1)) || !is<position_op>(condition.operand(0))) return no_match;
  const ref label = narrow(condition.operand(1));
  const int classes = classes_of(*label.in, *label);
  if (label->kind != value_kind::category || classes == 0 || label.rank() == max_rank) return no_match;
  if (!(with_last(label.extents(), classes) == at.extents())) return no_match;
  return same(condition, at_class(label, at.extents())) ? multiply(at.operand(1), one_hot(label)) : no_match;
}

/// Whether a value is the same for all classes.
[[nodiscard]] constexpr bool is_same_for_all(ref value, axis_set last) {
  return is<constant_op>(value) || (is<broadcast_op>(value) && value->payload.axes == last);
}

/// f(v, s)[y] = f(v[y], s): brings a pick from between two operations that belong together. Several labels
/// pick each at their own place, which a reshape may keep, or all from one vector. A shifted vector keeps its
/// pick: the shift is what the rules look for.
constexpr ref pick_first(ref at) {
  const ref vector = at.operand(0);
  const node inner = *vector;
  const axis_set last = 1u << (inner.extents.rank - 1);
  if (is<reshape_op>(vector)) {
    const tensor_shape before = vector.operand(0).extents(), result = at.extents();
    if (before.rank == 0 || before.back() != inner.extents.back()) return no_match;
    if (!can_pick(at.operand(1).extents(), before)) return no_match;
    if (inner.extents.rank == 1 && before.rank > 1 && at.operand(1).rank() > 0) return no_match;
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
      operands[i] = is_same_for_all(operand, last) ? broadcast_to(operand.operand(0), at.extents()).id
                                                   : pick(operand, label).id;
  }
  return {at.in, at.in->add(*inner.op, operands, inner.arity, inner.payload)};
}

}  // namespace fusegrad::stability
