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

using cells = std::vector<std::string>;

cells heading_of(const report& all) {
  return {"workload", "peer", "threads", "time", "unit", "/ " + all.baseline, "FMA peak", "time / limit"};
}

cells cells_of(const result& line) {
  return {line.workload,
          line.peer,
          std::to_string(line.threads),
          fixed(line.time, line.time < 100 ? 2 : 1),
          line.unit,
          fixed(line.ratio, 2),
          line.peak_share ? fixed(100 * *line.peak_share, 0) + " %" : "",
          line.over_limit ? fixed(*line.over_limit, 2) : ""};
}

// The heading, then the lines.
std::vector<cells> table_of(const report& all) {
  std::vector<cells> table = {heading_of(all)};
  for (const result& line : all.results) table.push_back(cells_of(line));
  return table;
}

std::vector<int> widths(const std::vector<cells>& table) {
  std::vector<int> widest(table.front().size());
  for (const cells& line : table)
    for (std::size_t n = 0; n < line.size(); ++n) widest[n] = std::max(widest[n], int(line[n].size()));
  return widest;
}

void print_line(std::ostream& out, const cells& line, const std::vector<int>& widest, const char* before,
                const char* between, const char* after) {
  out << before;
  for (std::size_t n = 0; n < line.size(); ++n)
    out << (n == 0 ? "" : between) << (n < word_columns ? std::left : std::right) << std::setw(widest[n])
        << line[n];
  out << after << '\n';
}

}  // namespace

void print_text(std::ostream& out, const report& all) {
  const std::vector<cells> table = table_of(all);
  const std::vector<int> widest = widths(table);
  for (const std::string& note : all.notes) out << note << '\n';
  out << '\n';
  for (const cells& line : table) print_line(out, line, widest, "", "  ", "");
}

void print_markdown(std::ostream& out, const report& all) {
  const std::vector<cells> table = table_of(all);
  const std::vector<int> widest = widths(table);
  for (const std::string& note : all.notes) out << "* " << note << '\n';
  out << '\n';
  for (std::size_t n = 0; n < table.size(); ++n) {
    print_line(out, table[n], widest, "| ", " | ", " |");
    if (n > 0) continue;
    for (std::size_t column = 0; column < widest.size(); ++column)
      out << (column < word_columns ? "|---" : "|---:");
    out << "|\n";
  }
}

std::string fixed(double value, int digits) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

}  // namespace compare
