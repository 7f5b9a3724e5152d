// SPDX-License-Identifier: BSL-1.0
// The static extents of a value's features. The batch axis is never part of a shape.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace fusegrad {

/// The largest number of feature axes: a Hessian of a matrix parameter has four.
inline constexpr int max_rank = 6;

/// A set of axes, one bit each: axis 0 is the lowest bit.
using axis_set = unsigned;

/// Extents of a tensor, slowest axis first (row-major), each below 2^21. Rank 0 is a single number.
/// Packed into two numbers: shapes are copied and compared at every step of every pass, and each step of a
/// constant evaluation counts.
struct tensor_shape {
  static constexpr int bits = 21;
  static constexpr int per_word = 3;
  static constexpr std::uint64_t extent_mask = (std::uint64_t(1) << bits) - 1;

  int rank = 0;
  std::uint64_t low = 0;   // axes 0, 1, 2
  std::uint64_t high = 0;  // axes 3, 4, 5

  constexpr tensor_shape() = default;
  constexpr tensor_shape(std::initializer_list<int> extents) {
    for (int each : extents) push_back(each);
  }

  [[nodiscard]] constexpr int operator[](int axis) const {
    return axis < per_word ? int(low >> bits * axis & extent_mask)
                           : int(high >> bits * (axis - per_word) & extent_mask);
  }
  constexpr void set(int axis, int extent) {
    std::uint64_t& word = axis < per_word ? low : high;
    const int shift = bits * (axis < per_word ? axis : axis - per_word);
    word = (word & ~(extent_mask << shift)) | std::uint64_t(extent) << shift;
  }
  constexpr void push_back(int extent) { set(rank++, extent); }
  [[nodiscard]] constexpr int back() const { return (*this)[rank - 1]; }

  /// The number of elements, 1 for rank 0.
  [[nodiscard]] constexpr int elements() const {
    int product = 1;
    for (int axis = 0; axis < rank; ++axis) product *= (*this)[axis];
    return product;
  }

  /// The distance between neighbours along an axis, in elements.
  [[nodiscard]] constexpr int stride(int axis) const {
    int product = 1;
    for (int inner = axis + 1; inner < rank; ++inner) product *= (*this)[inner];
    return product;
  }

  bool operator==(const tensor_shape&) const = default;
};

[[nodiscard]] constexpr bool contains(axis_set axes, int axis) { return (axes >> axis & 1u) != 0; }

/// The first axis of a set that has one.
[[nodiscard]] constexpr int first_axis(axis_set axes) {
  int axis = 0;
  while (!contains(axes, axis)) ++axis;
  return axis;
}

/// All axes of a shape.
[[nodiscard]] constexpr axis_set all_axes(const tensor_shape& of) { return (1u << of.rank) - 1u; }

/// The shape that is left when axes are reduced away.
[[nodiscard]] constexpr tensor_shape without(const tensor_shape& from, axis_set axes) {
  tensor_shape result;
  for (int axis = 0; axis < from.rank; ++axis)
    if (!contains(axes, axis)) result.push_back(from[axis]);
  return result;
}

/// The shape with the given axes reduced to extent 1.
[[nodiscard]] constexpr tensor_shape with_ones(const tensor_shape& from, axis_set axes) {
  tensor_shape result = from;
  for (int axis = 0; axis < from.rank; ++axis)
    if (contains(axes, axis)) result.set(axis, 1);
  return result;
}

/// The shape with one leading axis more.
[[nodiscard]] constexpr tensor_shape with_leading(int extent, const tensor_shape& of) {
  tensor_shape result{extent};
  for (int axis = 0; axis < of.rank; ++axis) result.push_back(of[axis]);
  return result;
}

/// The shape with one axis more at its end.
[[nodiscard]] constexpr tensor_shape with_last(const tensor_shape& of, int extent) {
  tensor_shape result = of;
  result.push_back(extent);
  return result;
}

/// The product of the extents of some axes.
[[nodiscard]] constexpr int elements_along(const tensor_shape& of, axis_set axes) {
  int product = 1;
  for (int axis = 0; axis < of.rank; ++axis)
    if (contains(axes, axis)) product *= of[axis];
  return product;
}

/// What two shapes become together under NumPy's rule; `fits` is false where they cannot.
struct broadcast_result {
  tensor_shape extents;
  bool fits = true;
};

/// NumPy's rule: aligned at the last axis, an extent of 1 or a missing axis stretches.
/// Source: NumPy user guide, "Broadcasting".
[[nodiscard]] constexpr broadcast_result broadcast(const tensor_shape& a, const tensor_shape& b) {
  broadcast_result result;
  result.extents.rank = a.rank > b.rank ? a.rank : b.rank;
  for (int back = 1; back <= result.extents.rank; ++back) {
    const int left = back <= a.rank ? a[a.rank - back] : 1;
    const int right = back <= b.rank ? b[b.rank - back] : 1;
    if (left != right && left != 1 && right != 1) result.fits = false;
    result.extents.set(result.extents.rank - back, left == 1 ? right : left);
  }
  return result;
}

}  // namespace fusegrad
