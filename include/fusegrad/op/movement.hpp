// SPDX-License-Identifier: BSL-1.0
// Elements under other names: broadcast, reshape, transpose. Nothing is computed.
// Broadcasting adds whole axes only, so that it is the exact transpose of a sum over these axes.
#pragma once

#include "fusegrad/op/leaf.hpp"

namespace fusegrad {

/// What all movements share: they are linear, and the result has the kind of the operand.
struct movement_operation {
  static constexpr operation_family family = operation_family::movement;
  static constexpr int arity = 1;
  static constexpr int flops = 0;
};

/// What all placements share: they are linear in all operands together. What is real stays real.
struct placement_operation {
  static constexpr operation_family family = operation_family::placement;
  static constexpr int flops = 1;
};

constexpr ref sum_over(ref value, axis_set axes);
constexpr ref broadcast_over(ref value, const tensor_shape& target, axis_set axes);
constexpr ref reshape_to(ref value, const tensor_shape& target);
constexpr ref transpose_of(ref value, axis_letters order);

/// Repeats a value along new axes. Reads `extents` (the result's), `axes` (the new ones).
struct broadcast_op : movement_operation {
  static constexpr std::string_view name = "broadcast";
  static constexpr inference infer(const graph& in, const node& of) {
    return {of.payload.extents, in[of.operands[0]].kind, {}};
  }
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i)
      result[i] = operands[0][source(i, result.extents, of.payload.axes)];
  }
  static constexpr ref transpose(int, const ref*, ref result, ref adjoint) {
    return sum_over(adjoint, result->payload.axes);
  }
  static constexpr attributes carry(const node& of, int extent, unsigned) {
    attributes wide = along_later_axes(of.payload);
    wide.extents = with_leading(extent, of.extents);
    return wide;
  }
  /// Broadcasting is understood when it is not written.
  static constexpr printed print(const graph&, const node&, const printed* operands) { return operands[0]; }
  static constexpr printed latex(const graph&, const node&, const printed* operands) { return operands[0]; }

  /// The operand's element that element `i` of the result repeats.
  static constexpr int source(int i, const tensor_shape& extents, axis_set axes) {
    return position_op::position_of(i, extents, all_axes(extents) & ~axes);
  }
};

/// The same elements in another shape. Reads `extents`.
struct reshape_op : movement_operation {
  static constexpr std::string_view name = "reshape";
  static constexpr inference infer(const graph& in, const node& of) {
    const node& operand = in[of.operands[0]];
    problem trouble;
    if (operand.extents.elements() != of.payload.extents.elements())
      trouble = {problem_kind::reshape_changes_size, operand.extents, of.payload.extents};
    return {of.payload.extents, operand.kind, trouble};
  }
  template <class Real>
  static constexpr void evaluate(const node&, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = operands[0][i];
  }
  static constexpr ref transpose(int, const ref* operands, ref, ref adjoint) {
    return reshape_to(adjoint, operands[0].extents());
  }
  static constexpr attributes carry(const node& of, int extent, unsigned) {
    attributes wide = of.payload;
    wide.extents = with_leading(extent, of.extents);
    return wide;
  }
  static constexpr printed print(const graph&, const node&, const printed* operands) { return operands[0]; }
  static constexpr printed latex(const graph&, const node&, const printed* operands) { return operands[0]; }
};

/// Axes in another order. Reads `letters[0]`: the operand's axis (from 1) that each axis of the result is.
struct transpose_op : movement_operation {
  static constexpr std::string_view name = "transpose";
  static constexpr inference infer(const graph& in, const node& of) {
    const node& operand = in[of.operands[0]];
    tensor_shape extents;
    for (int axis = 0; axis < operand.extents.rank; ++axis)
      extents.push_back(operand.extents[of.payload.letters[0][axis] - 1]);
    return {extents, operand.kind, {}};
  }
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i)
      result[i] = operands[0][source(i, result.extents, operands[0].extents, of.payload.letters[0])];
  }
  static constexpr ref transpose(int, const ref*, ref result, ref adjoint) {
    const axis_letters order = result->payload.letters[0];
    axis_letters inverse;
    for (int axis = 0; axis < result.rank(); ++axis) inverse.push_back(order.find(axis + 1) + 1);
    return transpose_of(adjoint, inverse);
  }
  static constexpr attributes carry(const node& of, int, unsigned) {
    attributes wide = of.payload;
    wide.letters[0] = {};
    wide.letters[0].push_back(1);
    for (int axis = 0; axis < of.extents.rank; ++axis)
      wide.letters[0].push_back(of.payload.letters[0][axis] + 1);
    return wide;
  }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return {text("transpose(") + operands[0].text + ")", 9};
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    if (in[of.operands[0]].extents.rank == 2) return latex_transpose(operands[0]);
    return latex_call(latex_operator(name), operands, 1);
  }

  static constexpr int source(int i, const tensor_shape& result, const tensor_shape& operand,
                              axis_letters order) {
    int index = 0;
    for (int axis = 0; axis < result.rank; ++axis)
      index += i / result.stride(axis) % result[axis] * operand.stride(order[axis] - 1);
    return index;
  }
};

