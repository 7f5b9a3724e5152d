// SPDX-License-Identifier: BSL-1.0
// The table of results: columns as wide as their widest cell, words to the left, numbers to the right.

#include "report.hpp"

#include <algorithm>
#include <cstddef>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace compare {
namespace {

constexpr std::size_t word_columns = 2;  // Workload and peer; numbers follow.

std::vector<int> widths(const report& results) {
  std::vector<int> widest(results.heading.size());
  const auto widen = [&](const std::vector<std::string>& cells) {
    for (std::size_t n = 0; n < cells.size(); ++n) widest[n] = std::max(widest[n], int(cells[n].size()));
  };
  widen(results.heading);
  for (const auto& line : results.lines) widen(line);
  return widest;
}

void print_line(std::ostream& out, const std::vector<std::string>& cells, const std::vector<int>& widest,
                const char* before, const char* between, const char* after) {
  out << before;
  for (std::size_t n = 0; n < cells.size(); ++n)
    out << (n == 0 ? "" : between) << (n < word_columns ? std::left : std::right) << std::setw(widest[n])
        << cells[n];
  out << after << '\n';
}

}  // namespace

void print_text(std::ostream& out, const report& results) {
  const std::vector<int> widest = widths(results);
  for (const std::string& note : results.notes) out << note << '\n';
  out << '\n';
  print_line(out, results.heading, widest, "", "  ", "");
  for (const auto& line : results.lines) print_line(out, line, widest, "", "  ", "");
}

void print_markdown(std::ostream& out, const report& results) {
  const std::vector<int> widest = widths(results);
  for (const std::string& note : results.notes) out << "* " << note << '\n';
  out << '\n';
  print_line(out, results.heading, widest, "| ", " | ", " |");
  for (std::size_t n = 0; n < widest.size(); ++n) out << (n < word_columns ? "|---" : "|---:");
  out << "|\n";
  for (const auto& line : results.lines) print_line(out, line, widest, "| ", " | ", " |");
}

std::string fixed(double value, int digits) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

}  // namespace compare
