// SPDX-License-Identifier: BSL-1.0
// A tensor of parameters as the user sees it: a view of numbers with a static shape, readable, writable,
// printable.
#pragma once

#include <cstddef>
#include <ostream>
#include <span>

#include "fusegrad/base/shape.hpp"

namespace fusegrad {

/// Prints numbers row by row, the last axis along the lines; long axes are cut in the middle.
template <class Real> void print_tensor(std::ostream& to, std::span<const Real> values, const shape& extents);
extern template void print_tensor(std::ostream&, std::span<const float>, const shape&);
extern template void print_tensor(std::ostream&, std::span<const double>, const shape&);

/// A view of `Extents.elements()` numbers, row-major. Valid as long as what it was taken from.
template <class Real, shape Extents> class tensor {
 public:
  explicit tensor(Real* data) : data_(data) {}

  static constexpr shape extents() { return Extents; }
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
    ((index = index * std::size_t(Extents[axis++]) + std::size_t(at)), ...);
    return data_[index];
  }

  /// The element at a row-major index.
  [[nodiscard]] Real& operator[](std::size_t index) const noexcept { return data_[index]; }

  /// Copies numbers in.
  const tensor& operator=(std::span<const Real, size()> values) const noexcept {
    for (std::size_t i = 0; i < size(); ++i) data_[i] = values[i];
    return *this;
  }

  /// A scalar is a number.
  operator Real() const noexcept requires(Extents.rank == 0) { return *data_; }

  friend std::ostream& operator<<(std::ostream& to, const tensor& shown) {
    print_tensor<std::remove_const_t<Real>>(to, {shown.data_, size()}, Extents);
    return to;
  }

 private:
  Real* data_;
};

}  // namespace fusegrad
