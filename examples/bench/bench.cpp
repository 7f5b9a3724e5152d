// SPDX-License-Identifier: BSL-1.0
#include "bench.hpp"

#include "../compare/machine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>
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

std::string text_of(const char* format, double number) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
}

std::string time_of(double seconds) {
  constexpr std::pair<double, const char*> units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
  for (const auto& [size, name] : units)
    if (seconds >= size || size == 1e-9) return text_of("%.4g ", seconds / size) + name;
  return {};
}

/// A table whose columns are as wide as their longest cell.
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

int run(int argc, char** argv, std::string_view title) {
  // Many short samples in random order: a slow second strikes everybody. Given options come later, and win.
  std::vector<std::string> options{argv[0], "--benchmark_repetitions=9", "--benchmark_min_time=0.02",
                                   "--benchmark_enable_random_interleaving=true"};
  options.insert(options.end(), argv + 1, argv + argc);
  std::vector<char*> arguments;
  for (std::string& each : options) arguments.push_back(each.data());
  int count = int(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return EXIT_FAILURE;
  std::printf("\n%.*s\n%s\n\n", int(title.size()), title.data(), compare::describe_machine().c_str());
  reporter best;
  if (benchmark::RunSpecifiedBenchmarks(&best) == 0) return EXIT_FAILURE;
  print_table();
  return EXIT_SUCCESS;
}

}  // namespace bench
