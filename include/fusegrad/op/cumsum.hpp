// SPDX-License-Identifier: BSL-1.0
// The cumulative sum along one axis, from either end: each is the transpose of the other.
#pragma once

#include "fusegrad/op/reduce.hpp"

namespace fusegrad {

/// Which end of an axis a scan begins at. Kept in `number`.
enum class scan_from { first, last };

/// The sums of the elements up to each one along an axis. Reads `axes`: one axis; `number`: a `scan_from`.
struct cumsum_op {
  static constexpr std::string_view name = "cumsum";
  static constexpr operation_family family = operation_family::scan;
  static constexpr int arity = 1;
  static constexpr int flops = 1;
  static constexpr inference infer(const graph& in, const node& of) {
    inference inferred = reduction_operation::infer(in, of);
    inferred.extents = in[of.operands[0]].extents;
    return inferred;
  }
  /// What is gathered so far is the result of each element in turn.
  template <class Value> using accumulator = sum_op::accumulator<Value>;
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const tensor_shape& extents = result.extents;
    int axis = 0;
    while (!contains(of.payload.axes, axis)) ++axis;
    const bool backwards = begins_at_last(of);
    const int begin = backwards ? extents[axis] - 1 : 0;
    const int back = (backwards ? -1 : 1) * extents.stride(axis);
    for (int visited = 0; visited < extents.elements(); ++visited) {
      const int i = backwards ? extents.elements() - 1 - visited : visited;
      const bool first = i / extents.stride(axis) % extents[axis] == begin;
      result[i] = first ? operands[0][i] : result[i - back] + operands[0][i];
    }
  }
  static constexpr ref transpose(int, const ref*, ref result, ref adjoint);
  static constexpr attributes carry(const node& of, int extent, unsigned carriers) {
    return reduction_operation::carry(of, extent, carriers);
  }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    return reduction_operation::print_reduction(begins_at_last(of) ? "reverse_cumsum" : name, in, of,
                                                operands);
  }

  [[nodiscard]] static constexpr bool begins_at_last(const node& of) {
    return of.payload.number == double(scan_from::last);
  }
};

/// The cumulative sum along one axis.
[[nodiscard]] constexpr ref cumulate(ref value, axis_set axis, scan_from from) {
  attributes payload;
  payload.axes = axis;
  payload.number = double(from);
  return apply<cumsum_op>(payload, value);
}

constexpr ref cumsum_op::transpose(int, const ref*, ref result, ref adjoint) {
  const bool backwards = begins_at_last(*result);
  return cumulate(adjoint, result->payload.axes, backwards ? scan_from::first : scan_from::last);
}

/// A function of refs: the cumulative sum along an axis that is given as template argument.
template <scan_from From, int Axis> struct cumsum_function {
  static constexpr std::string_view word = From == scan_from::last ? "reverse_cumsum" : "cumsum";
  constexpr ref operator()(ref value) const {
    const axis_set axis = axes_of<Axis>(value);
    return axis == 0 ? value : cumulate(value, axis, From);
  }
};

/// The sums of the elements up to each one, itself included, along an axis, the last one if none is given.
/// Shape:  v -> the same shape.
/// Rounds: one accumulator, from the first element to the last.
/// Errors: compile time, if v has no such axis.
template <int Axis = -1, formula Value> [[nodiscard]] constexpr auto cumsum(Value v) {
  return call<cumsum_function<scan_from::first, Axis>>(v);
}

/// The sums of the elements from each one on, itself included, along an axis, the last one if none is given.
template <int Axis = -1, formula Value> [[nodiscard]] constexpr auto reverse_cumsum(Value v) {
  return call<cumsum_function<scan_from::last, Axis>>(v);
}

}  // namespace fusegrad
