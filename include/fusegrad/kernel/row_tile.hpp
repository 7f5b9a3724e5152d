// SPDX-License-Identifier: BSL-1.0
// A tile of rows: the few rows of one column that a kernel handles at once, found through an index list.
// A shuffled minibatch is never copied, and kernels never branch on how many of the rows count.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fusegrad {

inline constexpr std::size_t cache_line = 64;

/// Rows of a column of `Width` elements per row, stored row-major and dense.
/// Shape:   a kernel reads rows 0 .. Rows - 1 for its own static `Rows`, a multiple of the lanes.
/// Errors:  none; `index` and `next` must hold that many entries, those from `valid` on rows that exist.
template <class Element, std::size_t Width> struct row_tile {
  using element_type = Element;
  static constexpr std::size_t width = Width;

  const Element* data = nullptr;         ///< first element of the row that the index counts from
  const std::uint32_t* index = nullptr;  ///< row numbers
  std::size_t valid = 1;                 ///< rows that count
  bool consecutive = false;              ///< those are 0, 1, ...
  const Element* next_data = data;  ///< the same for the tile after this one; for this one if none is known
  const std::uint32_t* next = index;

  /// Address of row `t` of the tile.
  [[nodiscard, gnu::always_inline]] const Element* row(std::size_t t) const noexcept {
    return data + std::size_t(index[t]) * Width;
  }

  /// Address of row `t` of the next tile.
  [[nodiscard, gnu::always_inline]] const Element* next_row(std::size_t t) const noexcept {
    return next_data + std::size_t(next[t]) * Width;
  }
};

/// Asks for the cache lines of [from, from + Elements), where `from` is `element` elements from the beginning
/// of a row. Of ranges within one line the first asks.
template <std::size_t Elements, class Element>
[[gnu::always_inline]] inline void fetch(const Element* from, std::size_t element) noexcept {
  constexpr std::size_t length = Elements * sizeof(Element);
  const auto* const bytes = reinterpret_cast<const char*>(from);
  if constexpr (length >= cache_line) {
    for (std::size_t at = 0; at < length; at += cache_line) __builtin_prefetch(bytes + at, 0, 2);
  } else {
    if (element * sizeof(Element) % cache_line < length) __builtin_prefetch(bytes, 0, 2);
  }
}

/// Asks for the cache lines of [from, from + Elements) that what lies before `from` does not reach into.
template <std::size_t Elements, class Element>
[[gnu::always_inline]] inline void fetch_on(const Element* from) noexcept {
  constexpr std::size_t length = Elements * sizeof(Element);
  const auto* const bytes = reinterpret_cast<const char*>(from);
  for (std::size_t end = cache_line; end < length + cache_line; end += cache_line)
    __builtin_prefetch(bytes + (end < length ? end : length) - 1, 0, 2);
}

/// The rows of a tile, as an operand that asks for the next tile on the way: shuffled rows are unknown to the
/// processor until they are read.
template <class Element, std::size_t Width> struct fetching_rows : row_tile<Element, Width> {
  template <std::size_t Elements>
  [[gnu::always_inline]] void fetch_next(std::size_t t, std::size_t element) const noexcept {
    fetch<Elements>(this->next_row(t) + element, element);
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