/// Repeats a value along `axes` of `target`; a constant only gets its new shape.
[[nodiscard]] constexpr ref broadcast_over(ref value, const tensor_shape& target, axis_set axes) {
  if (axes == 0) return value;
  if (is<constant_op>(value)) return constant_in(*value.in, value->payload.number, target);
  attributes payload;
  payload.extents = target;
  payload.axes = axes;
  return apply<broadcast_op>(payload, value);
}

/// The same elements in another shape; two reshapes are one.
[[nodiscard]] constexpr ref reshape_to(ref value, const tensor_shape& target) {
  if (value.extents() == target) return value;
  if (is<constant_op>(value)) return constant_in(*value.in, value->payload.number, target);
  if (is<reshape_op>(value)) return reshape_to(value.operand(0), target);
  attributes payload;
  payload.extents = target;
  return apply<reshape_op>(payload, value);
}

[[nodiscard]] constexpr ref transpose_of(ref value, axis_letters order) {
  bool identity = true;
  for (int axis = 0; axis < value.rank(); ++axis) identity = identity && order[axis] == axis + 1;
  if (identity) return value;
  attributes payload;
  payload.letters[0] = order;
  return apply<transpose_op>(payload, value);
}

/// NumPy's broadcasting: axes that stretch are dropped first, then added by one broadcast.
[[nodiscard]] constexpr ref broadcast_to(ref value, const tensor_shape& target) {
  const tensor_shape from = value.extents();
  if (from == target) return value;
  const int missing = target.rank - from.rank;
  axis_set axes = 0;
  for (int axis = 0; axis < target.rank; ++axis)
    if (axis < missing || (from[axis - missing] == 1 && target[axis] != 1)) axes |= 1u << axis;
  return broadcast_over(reshape_to(value, without(target, axes)), target, axes);
}

/// A function of refs that reverses the order of the axes.
struct transpose_function {
  constexpr ref operator()(ref value) const {
    axis_letters order;
    for (int axis = value.rank(); axis > 0; --axis) order.push_back(axis);
    return transpose_of(value, order);
  }
};

/// A function of refs that gives a value another shape.
template <int... Extents> struct reshape_function {
  constexpr ref operator()(ref value) const { return reshape_to(value, tensor_shape{Extents...}); }
};

/// A function of refs that repeats a value until it has a shape.
template <int... Extents> struct broadcast_function {
  constexpr ref operator()(ref value) const {
    const tensor_shape target{Extents...};
    const broadcast_result common = broadcast(value.extents(), target);
    if (common.fits && common.extents == target) return broadcast_to(value, target);
    value.in->report({problem_kind::shapes_do_not_broadcast, value.extents(), target});
    return value;
  }
};

/// The axes in reverse order: the transpose of a matrix.
/// Shape: v [a, b] -> [b, a].
template <formula Value> [[nodiscard]] constexpr auto transpose(Value value) {
  return call<transpose_function>(value);
}

/// The same elements in another shape, row-major.
/// Errors: compile time, if the number of elements changes.
template <int... Extents, formula Value> [[nodiscard]] constexpr auto reshape(Value value) {
  return call<reshape_function<Extents...>>(value);
}

/// The value repeated until it has a shape, as NumPy does: `broadcast_to<64>(0_c)` are 64 zeros.
/// Errors: compile time, if an extent of the value is neither 1 nor that of the shape, or it has more axes.
template <int... Extents, formula Value> [[nodiscard]] constexpr auto broadcast_to(Value value) {
  return call<broadcast_function<Extents...>>(value);
}

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/op/arithmetic.hpp"
