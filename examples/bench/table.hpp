// SPDX-License-Identifier: BSL-1.0
// A table whose columns are as wide as their longest cell, and how its numbers are written.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace bench {

[[nodiscard]] inline std::string text_of(const char* format, double number) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
}

[[nodiscard]] inline std::string time_of(double seconds) {
  constexpr std::pair<double, const char*> units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
  for (const auto& [size, name] : units)
    if (seconds >= size || size == 1e-9) return text_of("%.4g ", seconds / size) + name;
  return {};
}

/// Two columns of words, then columns of numbers.
class table {
 public:
  explicit table(std::vector<std::string> head) { lines_.push_back(std::move(head)); }
  void add(std::vector<std::string> line) { lines_.push_back(std::move(line)); }
  void print() const {
    std::vector<std::size_t> widths(lines_[0].size());
    for (const auto& line : lines_)
      for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
    for (std::size_t k = 0; k < lines_.size(); ++k) {
      for (std::size_t i = 0; i < widths.size(); ++i)
        std::printf(i < 2 ? "| %-*s " : "| %*s ", int(widths[i]), lines_[k][i].c_str());
      std::puts("|");
      if (k > 0) continue;
      for (std::size_t i = 0; i < widths.size(); ++i)
        std::printf("|%s%s", std::string(widths[i] + 1, '-').c_str(), i < 2 ? "-" : ":");
      std::puts("|");
    }
  }

 private:
  std::vector<std::vector<std::string>> lines_;
};

}  // namespace bench
