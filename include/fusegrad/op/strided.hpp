// SPDX-License-Identifier: BSL-1.0
// Elements at regular distances: slices, reversed axes, overlapping windows. Reading them is a movement, a
// way to read another value; its transpose adds every element where it was read.
#pragma once

#include "fusegrad/op/movement.hpp"

namespace fusegrad {

/// A way to find the elements of a small tensor in a large one. Reads `starts`: per axis of the large one,
/// the coordinate of the first element; per axis of the small one `letters[0]`: the axis (from 1) of the
/// large one along which it runs, `steps`: how far apart neighbours are there, and `axes`: those that run
/// backwards. An axis of the large one along which none runs stays at its start; along which two run, windows
/// overlap.
namespace striding {

[[nodiscard]] constexpr int axis_of(const attributes& of, int axis) { return of.letters[0][axis] - 1; }

[[nodiscard]] constexpr int step_of(const attributes& of, int axis) {
  return contains(of.axes, axis) ? -of.steps[axis] : of.steps[axis];
}

/// Where element `i` of the small tensor lies in the large one.
[[nodiscard]] constexpr int element_of(int i, const tensor_shape& small, const tensor_shape& large,
                                       const attributes& of) {
  int element = 0;
  for (int axis = 0; axis < large.rank; ++axis) element += of.starts[axis] * large.stride(axis);
  for (int axis = 0; axis < small.rank; ++axis)
    element += i / small.stride(axis) % small[axis] * step_of(of, axis) * large.stride(axis_of(of, axis));
  return element;
}

/// Whether every element of the small tensor lies in the large one.
[[nodiscard]] constexpr bool lies_within(const tensor_shape& small, const tensor_shape& large,
                                         const attributes& of) {
  for (int axis = 0; axis < large.rank; ++axis) {
    int first = of.starts[axis], last = of.starts[axis];
    for (int k = 0; k < small.rank; ++k) {
      if (axis_of(of, k) != axis) continue;
      const int reach = (small[k] - 1) * step_of(of, k);
      if (reach < 0) first += reach;
      if (reach > 0) last += reach;
    }
    if (first < 0 || last >= large[axis]) return false;
  }
  return true;
}

/// All elements of a tensor, in their own order: where others begin.
[[nodiscard]] constexpr attributes whole(const tensor_shape& of) {
  attributes result;
  result.extents = of;
  for (int axis = 0; axis < of.rank; ++axis) {
    result.starts.push_back(0);
    result.steps.push_back(1);
    result.letters[0].push_back(axis + 1);
  }
  return result;
}

/// The same in each layer of two tensors that have one leading axis more.
[[nodiscard]] constexpr attributes in_each_layer(const attributes& of, int extent) {
  attributes result;
  result.extents = with_leading(extent, of.extents);
  result.axes = of.axes << 1;
  result.starts = with_leading(0, of.starts);
  result.steps = with_leading(1, of.steps);
  result.letters[0].push_back(1);
  for (int axis = 0; axis < of.steps.rank; ++axis) result.letters[0].push_back(of.letters[0][axis] + 1);
  return result;
}

/// The elements that `small` finds in what `large` finds.
[[nodiscard]] constexpr attributes composed(const attributes& large, const attributes& small) {
  attributes result;
  result.extents = small.extents;
  for (int axis = 0; axis < large.starts.rank; ++axis) {
    int start = large.starts[axis];
    for (int k = 0; k < small.starts.rank; ++k)
      if (axis_of(large, k) == axis) start += small.starts[k] * step_of(large, k);
    result.starts.push_back(start);
  }
  for (int axis = 0; axis < small.steps.rank; ++axis) {
    const int between = axis_of(small, axis);
    const int step = step_of(small, axis) * step_of(large, between);
    result.letters[0].push_back(axis_of(large, between) + 1);
    result.steps.push_back(step < 0 ? -step : step);
    if (step < 0) result.axes |= 1u << axis;
  }
  return result;
}

/// Whether elements are only given other axes.
[[nodiscard]] constexpr bool is_permutation(const tensor_shape& small, const tensor_shape& large,
                                            const attributes& of) {
  if (small.rank != large.rank || of.axes != 0) return false;
  axis_set met = 0;
  for (int axis = 0; axis < small.rank; ++axis) {
    const int from = axis_of(of, axis);
    if (of.steps[axis] != 1 || of.starts[from] != 0 || small[axis] != large[from]) return false;
    met |= 1u << from;
  }
  return met == all_axes(large);
}

/// Whether an axis is read by two others.
[[nodiscard]] constexpr bool overlaps(const attributes& of) {
  axis_set met = 0;
  for (int axis = 0; axis < of.steps.rank; ++axis) {
    if (contains(met, axis_of(of, axis))) return true;
    met |= 1u << axis_of(of, axis);
  }
  return false;
}

}  // namespace striding

constexpr ref scatter(ref value, const attributes& where_to);
constexpr ref strided_view(ref value, const attributes& where_from);

/// Elements at regular distances. Reads what `striding` says, of the result in the operand, and `extents`:
/// the result's.
struct strided_op : movement_operation {
  static constexpr std::string_view name = "slice";
  static constexpr inference infer(const graph& in, const node& of) {
    const node& operand = in[of.operands[0]];
    problem trouble;
    if (!striding::lies_within(of.payload.extents, operand.extents, of.payload))
      trouble = {problem_kind::slice_out_of_range, operand.extents, of.payload.extents};
    return {of.payload.extents, operand.kind, trouble};
  }
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i)
      result[i] = operands[0][striding::element_of(i, result.extents, operands[0].extents, of.payload)];
  }
  static constexpr ref transpose(int, const ref* operands, ref result, ref adjoint) {
    attributes back = result->payload;
    back.extents = operands[0].extents();
    return scatter(adjoint, back);
  }
  static constexpr attributes carry(const node& of, int extent, unsigned) {
    return striding::in_each_layer(of.payload, extent);
  }
  /// As Python writes it; what no brackets can say is a set of windows.
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    if (striding::overlaps(of.payload)) return {text("windows(") + operands[0].text + ")", 9};
    const tensor_shape& from = in[of.operands[0]].extents;
    return {enclose(operands[0], 9) + "[" + ranges(of, from) + "]", 9};
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    if (striding::overlaps(of.payload)) return latex_call(latex_operator("windows"), operands, 1);
    return {latex_subscript(operands[0], ranges(of, in[of.operands[0]].extents)), latex_binding::atom};
  }

 private:
  static constexpr text ranges(const node& of, const tensor_shape& from) {
    text result;
    for (int axis = 0; axis < from.rank; ++axis)
      result += text(axis > 0 ? ", " : "") + range(of, axis, from[axis]);
    return result;
  }
  static constexpr text range(const node& of, int axis, int extent) {
    const int along = of.payload.letters[0].find(axis + 1);
    const int start = of.payload.starts[axis];
    if (along < 0) return to_text(start);
    const int step = striding::step_of(of.payload, along);
    const int end = start + of.extents[along] * step;
    text result;
    if (start != (step < 0 ? extent - 1 : 0)) result += to_text(start);
    result += ":";
    if (step < 0 ? end >= 0 : end < extent) result += to_text(end);
    if (step != 1) result += text(":") + to_text(step);
    return result;
  }
};

