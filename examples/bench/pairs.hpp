// SPDX-License-Identifier: BSL-1.0
// Two programs for the same thing, timed in turn by Google Benchmark: for the question how many times as long
// the one takes, on a machine that has other work, too.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace bench {

/// Enters a pair.
void add_pair(std::string subject, std::string other, std::function<void()> ours,
              std::function<void()> theirs);

/// Times all pairs and prints a table: medians, and the median of the ratios within a pair of samples.
/// The arguments are those of Google Benchmark.
int run_pairs(int argc, char** argv, std::string_view title);

}  // namespace bench
