// SPDX-License-Identifier: BSL-1.0
// Elements chosen by a table of indices that is known to the compiler. Its transpose adds each element where
// it was taken. What lies at regular distances is a slice instead.
#pragma once

#include "fusegrad/op/slice.hpp"

namespace fusegrad {

/// Stands for no element in a table of indices: the result is 0 there.
inline constexpr int no_element = -(1 << 30);

/// Where an index of a table lies on an axis of an extent; negative ones count from the end, none is -1.
[[nodiscard]] constexpr int place_on_axis(int index, int extent) {
  if (index == no_element) return -1;
  return index < 0 ? index + extent : index;
}

/// How the elements of a chosen tensor lie beside those that it is chosen from: equal but for one axis.
struct chosen_axis {
  int inner = 1;  // elements within one of the axis
  int chosen = 1;
  int extent = 1;

  /// Where element `i` of the chosen tensor comes from, or -1.
  [[nodiscard]] constexpr int source(int i, const int* indices) const {
    const int place = place_on_axis(indices[i / inner % chosen], extent);
    return place < 0 ? -1 : (i / inner / chosen * extent + place) * inner + i % inner;
  }
};

[[nodiscard]] constexpr chosen_axis chosen_axis_of(const attributes& of, const tensor_shape& chosen,
                                                   const tensor_shape& from) {
  const int axis = first_axis(of.axes);
  return {from.stride(axis), chosen[axis], from[axis]};
}

/// What takings and their transposes share.
struct indexed_operation : placement_operation {
  static constexpr int arity = 1;
  static constexpr inference infer(const graph& in, const node& of) {
    return {of.payload.extents, value_kind::real, real_expected(in[of.operands[0]])};
  }
  static constexpr attributes carry(const node& of, int extent, unsigned) {
    attributes wide = along_later_axes(of.payload);
    wide.extents = with_leading(extent, of.extents);
    return wide;
  }
};

constexpr ref take_from(ref value, const attributes& which);
constexpr ref add_at(ref value, const attributes& which);

/// Elements of one axis in the order of a table. Reads `axes`: that axis; `indices`; `extents`: the result's.
struct take_op : indexed_operation {
  static constexpr std::string_view name = "take";
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const chosen_axis axis = chosen_axis_of(of.payload, result.extents, operands[0].extents);
    for (int i = 0; i < result.extents.elements(); ++i) {
      const int from = axis.source(i, of.payload.indices);
      result[i] = 0;
      if (from >= 0) result[i] = operands[0][from];
    }
  }
  static constexpr ref transpose(int, const ref* operands, ref result, ref adjoint) {
    attributes back = result->payload;
    back.extents = operands[0].extents();
    return add_at(adjoint, back);
  }
};

/// Elements of one axis, added up where a table says. Reads `axes`: that axis; `indices`; `extents`: the
/// result's.
struct add_at_op : indexed_operation {
  static constexpr std::string_view name = "add_at";
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const chosen_axis axis = chosen_axis_of(of.payload, operands[0].extents, result.extents);
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = 0;
    for (int i = 0; i < operands[0].extents.elements(); ++i) {
      const int to = axis.source(i, of.payload.indices);
      if (to >= 0) result[to] += operands[0][i];
    }
  }
  static constexpr ref transpose(int, const ref* operands, ref result, ref adjoint) {
    attributes back = result->payload;
    back.extents = operands[0].extents();
    return take_from(adjoint, back);
  }
};

[[nodiscard]] constexpr ref take_from(ref value, const attributes& which) {
  return apply<take_op>(which, value);
}
[[nodiscard]] constexpr ref add_at(ref value, const attributes& which) {
  return apply<add_at_op>(which, value);
}

/// Elements of one axis, as a table of `count` indices says: a slice where it is regular.
[[nodiscard]] constexpr ref take_of(ref value, int axis, const int* indices, int count) {
  const tensor_shape from = value.extents();
  if (value.in->trouble() || from.rank == 0) return value;
  const int extent = from[axis];
  const int first = place_on_axis(indices[0], extent);
  const int step = count > 1 ? place_on_axis(indices[1], extent) - first : 1;
  bool regular = step != 0;
  for (int i = 0; i < count; ++i) {
    const int place = place_on_axis(indices[i], extent);
    if (indices[i] != no_element && (place < 0 || place >= extent)) {
      value.in->report({problem_kind::index_out_of_range, from, {}});
      return value;
    }
    regular = regular && place >= 0 && place == first + i * step;
  }
  attributes which = striding::whole(from);
  which.extents.set(axis, count);
  if (!regular) {
    attributes table;
    table.extents = which.extents;
    table.axes = 1u << axis;
    table.indices = indices;
    return take_from(value, table);
  }
  which.starts.set(axis, first);
  which.steps.set(axis, step < 0 ? -step : step);
  if (step < 0) which.axes = 1u << axis;
  return strided_view(value, which);
}

/// Some indices as a table in static storage.
template <int... Indices> inline constexpr int index_table[] = {Indices...};

/// The indices of a packed vector that a lower triangular matrix has as its rows.
template <int N> struct triangle {
  int at[N * N];

  constexpr triangle() : at() {
    for (int i = 0; i < N; ++i)
      for (int k = 0; k < N; ++k) at[i * N + k] = k <= i ? i * (i + 1) / 2 + k : no_element;
  }
};
template <int N> inline constexpr triangle<N> triangle_table;

template <int Axis, int... Indices> struct take_function {
  static constexpr std::string_view word = "take";
  constexpr ref operator()(ref value) const {
    return take_of(value, axis_in(value, Axis), index_table<Indices...>, int(sizeof...(Indices)));
  }
};

template <int N> struct lower_triangular_function {
  static constexpr std::string_view word = "lower_triangular";
  constexpr ref operator()(ref packed) const {
    const tensor_shape wanted{N * (N + 1) / 2};
    if (!(packed.extents() == wanted)) {
      packed.in->report({problem_kind::not_a_triangle, packed.extents(), wanted});
      return packed;
    }
    return reshape_to(take_of(packed, 0, triangle_table<N>.at, N * N), tensor_shape{N, N});
  }
};

/// Elements of one axis by their indices, in any order and as often as one likes: NumPy's `take`.
/// Shape:  that of v, with as many elements along the axis as there are indices. Negative ones count from the
///         end.
/// Errors: compile time, if the axis or an element is missing.
/// Cost:   one write per element of the result; none if the indices are regular.
template <int Axis, int... Indices, formula Value>
requires(sizeof...(Indices) > 0) [[nodiscard]] constexpr auto take(Value v) {
  return call<take_function<Axis, Indices...>>(v);
}

/// The lower triangular matrix whose rows a vector holds, one after the other: row i has i + 1 elements. The
/// factor of a covariance can be learned as such a vector.
/// Shape:  [n (n + 1) / 2] -> [n, n].
/// Errors: compile time, if the vector has another length.
/// Cost:   one write per element of the matrix.
template <int N, formula Vector>
requires(N > 0) [[nodiscard]] constexpr auto lower_triangular(Vector packed) {
  return call<lower_triangular_function<N>>(packed);
}

}  // namespace fusegrad
