// SPDX-License-Identifier: BSL-1.0
// The static extents of a value's features. The batch axis is never part of a shape.
#pragma once

#include <initializer_list>

namespace fusegrad {

/// The largest number of feature axes: a Hessian of a matrix parameter has four.
inline constexpr int max_rank = 6;

/// A set of axes, one bit each: axis 0 is the lowest bit.
using axis_set = unsigned;

/// Extents of a tensor, slowest axis first (row-major). Rank 0 is a single number.
struct shape {
  int rank = 0;
  int extent[max_rank] = {};

  constexpr shape() = default;
  constexpr shape(std::initializer_list<int> extents) {
    for (int each : extents) push_back(each);
  }

  constexpr void push_back(int value) { extent[rank++] = value; }
  [[nodiscard]] constexpr int operator[](int axis) const { return extent[axis]; }
  [[nodiscard]] constexpr int back() const { return extent[rank - 1]; }

  /// The number of elements, 1 for rank 0.
  [[nodiscard]] constexpr int elements() const {
    int product = 1;
    for (int axis = 0; axis < rank; ++axis) product *= extent[axis];
    return product;
  }

  /// The distance between neighbours along an axis, in elements.
  [[nodiscard]] constexpr int stride(int axis) const {
    int product = 1;
    for (int inner = axis + 1; inner < rank; ++inner) product *= extent[inner];
    return product;
  }

  bool operator==(const shape&) const = default;
};

[[nodiscard]] constexpr bool contains(axis_set axes, int axis) { return (axes >> axis & 1u) != 0; }

/// All axes of a shape.
[[nodiscard]] constexpr axis_set all_axes(const shape& of) { return (1u << of.rank) - 1u; }

/// The shape that is left when axes are reduced away.
[[nodiscard]] constexpr shape without(const shape& from, axis_set axes) {
  shape result;
  for (int axis = 0; axis < from.rank; ++axis)
    if (!contains(axes, axis)) result.push_back(from[axis]);
  return result;
}

/// The shape with the given axes reduced to extent 1.
[[nodiscard]] constexpr shape with_ones(const shape& from, axis_set axes) {
  shape result = from;
  for (int axis = 0; axis < from.rank; ++axis)
    if (contains(axes, axis)) result.extent[axis] = 1;
  return result;
}

/// The product of the extents of some axes.
[[nodiscard]] constexpr int elements_along(const shape& of, axis_set axes) {
  int product = 1;
  for (int axis = 0; axis < of.rank; ++axis)
    if (contains(axes, axis)) product *= of[axis];
  return product;
}

/// What two shapes become together under NumPy's rule; `fits` is false where they cannot.
struct broadcast_result {
  shape extents;
  bool fits = true;
};

/// NumPy's rule: aligned at the last axis, an extent of 1 or a missing axis stretches.
/// Source: NumPy user guide, "Broadcasting".
[[nodiscard]] constexpr broadcast_result broadcast(const shape& a, const shape& b) {
  broadcast_result result;
  result.extents.rank = a.rank > b.rank ? a.rank : b.rank;
  for (int back = 1; back <= result.extents.rank; ++back) {
    const int left = back <= a.rank ? a[a.rank - back] : 1;
    const int right = back <= b.rank ? b[b.rank - back] : 1;
    if (left != right && left != 1 && right != 1) result.fits = false;
    result.extents.extent[result.extents.rank - back] = left == 1 ? right : left;
  }
  return result;
}

}  // namespace fusegrad
