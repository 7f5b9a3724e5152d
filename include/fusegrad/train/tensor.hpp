// SPDX-License-Identifier: BSL-1.0
// A tensor of parameters as the user sees it: a view of numbers with a static shape, readable, writable,
// printable.
#pragma once

#include <cassert>
#include <cstddef>
#include <ostream>
#include <span>
#include <stdexcept>
#include <type_traits>

#include "fusegrad/base/shape.hpp"

namespace fusegrad {

/// Prints numbers row by row, the last axis along the lines; long axes are cut in the middle.
template <class Real>
void print_tensor(std::ostream& to, std::span<const Real> values, const tensor_shape& extents);
extern template void print_tensor(std::ostream&, std::span<const float>, const tensor_shape&);
extern template void print_tensor(std::ostream&, std::span<const double>, const tensor_shape&);

/// Numbers that are not as many as the tensor has that they are to fill.
struct size_error : std::invalid_argument {
  size_error(std::size_t expected, std::size_t found);
};

template <class Real, tensor_shape Extents> class tensor;

template <class Type> inline constexpr bool is_tensor = false;
template <class Real, tensor_shape Extents> inline constexpr bool is_tensor<tensor<Real, Extents>> = true;

/// What can fill a tensor of `Real`: its numbers one after the other, or one number for all.
template <class Values, class Real>
concept numbers_for = !std::is_const_v<Real> && std::is_convertible_v<const Values&, std::span<const Real>>;
template <class Value, class Real>
concept number_for = !std::is_const_v<Real> && std::is_arithmetic_v<Value>;

/// Fails with a sentence if numbers can never fill a tensor.
template <class Values, tensor_shape Extents> constexpr void check_assigned() {
  if constexpr (is_tensor<Values>) {
    static_assert(Values::extents() == Extents,
                  "a tensor takes the numbers of a tensor of its own shape: model[W] = other[W]");
  } else {
    constexpr std::size_t count = decltype(std::span(std::declval<const Values&>()))::extent;
    static_assert(count == std::dynamic_extent || count == std::size_t(Extents.elements()),
                  "a tensor takes as many numbers as it has elements");
  }
}

/// A view of `Extents.elements()` numbers, row-major. Valid as long as what it was taken from.
/// A copy views the same numbers; an assignment copies numbers, and never makes a view look elsewhere.
/// Errors:  unless NDEBUG is defined, coordinates outside of the extents end the program at an assert.
template <class Real, tensor_shape Extents> class tensor {
 public:
  explicit tensor(Real* data) : data_(data) {}
  tensor(const tensor&) = default;

  static constexpr tensor_shape extents() { return Extents; }
  static constexpr std::size_t size() { return std::size_t(Extents.elements()); }
  [[nodiscard]] Real* data() const noexcept { return data_; }
  [[nodiscard]] Real* begin() const noexcept { return data_; }
  [[nodiscard]] Real* end() const noexcept { return data_ + size(); }
  [[nodiscard]] std::span<Real> values() const noexcept { return {data_, size()}; }

  /// The element at the given coordinates: `W(3, 17)`.
  template <class... Coordinates>
  requires(sizeof...(Coordinates) == std::size_t(Extents.rank)) [[nodiscard]] Real& operator()(
      Coordinates... at) const noexcept {
    std::size_t index = 0;
    int axis = 0;
    [[maybe_unused]] const auto next = [&](std::size_t coordinate) {
      const std::size_t extent = std::size_t(Extents[axis++]);
      assert(coordinate < extent);
      index = index * extent + coordinate;
    };
    (next(std::size_t(at)), ...);
    return data_[index];
  }

  /// The element at a row-major index.
  [[nodiscard]] Real& operator[](std::size_t index) const noexcept {
    assert(index < size());
    return data_[index];
  }

  /// Copies the numbers of another tensor in: `model[W] = other[W]`.
  const tensor& operator=(const tensor& other) const requires(!std::is_const_v<Real>) {
    return copy(other.data_);
  }

  /// Copies numbers in: those of a tensor that may be read only, of an array, std::vector or std::span.
  /// Errors:  size_error if they are more or fewer than `size()`; compile time, if that is known then.
  template <numbers_for<Real> Values> const tensor& operator=(const Values& values) const {
    check_assigned<Values, Extents>();
    const std::span<const Real> given = values;
    if (given.size() != size()) throw size_error(size(), given.size());
    return copy(given.data());
  }

  /// Sets every number: `model[b] = 0.5`.
  template <number_for<Real> Value> const tensor& operator=(Value value) const {
    for (Real& each : *this) each = Real(value);
    return *this;
  }

  /// A scalar is a number.
  operator Real() const noexcept requires(Extents.rank == 0) { return *data_; }

  friend std::ostream& operator<<(std::ostream& to, const tensor& shown) {
    print_tensor<std::remove_const_t<Real>>(to, {shown.data_, size()}, Extents);
    return to;
  }

 private:
  const tensor& copy(const Real* from) const noexcept {
    for (std::size_t i = 0; i < size(); ++i) data_[i] = from[i];
    return *this;
  }

  Real* data_;
};

}  // namespace fusegrad
