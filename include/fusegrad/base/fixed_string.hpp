// SPDX-License-Identifier: BSL-1.0
// A string that can be a template argument: the name of a symbol.
#pragma once

#include <cstddef>
#include <string_view>

namespace fusegrad {

/// Text of `Size - 1` characters, usable as a template argument: `input<"x", 784>`.
template <std::size_t Size> struct fixed_string {
  char text[Size] = {};

  constexpr fixed_string() = default;
  constexpr fixed_string(const char (&literal)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) text[i] = literal[i];
  }

  /// The text without its closing zero.
  [[nodiscard]] constexpr std::string_view view() const { return {text, Size - 1}; }

  bool operator==(const fixed_string&) const = default;
};

/// The first `Size - 1` characters of a text: how a diagnostic gets a name into a type.
template <std::size_t Size>
[[nodiscard]] constexpr fixed_string<Size> to_fixed_string(std::string_view text) {
  fixed_string<Size> result;
  for (std::size_t i = 0; i + 1 < Size && i < text.size(); ++i) result.text[i] = text[i];
  return result;
}

}  // namespace fusegrad
