// SPDX-License-Identifier: BSL-1.0
#include "bench.hpp"

#include "../compare/machine.hpp"
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

namespace bench {
namespace {

struct entry {
  std::string subject;
  std::string who;
  work of;
  double seconds = 0;  // best of all samples; 0 if it was not timed
};

std::vector<entry>& entries() {
  static std::vector<entry> all;
  return all;
}

std::string name_of(const entry& each) { return each.subject + "/" + each.who; }

/// Keeps the best time of each entry and prints all of them at the end.
class reporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& each : runs) {
      if (each.run_type != Run::RT_Iteration || each.error_occurred) continue;
      const double seconds = each.real_accumulated_time / double(each.iterations);
      for (entry& known : entries())
        if (each.run_name.function_name == name_of(known))
          known.seconds = known.seconds == 0 ? seconds : std::min(known.seconds, seconds);
    }
  }
};

bool any_of(double work::*member) {
  return std::any_of(entries().begin(), entries().end(),
                     [&](const entry& each) { return each.of.*member > 0; });
}

void print_table() {
  const bool elements = any_of(&work::elements), flops = any_of(&work::flops), bytes = any_of(&work::bytes);
  const double peak = flops ? compare::measure_machine(1).flops : 0;
  std::vector<std::string> head{"", "", "time", "ratio"};
  if (elements) head.emplace_back("ns/element");
  if (flops) head.insert(head.end(), {"GFLOP/s", "of float peak, 1 thread"});
  if (bytes) head.emplace_back("GB/s");
  table lines(head);
  std::map<std::string, double> baselines;
  for (const entry& each : entries()) {
    if (each.seconds == 0) continue;
    const double baseline = baselines.try_emplace(each.subject, each.seconds).first->second;
    std::vector<std::string> line{each.subject, each.who, time_of(each.seconds),
                                  text_of("%.2f", each.seconds / baseline)};
    const auto rate = [&](double amount, const char* format, double value) {
      line.push_back(amount > 0 ? text_of(format, value) : "");
    };
    if (elements) rate(each.of.elements, "%.3g", each.seconds * 1e9 / each.of.elements);
    if (flops) {
      rate(each.of.flops, "%.1f", each.of.flops / each.seconds * 1e-9);
      rate(each.of.flops, "%.0f %%", 100 * each.of.flops / each.seconds / peak);
    }
    if (bytes) rate(each.of.bytes, "%.1f", each.of.bytes / each.seconds * 1e-9);
    lines.add(std::move(line));
  }
  lines.print();
  if (flops)
    std::printf("\nPeak: %.1f GFLOP/s multiply-add of floats on one thread, half of it of doubles.\n",
                peak * 1e-9);
}

}  // namespace

void add(std::string subject, std::string who, work of, std::function<std::function<void()>()> prepare) {
  entries().push_back({std::move(subject), std::move(who), of});
  benchmark::RegisterBenchmark(name_of(entries().back()).c_str(), [prepare](benchmark::State& state) {
    const std::function<void()> run = prepare();
    for (auto _ : state) {
      run();
      benchmark::ClobberMemory();
    }
  })->UseRealTime();
}

void require_equal(std::string_view what, double found, double expected, double tolerance) {
  if (std::abs(found - expected) <= tolerance * std::max(1.0, std::abs(expected))) return;
  std::fprintf(stderr, "%.*s: found %.17g, expected %.17g\n", int(what.size()), what.data(), found, expected);
  std::exit(EXIT_FAILURE);
}

bool initialise(int argc, char** argv, std::vector<std::string> defaults) {
  // Given options come later, and win.
  static std::vector<std::string> options;
  options = std::move(defaults);
  options.insert(options.begin(), argv[0]);
  options.insert(options.end(), argv + 1, argv + argc);
  std::vector<char*> arguments;
  for (std::string& each : options) arguments.push_back(each.data());
  int count = int(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  return !benchmark::ReportUnrecognizedArguments(count, arguments.data());
}

void print_title(std::string_view title) {
  std::printf("\n%.*s\n%s\n\n", int(title.size()), title.data(), compare::describe_machine().c_str());
}

int run(int argc, char** argv, std::string_view title) {
  // Many short samples in random order: a slow second strikes everybody.
  if (!initialise(argc, argv,
                  {"--benchmark_repetitions=9", "--benchmark_min_time=0.02",
                   "--benchmark_enable_random_interleaving=true"}))
    return EXIT_FAILURE;
  print_title(title);
  reporter best;
  if (benchmark::RunSpecifiedBenchmarks(&best) == 0) return EXIT_FAILURE;
  print_table();
  return EXIT_SUCCESS;
}

}  // namespace bench
