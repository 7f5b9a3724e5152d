// SPDX-License-Identifier: BSL-1.0
// A tile of rows: the few rows of one column that a kernel handles at once, found through an index list.
// A shuffled minibatch is never copied, and kernels never branch on how many of the rows count.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fusegrad {

/// Rows of a column of `Width` elements per row, stored row-major and dense.
/// Shape:   a kernel reads rows 0 .. Rows - 1 for its own static `Rows`, a multiple of the lanes.
/// Errors:  none; `index` must hold that many entries, those from `valid` on repeating a row that exists.
template <class Element, std::size_t Width> struct row_tile {
  using element_type = Element;
  static constexpr std::size_t width = Width;

  const Element* data = nullptr;         ///< first element of the row that the index counts from
  const std::uint32_t* index = nullptr;  ///< row numbers
  std::size_t valid = 1;                 ///< rows that count
  bool consecutive = false;              ///< those are 0, 1, ...

  /// Address of row `t` of the tile.
  [[nodiscard, gnu::always_inline]] const Element* row(std::size_t t) const noexcept {
    return data + std::size_t(index[t]) * Width;
  }
};

/// The same rows from a later element on.
template <class Rows> struct shifted_rows {
  const Rows& rows;
  std::size_t by;
  [[nodiscard, gnu::always_inline]] const auto* row(std::size_t t) const noexcept { return rows.row(t) + by; }
};

/// Dense rows of `Width` elements; like `row_tile`, without an index.
template <class Element, std::size_t Width> struct dense_rows {
  using element_type = Element;
  const Element* data;
  [[nodiscard, gnu::always_inline]] const Element* row(std::size_t p) const noexcept {
    return data + p * Width;
  }
};

}  // namespace fusegrad
