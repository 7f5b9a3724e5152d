// SPDX-License-Identifier: BSL-1.0
// Looks through movements: a broadcast, transpose, reshape or slice is a way to read another value, not a
// value of its own.
#pragma once

#include "fusegrad/op/gather.hpp"
#include "fusegrad/op/movement.hpp"
#include "fusegrad/op/repetition.hpp"
#include "fusegrad/op/rows.hpp"
#include "fusegrad/op/strided.hpp"
#include "fusegrad/pass/prune.hpp"

namespace fusegrad {

/// A value as another value with strides: from `first` on, element i of axis a lies `stride[a]` * i elements
/// further.
struct view {
  node_id base;
  int first = 0;
  int stride[max_rank] = {};
  bool direct = true;  // the base itself, in its own order
};

[[nodiscard]] constexpr view whole(const graph& in, node_id id) {
  view result{id, 0, {}, true};
  for (int axis = 0; axis < in[id].extents.rank; ++axis) result.stride[axis] = in[id].extents.stride(axis);
  return result;
}

/// Strides after axes of extent 1 are added or dropped; the others keep theirs.
[[nodiscard]] constexpr view reshaped(const view& from, const tensor_shape& before,
                                      const tensor_shape& after) {
  view result{from.base, from.first, {}, from.direct};
  int source = 0;
  for (int axis = 0; axis < after.rank; ++axis) {
    if (after[axis] == 1) continue;
    while (before[source] == 1) ++source;
    result.stride[axis] = from.stride[source++];
  }
  return result;
}

[[nodiscard]] constexpr bool only_ones_differ(const tensor_shape& a, const tensor_shape& b) {
  int i = 0, k = 0;
  while (true) {
    while (i < a.rank && a[i] == 1) ++i;
    while (k < b.rank && b[k] == 1) ++k;
    if (i == a.rank || k == b.rank) return i == a.rank && k == b.rank;
    if (a[i++] != b[k++]) return false;
  }
}

/// The value behind all movements.
[[nodiscard]] constexpr node_id base_of(const graph& in, node_id id) {
  const node* const nodes = in.nodes().data();
  while (nodes[id.value].op->family == operation_family::movement) id = nodes[id.value].operands[0];
  return id;
}

/// Every few elements of a view.
[[nodiscard]] constexpr view sliced(const view& from, const node& by) {
  view result{from.base, from.first, {}, false};
  for (int axis = 0; axis < by.payload.starts.rank; ++axis)
    result.first += by.payload.starts[axis] * from.stride[axis];
  for (int axis = 0; axis < by.extents.rank; ++axis)
    result.stride[axis] =
        striding::step_of(by.payload, axis) * from.stride[striding::axis_of(by.payload, axis)];
  return result;
}

/// Whether a node reads its operands in their own order: what sums over the rows, and the products that have
/// a micro-kernel; also rows of a table, which are read as a whole. Products of two values of rank 2 and more
/// are loops, which read any view.
[[nodiscard]] constexpr bool reads_in_order(const graph& in, const operation& op, const node_id* operands) {
  if (op.family == operation_family::row_mean) return true;
  if (&op == &row<gather_op>() || &op == &row<place_at_label_op>()) return true;
  if (op.family != operation_family::contraction) return false;
  const node& left = in[operands[0]];
  const node& right = in[operands[1]];
  if (left.depends != level::row && right.depends != level::row) return true;
  return left.extents.rank < 2 || right.extents.rank < 2;
}

/// How to read a value. Movements that strides cannot express have been given a copy by `settle`.
[[nodiscard]] constexpr view view_of(const graph& in, node_id id) {
  const node& here = in[id];
  if (here.op->family != operation_family::movement) return whole(in, id);
  const view inner = view_of(in, here.operands[0]);
  const tensor_shape& before = in[here.operands[0]].extents;
  if (here.op == &row<reshape_op>()) {
    if (only_ones_differ(before, here.extents)) return reshaped(inner, before, here.extents);
    view result = whole(in, id);
    result.base = inner.base;
    return result;
  }
  if (here.op == &row<strided_op>()) return sliced(inner, here);
  view result{inner.base, inner.first, {}, false};
  for (int axis = 0, source = 0; axis < here.extents.rank; ++axis) {
    if (here.op == &row<transpose_op>())
      result.stride[axis] = inner.stride[here.payload.letters[0][axis] - 1];
    else if (!contains(here.payload.axes, axis))
      result.stride[axis] = inner.stride[source++];
  }
  return result;
}

/// Whether a value has no memory, since who reads it makes it: a number, or random numbers.
[[nodiscard]] constexpr bool is_made_where_read(const graph& in, node_id id) {
  const node& here = in[id];
  if (here.op != &row<symbol_op>()) return here.op == &row<constant_op>();
  return in.symbols()[std::size_t(here.payload.symbol)].role == symbol_role::random;
}

/// Gives a copy to values that must lie in their own order but are read through a movement: operands of
/// contractions and of row means, outputs, and what a reshape folds differently.
[[nodiscard]] constexpr graph settle(const graph& from) {
  graph result;
  result.copy_symbols(from.symbols());
  std::vector<node_id> place(std::size_t(from.size()));
  const auto settled = [&](node_id id) {
    const bool moved = !view_of(result, id).direct;
    return moved || is_made_where_read(result, id) ? result.add(row<copy_op>(), {id}) : id;
  };
  for (int i = 0; i < from.size(); ++i) {
    const node& each = from[node_id{i}];
    node_id operands[max_operands];
    for (int k = 0; k < each.arity; ++k) operands[k] = place[std::size_t(each.operands[k].value)];
    const bool folds =
        each.op == &row<reshape_op>() && !only_ones_differ(result[operands[0]].extents, each.extents);
    const bool strict = reads_in_order(result, *each.op, operands);
    for (int k = 0; k < each.arity && (folds || strict); ++k) operands[k] = settled(operands[k]);
    // Carries change one after the other: what one becomes must not be another, nor itself in another order.
    if (each.op == &row<advance_op>() && result[base_of(result, operands[2])].op == &row<carry_op>())
      operands[2] = result.add(row<copy_op>(), {operands[2]});
    place[std::size_t(i)] = result.add(*each.op, operands, each.arity, each.payload);
  }
  for (output each : from.outputs()) {
    each.id = place[std::size_t(each.id.value)];
    const bool leaf = result[base_of(result, each.id)].op->family == operation_family::leaf;
    if (result[each.id].kind == value_kind::condition) {
      const ref condition{&result, each.id};
      each.id = where(condition, constant_like(condition, 1), constant_like(condition, 0)).id;
    } else if (leaf || !view_of(result, each.id).direct) {
      each.id = result.add(row<copy_op>(), {each.id});
    }
    result.add_output(each);
  }
  result.report(from.trouble());
  return prune(static_cast<graph&&>(result));
}

}  // namespace fusegrad
