// SPDX-License-Identifier: BSL-1.0
// The table of results, as text for a terminal and as Markdown for a page.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace compare {

/// Lines of cells under a heading; every line has as many cells as the heading.
struct report {
  std::vector<std::string> notes;  ///< One sentence each, above the table.
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> lines;
};

void print_text(std::ostream& out, const report& results);
void print_markdown(std::ostream& out, const report& results);

/// A number with this many digits after the point.
[[nodiscard]] std::string fixed(double value, int digits);

}  // namespace compare
