// SPDX-License-Identifier: BSL-1.0
// Parts of a value: slices, reversed axes, single elements, the diagonal. None costs a loop.
#pragma once

#include "fusegrad/op/reduce.hpp"
#include "fusegrad/op/strided.hpp"

namespace fusegrad {

/// The end of an axis, as the end of a slice.
inline constexpr int to_end = 1 << 30;

/// Every `step`-th element of one axis, from `start` up to but without `stop`.
[[nodiscard]] constexpr ref slice_of(ref value, int axis, int start, int stop, int step) {
  const tensor_shape from = value.extents();
  if (value.in->trouble() || from.rank == 0) return value;
  const int extent = from[axis];
  const int first = start < 0 ? start + extent : start;
  const int last = stop == to_end ? extent : stop < 0 ? stop + extent : stop;
  if (first < 0 || first >= last || last > extent || step < 1) {
    value.in->report({problem_kind::slice_out_of_range, from, {}});
    return value;
  }
  attributes part = striding::whole(from);
  part.starts.set(axis, first);
  part.steps.set(axis, step);
  part.extents.set(axis, (last - first + step - 1) / step);
  return strided_view(value, part);
}

template <int Axis, int Start, int Stop, int Step> struct slice_function {
  static constexpr std::string_view word = "slice";
  constexpr ref operator()(ref value) const {
    return slice_of(value, axis_in(value, Axis), Start, Stop, Step);
  }
};

template <int... Axes> struct reverse_function {
  static constexpr std::string_view word = "reverse";
  constexpr ref operator()(ref value) const {
    const axis_set axes = axes_of<Axes...>(value);
    attributes backwards = striding::whole(value.extents());
    backwards.axes = axes;
    for (int axis = 0; axis < value.rank(); ++axis)
      if (contains(axes, axis)) backwards.starts.set(axis, value.extents()[axis] - 1);
    return strided_view(value, backwards);
  }
};

template <int... Indices> struct at_function {
  static constexpr std::string_view word = "at";
  constexpr ref operator()(ref value) const {
    constexpr int indices[] = {Indices...};
    constexpr int count = int(sizeof...(Indices));
    const tensor_shape from = value.extents();
    attributes part;
    for (int axis = 0; axis < count && axis < from.rank; ++axis) {
      const int index = indices[axis] < 0 ? indices[axis] + from[axis] : indices[axis];
      if (index < 0 || index >= from[axis]) value.in->report({problem_kind::index_out_of_range, from, {}});
      part.starts.push_back(index);
    }
    if (count > from.rank) value.in->report({problem_kind::axis_out_of_range, from, {}});
    if (value.in->trouble()) return value;
    for (int axis = count; axis < from.rank; ++axis) {
      part.starts.push_back(0);
      part.steps.push_back(1);
      part.letters[0].push_back(axis + 1);
      part.extents.push_back(from[axis]);
    }
    return strided_view(value, part);
  }
};

/// Where the diagonals of square matrices lie, if each matrix is one axis, the last, as in memory.
[[nodiscard]] constexpr attributes diagonals_in(tensor_shape of_diagonals) {
  attributes part = striding::whole(of_diagonals);
  part.steps.set(of_diagonals.rank - 1, of_diagonals.back() + 1);
  return part;
}

/// The diagonals along the last two axes, which are equally long.
[[nodiscard]] constexpr ref diagonals_of(ref matrices) {
  const tensor_shape extents = matrices.extents();
  tensor_shape flat, diagonals;
  for (int axis = 0; axis + 2 < extents.rank; ++axis) flat.push_back(extents[axis]);
  diagonals = flat;
  flat.push_back(extents.back() * extents.back());
  diagonals.push_back(extents.back());
  return strided_view(reshape_to(matrices, flat), diagonals_in(diagonals));
}

struct diagonal_function {
  static constexpr std::string_view word = "diagonal";
  constexpr ref operator()(ref matrix) const {
    const tensor_shape from = matrix.extents();
    if (from.rank != 2 || from[0] != from[1]) {
      matrix.in->report({problem_kind::not_a_square_matrix, from, {}});
      return matrix;
    }
    return diagonals_of(matrix);
  }
};

struct diagonal_matrix_function {
  static constexpr std::string_view word = "diagonal_matrix";
  constexpr ref operator()(ref vector) const {
    if (vector.rank() != 1) {
      vector.in->report({problem_kind::axis_out_of_range, vector.extents(), {}});
      return vector;
    }
    const int n = vector.extents()[0];
    attributes where_to = diagonals_in(tensor_shape{n});
    where_to.extents = tensor_shape{n * n};
    return reshape_to(scatter(vector, where_to), tensor_shape{n, n});
  }
};

/// Every `Step`-th element of one axis from `Start` up to but without `Stop`: Python's `v[Start:Stop:Step]`.
/// Shape:   that of v, ceil((Stop - Start) / Step) along the axis. Negative axes and positions count from the
///          end.
/// Errors:  compile time, if the axis is missing, the range is empty or leaves the axis, or the step is not
///          positive (for the other direction: `reverse`).
/// Cost:    none.
template <int Axis, int Start, int Stop = to_end, int Step = 1, formula Value>
[[nodiscard]] constexpr auto slice(Value v) {
  return call<slice_function<Axis, Start, Stop, Step>>(v);
}

/// The elements in reverse order along the given axes, along all without any: NumPy's `flip`.
/// Errors: compile time, if an axis is missing.
/// Cost:   none.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto reverse(Value v) {
  return call<reverse_function<Axes...>>(v);
}

/// The element, or the part, at fixed indices of the first axes: Python's `v[0, 2]` is `at<0, 2>(v)`.
/// Shape:  v without as many axes as there are indices. Negative indices count from the end.
/// Errors: compile time, if v has no such element.
/// Cost:   none.
template <int... Indices, formula Value>
requires(sizeof...(Indices) > 0) [[nodiscard]] constexpr auto at(Value v) {
  return call<at_function<Indices...>>(v);
}

/// The elements (i, i) of a square matrix; their sum is its trace.
/// Shape:  [n, n] -> [n].
/// Errors: compile time, if m is not square.
template <formula Matrix> [[nodiscard]] constexpr auto diagonal(Matrix m) {
  return call<diagonal_function>(m);
}

/// The matrix with the elements of v on its diagonal, and zeros elsewhere.
/// Shape:  [n] -> [n, n].
/// Errors: compile time, if v is no vector.
/// Cost:   one write per element of the matrix.
template <formula Vector> [[nodiscard]] constexpr auto diagonal_matrix(Vector v) {
  return call<diagonal_matrix_function>(v);
}

}  // namespace fusegrad
