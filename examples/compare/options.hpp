// SPDX-License-Identifier: BSL-1.0
// The options of the program.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace compare {

struct options {
  bool check_only = false;
  bool serve = false;  ///< As the process of the tuned peers: tuned_process.hpp.
  std::size_t pairs = 11;
  std::size_t rows = 1'000'000;  ///< At most; there are fewer images.
  std::vector<std::string>
      only;              ///< What the name of a workload or of a peer contains, any of these; none for all.
  std::string markdown;  ///< Files to write; empty for none.
  std::string chart;
};

/// Errors:  std::invalid_argument with a line on how to use the program.
[[nodiscard]] options read_options(int count, char** words);

}  // namespace compare
