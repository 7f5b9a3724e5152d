// SPDX-License-Identifier: BSL-1.0
// A column of data: the rows of one symbol as they lie in memory, never converted, never copied.
// Kernels read it through row indices and convert the elements in registers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fusegrad {

/// The type of one stored element.
enum class element_type : std::uint8_t { uint8, int32, float32, float64 };

/// Size of one stored element, in bytes.
[[nodiscard]] constexpr std::size_t bytes_of(element_type type) noexcept {
  switch (type) {
    case element_type::uint8: return 1;
    case element_type::int32: return 4;
    case element_type::float32: return 4;
    case element_type::float64: return 8;
  }
  return 0;
}

/// A view of `rows` x `width` elements, row-major and dense; the value of an element is `scale` times what is
/// stored.
struct column {
  const void* data = nullptr;
  element_type type = element_type::float32;
  std::size_t rows = 0;
  std::size_t width = 1;
  double scale = 1;

  /// Address of the first element of a row.
  [[nodiscard]] const void* row(std::size_t index) const noexcept {
    return static_cast<const std::byte*>(data) + index * width * bytes_of(type);
  }
};

/// One number of a column by its place: row * width + element. Not for kernels, which convert whole registers.
[[nodiscard]] inline double element_of(const column& from, std::size_t place) noexcept {
  switch (from.type) {
    case element_type::uint8: return from.scale * static_cast<const std::uint8_t*>(from.data)[place];
    case element_type::int32: return from.scale * static_cast<const std::int32_t*>(from.data)[place];
    case element_type::float32: return from.scale * double(static_cast<const float*>(from.data)[place]);
    case element_type::float64: return from.scale * static_cast<const double*>(from.data)[place];
  }
  return 0;
}

}  // namespace fusegrad
