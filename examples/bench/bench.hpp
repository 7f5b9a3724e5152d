// SPDX-License-Identifier: BSL-1.0
// The frame of all programs here: what is timed is entered with `add`, timed by Google Benchmark in random
// order, and printed as a table in which everything is compared with the first entry of its subject.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What one run does; what is not 0 becomes a column.
/// Units:   elements, floating-point operations and bytes, each per run.
struct work {
  double elements = 0;
  double flops = 0;
  double bytes = 0;
};

/// Enters something to be timed. `prepare` is called before each sample and returns what is timed.
void add(std::string subject, std::string who, work of, std::function<std::function<void()>()> prepare);

/// What needs no preparation.
template <class Run> void add_run(std::string subject, std::string who, work of, Run run) {
  add(std::move(subject), std::move(who), of, [run] { return std::function<void()>(run); });
}

/// Ends the program with a sentence unless two results agree: nothing wrong is timed.
/// Tolerance: relative to the greater of 1 and the size of the expected number.
void require_equal(std::string_view what, double found, double expected, double tolerance);

/// Reads the options of Google Benchmark: the program's own, then those that were given. Returns: whether all
/// are known.
bool initialise(int argc, char** argv, std::vector<std::string> defaults);

/// Above a table: what it is about, and the machine.
void print_title(std::string_view title);

/// Times all entries and prints the table. The arguments are those of Google Benchmark.
int run(int argc, char** argv, std::string_view title);

}  // namespace bench
