// SPDX-License-Identifier: BSL-1.0
// From the element type of a column, known at run time, to a type.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "fusegrad/kernel/column.hpp"
#include "fusegrad/kernel/memory.hpp"
#include "fusegrad/kernel/row_tile.hpp"
#include "fusegrad/pass/plan.hpp"

namespace fusegrad {

/// What is known of the columns of a program: nothing, so that all element types are compiled for, and rows
/// pass through tiles; or that each holds single numbers of the type that the kernel computes in, aligned to
/// a register, the rows in order, and that there are rows to the end of the last register, as there are
/// places for results: loops then read and write them where they lie.
enum class column_elements : std::uint8_t { any, in_place };

/// How a column says that its elements are of a type of numbers.
template <class Real>
inline constexpr element_type element_of_type =
    std::is_same_v<Real, float> ? element_type::float32 : element_type::float64;

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

/// Numbers of rows. Those beyond the last row are upcoming rows, or repeat the last: rows that exist.
/// Consecutive rows are numbered, too, so that kernels never ask.
struct row_numbers {
  const std::uint32_t* index = nullptr;
  std::size_t first = 0;  // the row that the index counts from
  std::size_t valid = 0;
  bool consecutive = false;

  /// These rows of one column.
  template <class Element, std::size_t Width>
  [[nodiscard, gnu::always_inline]] row_tile<Element, Width> of(const column& from) const noexcept {
    return {static_cast<const Element*>(from.data) + first * Width, index, valid, consecutive};
  }
};

/// The row numbers of one tile. None if `begin` is not before `end`.
template <std::size_t Rows, std::size_t Group = std::size_t(rows_of_group)> struct tile_rows : row_numbers {
  /// Kernels look at rows in groups of up to so many, and never at a group that holds no row.
  static constexpr std::size_t group = Rows < Group ? Rows : Group;
  static_assert(Rows % group == 0);

  std::uint32_t numbers[Rows];
  const tile_rows* next = nullptr;  // the tile after this one, if its rows are known

  [[gnu::always_inline]] tile_rows(const row_selection& rows, std::size_t begin, std::size_t end) noexcept
      : row_numbers{nullptr, rows.index == nullptr ? rows.first + begin : 0,
                    begin < end ? (end - begin < Rows ? end - begin : Rows) : 0, rows.index == nullptr} {
    if (valid == 0) return;
    const bool enough = begin + in_groups() <= rows.count + rows.upcoming;
    if (enough)
      index = consecutive ? in_order.data() : rows.index + begin;
    else
      repeat_last(consecutive ? in_order.data() : rows.index + begin);
  }

  /// Some rows of a larger tile, from one of its rows that count; they are numbered.
  [[gnu::always_inline]] tile_rows(const row_numbers& larger, std::size_t begin) noexcept
      : row_numbers{larger.index + begin, larger.first,
                    larger.valid - begin < Rows ? larger.valid - begin : Rows, false} {}

  /// The same; whole tiles of consecutive rows stay consecutive.
  [[nodiscard, gnu::always_inline]] static tile_rows part_of(const row_numbers& larger,
                                                             std::size_t begin) noexcept {
    if (larger.consecutive && larger.valid - begin >= Rows)
      return tile_rows(row_numbers{in_order.data(), larger.first + begin, Rows, true});
    return tile_rows(larger, begin);
  }

  /// Where the next tile begins after the one that begins with a row; `end` or more if that was the last.
  /// Whole groups of rows are kept apart from the last few, so that they can be read where they lie.
  [[nodiscard, gnu::always_inline]] static std::size_t after(std::size_t begin, std::size_t end) noexcept {
    constexpr std::size_t worth = 4 * group;  // less is read again sooner than another tile begins
    if (Rows <= worth || end - begin >= Rows) return begin + Rows;
    return end - begin > worth ? end - (end - begin) % group : end;
  }

  /// Whether the rows are whole groups.
  [[nodiscard, gnu::always_inline]] bool fills_groups() const noexcept { return valid == in_groups(); }

  /// Rows up to the end of the last group that holds a row.
  [[nodiscard, gnu::always_inline]] std::size_t in_groups() const noexcept {
    if constexpr (Rows == group)
      return Rows;
    else
      return (valid + group - 1) / group * group;
  }

  tile_rows(const tile_rows&) = delete;
  tile_rows& operator=(const tile_rows&) = delete;

  /// These rows of one column, and those of the next tile.
  template <class Element, std::size_t Width>
  [[nodiscard, gnu::always_inline]] row_tile<Element, Width> of(const column& from) const noexcept {
    row_tile<Element, Width> result = row_numbers::of<Element, Width>(from);
    const tile_rows& after = next != nullptr ? *next : *this;
    result.next_data = static_cast<const Element*>(from.data) + after.first * Width;
    result.next = after.index;
    return result;
  }

 private:
  [[gnu::always_inline]] explicit tile_rows(const row_numbers& all) noexcept : row_numbers(all) {}

  static constexpr std::array<std::uint32_t, Rows> in_order = [] {
    std::array<std::uint32_t, Rows> result{};
    for (std::uint32_t i = 0; i < Rows; ++i) result[i] = i;
    return result;
  }();

  void repeat_last(const std::uint32_t* given) noexcept {
    const std::size_t end = in_groups();
    for (std::size_t i = 0; i < end; ++i) numbers[i] = given[i < valid ? i : valid - 1];
    index = numbers;
  }
};

}  // namespace fusegrad
