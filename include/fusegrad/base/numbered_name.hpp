// SPDX-License-Identifier: BSL-1.0
// Names that end with a number, for symbols that no user has named: they must outlive every graph.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "fusegrad/base/fixed_string.hpp"

namespace fusegrad {

/// So many names there are of each word.
inline constexpr int most_numbered_names = 256;

namespace numbering {

template <fixed_string Word>
inline constexpr auto names = [] {
  std::array<std::array<char, Word.view().size() + 5>, most_numbered_names> result{};
  for (int i = 0; i < most_numbered_names; ++i) {
    char* end = result[std::size_t(i)].data();
    for (char each : Word.view()) *end++ = each;
    *end++ = ' ';
    if (i >= 100) *end++ = char('0' + i / 100);
    if (i >= 10) *end++ = char('0' + i / 10 % 10);
    *end = char('0' + i % 10);
  }
  return result;
}();

}  // namespace numbering

/// "random 0", "random 1", ...
template <fixed_string Word> [[nodiscard]] constexpr std::string_view numbered_name(int which) {
  const auto& name = numbering::names<Word>[std::size_t(which)];
  std::size_t length = name.size();
  while (name[length - 1] == '\0') --length;
  return {name.data(), length};
}

}  // namespace fusegrad