/// The elements of the operand at regular distances in a tensor of zeros; where several meet, their sum.
/// Reads what `striding` says, of the operand in the result, and `extents`: the result's.
struct scatter_op : placement_operation {
  static constexpr std::string_view name = "scatter";
  static constexpr int arity = 1;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& operand = in[of.operands[0]];
    problem trouble = real_expected(operand);
    if (!striding::lies_within(operand.extents, of.payload.extents, of.payload))
      trouble = {problem_kind::slice_out_of_range, of.payload.extents, operand.extents};
    return {of.payload.extents, value_kind::real, trouble};
  }
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = 0;
    for (int i = 0; i < operands[0].extents.elements(); ++i)
      result[striding::element_of(i, operands[0].extents, result.extents, of.payload)] += operands[0][i];
  }
  static constexpr ref transpose(int, const ref* operands, ref result, ref adjoint) {
    attributes back = result->payload;
    back.extents = operands[0].extents();
    return strided_view(adjoint, back);
  }
  static constexpr attributes carry(const node& of, int extent, unsigned) {
    return striding::in_each_layer(of.payload, extent);
  }
  static constexpr printed print(const graph&, const node& of, const printed* operands) {
    bool dense = !striding::overlaps(of.payload) && of.payload.axes == 0;
    for (int axis = 0; axis < of.payload.steps.rank; ++axis) dense = dense && of.payload.steps[axis] == 1;
    return {text(dense ? "pad(" : "scatter(") + operands[0].text + ")", 9};
  }
};

/// Elements at regular distances: the value itself where those are all, a transpose where they only change
/// their axes; views of views are one.
[[nodiscard]] constexpr ref strided_view(ref value, const attributes& where_from) {
  if (is<constant_op>(value)) return constant_in(*value.in, value->payload.number, where_from.extents);
  if (is<strided_op>(value))
    return strided_view(value.operand(0), striding::composed(value->payload, where_from));
  if (striding::is_permutation(where_from.extents, value.extents(), where_from))
    return transpose_of(value, where_from.letters[0]);
  return apply<strided_op>(where_from, value);
}

/// The transpose of `strided_view`; scattered twice is scattered once.
[[nodiscard]] constexpr ref scatter(ref value, const attributes& where_to) {
  if (is<scatter_op>(value)) {
    attributes both = striding::composed(where_to, value->payload);
    both.extents = where_to.extents;
    return scatter(value.operand(0), both);
  }
  if (striding::is_permutation(value.extents(), where_to.extents, where_to)) {
    axis_letters inverse;
    for (int axis = 0; axis < value.rank(); ++axis) inverse.push_back(where_to.letters[0].find(axis + 1) + 1);
    return transpose_of(value, inverse);
  }
  return apply<scatter_op>(where_to, value);
}

}  // namespace fusegrad
