// SPDX-License-Identifier: BSL-1.0
#include "pairs.hpp"

#include "../compare/harness.hpp"
#include "bench.hpp"
#include "table.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <ctime>
#include <deque>
#include <utility>
#include <vector>

namespace bench {
namespace {

constexpr int samples = 21;  // of each, in turn

struct pair {
  std::string subject, other;
  std::function<void()> ours, theirs;
  std::vector<double> our_seconds, their_seconds, ratios;
};

std::deque<pair>& pairs() {
  static std::deque<pair> all;  // whose elements stay where they are
  return all;
}

/// Processor time, not that of the clock on the wall: what else the machine does counts less.
double seconds_per_call(std::size_t calls, const std::function<void()>& run) {
  const std::clock_t start = std::clock();
  for (std::size_t call = 0; call < calls; ++call) run();
  return double(std::clock() - start) / CLOCKS_PER_SEC / double(calls);
}

/// A sample of each; every other time they change places.
double sample(pair& of, std::size_t our_calls, std::size_t their_calls) {
  const bool swapped = of.ratios.size() % 2 == 1;
  double theirs = swapped ? seconds_per_call(their_calls, of.theirs) : 0;
  const double ours = seconds_per_call(our_calls, of.ours);
  if (!swapped) theirs = seconds_per_call(their_calls, of.theirs);
  of.our_seconds.push_back(ours);
  of.their_seconds.push_back(theirs);
  of.ratios.push_back(ours / theirs);
  return ours;
}

std::size_t calls_of(const std::function<void()>& run) {
  return compare::calls_per_sample([&](std::size_t calls) { return seconds_per_call(calls, run); });
}

void time(pair& of, benchmark::State& state) {
  const std::size_t our_calls = calls_of(of.ours), their_calls = calls_of(of.theirs);
  for (auto _ : state) state.SetIterationTime(sample(of, our_calls, their_calls));
}

/// Prints nothing; the samples are in the pairs.
class silent : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

void print_pairs() {
  table lines({"", "beside", "fusegrad", "the other", "fusegrad / other"});
  for (const pair& each : pairs()) {
    if (each.ratios.empty()) continue;
    lines.add({each.subject, each.other, time_of(compare::median(each.our_seconds)),
               time_of(compare::median(each.their_seconds)), text_of("%.2f", compare::median(each.ratios))});
  }
  lines.print();
}

}  // namespace

void add_pair(std::string subject, std::string other, std::function<void()> ours,
              std::function<void()> theirs) {
  pairs().push_back({std::move(subject), std::move(other), std::move(ours), std::move(theirs), {}, {}, {}});
  pair& entered = pairs().back();
  const std::string name = entered.subject + "/" + entered.other;
  benchmark::RegisterBenchmark(name.c_str(), [&entered](benchmark::State& state) { time(entered, state); })
      ->UseManualTime()
      ->Iterations(samples)
      ->Repetitions(1);
}

int run_pairs(int argc, char** argv, std::string_view title) {
  if (!initialise(argc, argv, {})) return EXIT_FAILURE;
  print_title(title);
  silent reporter;
  if (benchmark::RunSpecifiedBenchmarks(&reporter) == 0) return EXIT_FAILURE;
  print_pairs();
  return EXIT_SUCCESS;
}

}  // namespace bench
