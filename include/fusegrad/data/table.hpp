// SPDX-License-Identifier: BSL-1.0
// A table: the rows of one symbol together with what keeps them alive.
// A std::vector is owned, a std::span is borrowed, an IDX file is shared; copies share their elements.
#pragma once

#include "fusegrad/data/idx.hpp"
#include "fusegrad/kernel/column.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace fusegrad {

/// One of the listed types.
template <class Element, class... Candidates>
concept one_of = (std::same_as<Element, Candidates> || ...);

/// A C++ type, const or not, whose elements a kernel reads as they are stored.
template <class Element>
concept stored_element = one_of < std::remove_const_t<Element>,
        std::uint8_t, std::int32_t,
float, double > ;

/// The element type of a C++ type.
template <stored_element Element> [[nodiscard]] constexpr element_type type_of() noexcept {
  using element = std::remove_const_t<Element>;
  if constexpr (std::same_as<element, std::uint8_t>) return element_type::uint8;
  if constexpr (std::same_as<element, std::int32_t>) return element_type::int32;
  if constexpr (std::same_as<element, float>) return element_type::float32;
  if constexpr (std::same_as<element, double>) return element_type::float64;
}

/// An immutable matrix of rows x width elements.
class table {
 public:
  /// Owns the values: copies an lvalue, moves an rvalue.
  /// Shape:   values [rows * width], row-major -> [rows, width].
  /// Errors:  data_error if the width is 0 or does not divide the number of values.
  template <stored_element Element> table(std::vector<Element> values, std::size_t width = 1);

  /// Borrows the values: the caller keeps them alive as long as any copy of this table.
  /// Shape:   values [rows * width], row-major -> [rows, width].
  /// Errors:  data_error if the width is 0 or does not divide the number of values.
  template <stored_element Element, std::size_t Extent>
  table(std::span<Element, Extent> values, std::size_t width = 1);

  /// Shares the content of the file.
  table(const idx_file& file);

  [[nodiscard]] std::size_t rows() const noexcept { return view_.rows; }
  [[nodiscard]] std::size_t width() const noexcept { return view_.width; }

  /// What a kernel reads, valid as long as any copy of this table.
  [[nodiscard]] column view() const noexcept { return view_; }

 private:
  friend table scaled(table values, double factor);

  [[nodiscard]] static std::size_t rows_of(std::size_t values, std::size_t width);

  std::shared_ptr<const void> owner_;
  column view_;
};

/// The same stored elements, read as `factor` times what `values` reads: `scaled(images, 1 / 255.)`.
/// Cost:    none: the factor is applied where a kernel reads an element.
[[nodiscard]] table scaled(table values, double factor);

template <stored_element Element> table::table(std::vector<Element> values, std::size_t width) {
  const std::size_t rows = rows_of(values.size(), width);
  const auto owned = std::make_shared<const std::vector<Element>>(std::move(values));
  owner_ = owned;
  view_ = {owned->data(), type_of<Element>(), rows, width};
}

template <stored_element Element, std::size_t Extent>
table::table(std::span<Element, Extent> values, std::size_t width)
    : view_{values.data(), type_of<Element>(), rows_of(values.size(), width), width} {}

}  // namespace fusegrad
