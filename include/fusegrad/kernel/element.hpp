// SPDX-License-Identifier: BSL-1.0
// From the element type of a column, known at run time, to a type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "fusegrad/kernel/column.hpp"
#include "fusegrad/kernel/memory.hpp"
#include "fusegrad/kernel/row_tile.hpp"

namespace fusegrad {

/// What is known of the columns of a program: nothing, so that all element types are compiled for, and rows
/// pass through tiles; or that each holds single numbers of the type that the kernel computes in, aligned to
/// a register, the rows in order, and that there are rows to the end of the last register, as there are
/// places for results: loops then read and write them where they lie.
enum class column_elements : std::uint8_t { any, in_place };

/// Calls `body` with the element type of a column.
template <column_elements Known, class Real, class Body>
[[gnu::always_inline]] inline void with_element(element_type type, Body body) noexcept {
  static_assert(Known == column_elements::any, "columns in place have no step of their own");
  switch (type) {
    case element_type::uint8: return body(std::type_identity<std::uint8_t>{});
    case element_type::int32: return body(std::type_identity<std::int32_t>{});
    case element_type::float32: return body(std::type_identity<float>{});
    case element_type::float64: return body(std::type_identity<double>{});
  }
}

/// The row numbers of one tile. Those beyond the last row are upcoming rows, or repeat the last: rows that
/// exist. Consecutive rows are numbered, too, so that kernels never ask. None if `begin` is not before `end`.
template <std::size_t Rows> struct tile_rows {
  std::uint32_t numbers[Rows];
  const std::uint32_t* index = nullptr;
  std::size_t first = 0;  // the row that the index counts from
  std::size_t valid = 0;
  bool consecutive = false;
  const std::uint32_t* next = nullptr;  // the rows of the tile after this one, if they are known

  tile_rows(const row_selection& rows, std::size_t begin, std::size_t end) noexcept
      : first(rows.index == nullptr ? rows.first + begin : 0),
        valid(begin < end ? (end - begin < Rows ? end - begin : Rows) : 0),
        consecutive(rows.index == nullptr) {
    if (valid == 0) return;
    if (!consecutive && begin + Rows <= rows.count + rows.upcoming) {
      index = rows.index + begin;
      return;
    }
    repeat_last(consecutive ? nullptr : rows.index + begin);
    index = numbers;
  }
  tile_rows(const tile_rows&) = delete;
  tile_rows& operator=(const tile_rows&) = delete;

  /// These rows of one column.
  template <class Element, std::size_t Width>
  [[nodiscard]] row_tile<Element, Width> of(const column& from) const noexcept {
    return {static_cast<const Element*>(from.data) + first * Width, index, valid, consecutive, next};
  }

 private:
  void repeat_last(const std::uint32_t* given) noexcept {
    const auto last = std::uint32_t(valid - 1);
    for (std::uint32_t i = 0; i < Rows; ++i) numbers[i] = i < last ? i : last;
    if (given == nullptr) return;
    for (std::size_t i = 0; i < Rows; ++i) numbers[i] = given[numbers[i]];
  }
};

}  // namespace fusegrad
