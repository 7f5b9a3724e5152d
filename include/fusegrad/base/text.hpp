// SPDX-License-Identifier: BSL-1.0
// Text that can be written in a constant expression: g++ 12 and clang 19 disagree on std::string there.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace fusegrad {

/// A growing text.
class text {
 public:
  constexpr text() = default;
  constexpr text(const char* literal) : text(std::string_view(literal)) {}
  constexpr text(std::string_view from) { *this += from; }

  constexpr text& operator+=(std::string_view more) {
    for (char each : more) characters_.push_back(each);
    return *this;
  }
  constexpr text& operator+=(const text& more) { return *this += more.view(); }
  constexpr text& operator+=(const char* literal) { return *this += std::string_view(literal); }
  constexpr text& operator+=(char more) {
    characters_.push_back(more);
    return *this;
  }
  friend constexpr text operator+(text left, const text& right) { return left += right.view(); }

  [[nodiscard]] constexpr bool empty() const { return characters_.empty(); }
  [[nodiscard]] constexpr std::size_t size() const { return characters_.size(); }
  [[nodiscard]] constexpr std::string_view view() const { return {characters_.data(), characters_.size()}; }
  [[nodiscard]] std::string string() const { return std::string(view()); }

  friend constexpr bool operator==(const text& left, const text& right) {
    return left.view() == right.view();
  }

 private:
  std::vector<char> characters_;
};

/// Writes to a std::ostream; this file includes none. Of texts only: what converts to one has its own way.
template <class Stream, std::same_as<text> Text>
requires requires(Stream& to) { to.flush(); }
Stream& operator<<(Stream& to, const Text& shown) {
  to << shown.view();
  return to;
}

}  // namespace fusegrad
