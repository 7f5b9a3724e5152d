// SPDX-License-Identifier: BSL-1.0
// The table of results, as text for a terminal and as Markdown for a page.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace compare {

/// What one peer came to on one workload.
struct result {
  std::string workload;
  std::string peer;
  unsigned threads;
  double time;  ///< In `unit`.
  std::string unit;
  double ratio;  ///< The peer's time over the baseline's.
  std::optional<double>
      peak_share;  ///< Of the machine's multiply-adds; where a limit of the machine is near.
  std::optional<double> over_limit;  ///< The time over that of a program which only reads and multiplies.
};

struct report {
  std::string baseline;
  std::vector<std::string> notes;  ///< One sentence each, above the table.
  std::vector<result> results;
};

void print_text(std::ostream& out, const report& all);
void print_markdown(std::ostream& out, const report& all);

/// A number with this many digits after the point.
[[nodiscard]] std::string fixed(double value, int digits);

}  // namespace compare
