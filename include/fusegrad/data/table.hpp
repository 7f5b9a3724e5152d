// SPDX-License-Identifier: BSL-1.0
// A table: the rows of one symbol together with what keeps them alive.
// A std::vector or an array is owned, a std::span is borrowed, an IDX file is shared; copies share their
// elements.
#pragma once

#include "fusegrad/data/idx.hpp"
#include "fusegrad/kernel/column.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace fusegrad {

template <class Type, class... Candidates>
inline constexpr bool is_one_of = (std::same_as<Type, Candidates> || ...);

template <class Element>
inline constexpr bool is_stored = is_one_of<Element, std::uint8_t, std::int32_t, float, double>;

/// A C++ type, const or not, whose elements a kernel reads as they are stored.
template <class Element>
concept stored_element = is_stored<std::remove_const_t<Element>>;

template <class Reference>
concept stored_reference = stored_element<std::remove_reference_t<Reference>>;

/// Numbers that lie one after another, such as a std::array or a C array.
template <class Numbers>
concept stored_range = requires(const Numbers& numbers) {
  { *std::data(numbers) } -> stored_reference;
  std::size(numbers);
};

/// The element type of a C++ type.
template <stored_element Element> [[nodiscard]] constexpr element_type type_of() noexcept {
  using element = std::remove_const_t<Element>;
  if constexpr (std::same_as<element, std::uint8_t>) return element_type::uint8;
  if constexpr (std::same_as<element, std::int32_t>) return element_type::int32;
  if constexpr (std::same_as<element, float>) return element_type::float32;
  if constexpr (std::same_as<element, double>) return element_type::float64;
}

/// An immutable matrix of rows x width elements.
/// Shape:   values [rows * width], row-major -> [rows, width]. Where no width is stated, a symbol gives its
///          own; until then it is 1.
/// Errors:  data_error if the width is 0 or does not divide the number of values.
class table {
 public:
  /// Owns the values: copies an lvalue, moves an rvalue.
  template <stored_element Element> table(std::vector<Element> values, std::optional<std::size_t> width = {});

  /// Borrows the values: the caller keeps them alive as long as any copy of this table.
  template <stored_element Element, std::size_t Extent>
  table(std::span<Element, Extent> values, std::optional<std::size_t> width = {});

  /// Copies the values of anything else, such as a std::array or a C array.
  template <stored_range Numbers> table(const Numbers& values, std::optional<std::size_t> width = {});

  /// Shares the content of the file.
  table(const idx_file& file);

  [[nodiscard]] std::size_t rows() const noexcept { return view_.rows; }
  [[nodiscard]] std::size_t width() const noexcept { return view_.width; }

  /// Whether the width was stated, by whoever made the table or by a file.
  [[nodiscard]] bool has_stated_width() const noexcept { return stated_; }

  /// The file that holds the rows; empty if no file does.
  [[nodiscard]] std::string path() const;

  /// What a kernel reads, valid as long as any copy of this table.
  [[nodiscard]] const column& view() const noexcept { return view_; }

 private:
  friend table scaled(table values, double factor);
  friend table with_width(table values, std::size_t width);

  table(const void* values, element_type type, std::size_t count, std::optional<std::size_t> width);

  std::shared_ptr<const void> owner_;
  const std::string* path_ = nullptr;  // lives as long as the owner
  bool stated_ = true;
  column view_;
};

/// The same stored elements, read as `factor` times what `values` reads: `scaled(images, 1 / 255.)`.
/// Cost:    none: the factor is applied where a kernel reads an element.
[[nodiscard]] table scaled(table values, double factor);

/// The same stored elements in rows of another width.
/// Errors:  data_error if the width is 0 or does not divide the number of values.
[[nodiscard]] table with_width(table values, std::size_t width);

template <stored_element Element>
table::table(std::vector<Element> values, std::optional<std::size_t> width)
    : table(values.data(), type_of<Element>(), values.size(), width) {
  owner_ = std::make_shared<const std::vector<Element>>(std::move(values));  // elements stay where they are
}

template <stored_element Element, std::size_t Extent>
table::table(std::span<Element, Extent> values, std::optional<std::size_t> width)
    : table(values.data(), type_of<Element>(), values.size(), width) {}

template <stored_range Numbers>
table::table(const Numbers& values, std::optional<std::size_t> width)
    : table(std::vector(std::data(values), std::data(values) + std::size(values)), width) {}

}  // namespace fusegrad
