// SPDX-License-Identifier: BSL-1.0
// fusegrad beside other ways of training the same model: equal results first, then times, ratios and limits.
// Usage: compare [--check] [--pairs N] [--rows N] [--markdown FILE]

#include "harness.hpp"
#include "machine.hpp"
#include "peer.hpp"
#include "reference.hpp"
#include "report.hpp"
#include "workloads.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace compare {
namespace {

constexpr auto baseline_name = "plain loop";

struct options {
  bool check_only = false;
  std::size_t pairs = 11;
  std::size_t rows = 1'000'000;  ///< At most; there are fewer images.
  std::string markdown;
};

options read_options(int count, char** words) {
  options chosen;
  for (int n = 1; n < count; ++n) {
    const std::string word = words[n];
    if (word == "--check") {
      chosen.check_only = true;
      continue;
    }
    if (n + 1 == count || (word != "--pairs" && word != "--rows" && word != "--markdown"))
      throw std::invalid_argument("usage: compare [--check] [--pairs N] [--rows N] [--markdown FILE]");
    const std::string value = words[++n];
    if (word == "--pairs") chosen.pairs = std::max<std::size_t>(1, std::stoul(value));
    if (word == "--rows") chosen.rows = std::max<std::size_t>(1, std::stoul(value));
    if (word == "--markdown") chosen.markdown = value;
  }
  return chosen;
}

// Largest distance of one result from the reference.
struct distance {
  double loss;  // Relative.
  double parameter;
  [[nodiscard]] bool within(double tolerance) const { return loss <= 1e-4 && parameter <= tolerance; }
};

template <class Problem>
distance distance_from(double true_loss, const typename Problem::parameters& truth, double loss,
                       const typename Problem::parameters& found) {
  const auto expected = flattened(truth);
  const auto actual = flattened(found);
  double largest = 0;
  for (std::size_t n = 0; n < expected.size(); ++n) {
    const double difference = std::abs(double(expected[n]) - double(actual[n]));
    largest = difference <= largest ? largest : difference;  // Keeps a NaN.
  }
  return {std::abs(loss / true_loss - 1), largest};
}

/// Whether every peer reproduces the reference. Prints one line per peer.
template <class Problem> bool check(const workload<Problem>& work) {
  auto truth = work.start;
  const double true_loss = reference_run(work.problem, truth);
  std::cout << work.name << ": loss " << true_loss << '\n';
  bool all_equal = true;
  for (const peer<Problem>& each : peers<Problem>()) {
    const auto train = each.prepare(work.problem);
    auto found = work.start;
    const double loss = train(found);
    const distance off = distance_from<Problem>(true_loss, truth, loss, found);
    const bool equal = off.within(work.tolerance);
    std::cout << "  " << each.name << ", threads " << each.threads << ": off by " << off.loss
              << " relative in the loss, " << off.parameter << " in the parameters"
              << (equal ? "" : "  DIFFERS") << '\n';
    all_equal = all_equal && equal;
  }
  return all_equal;
}

/// The limits for every number of threads, measured when first asked for.
const machine_limits& machine(unsigned threads) {
  static std::map<unsigned, machine_limits> measured;
  const auto known = measured.find(threads);
  return known != measured.end() ? known->second
                                 : measured.emplace(threads, measure_machine(threads)).first->second;
}

template <class Problem>
std::vector<std::string> line_of(const workload<Problem>& work, const peer<Problem>& each,
                                 const measurement& time) {
  const double told = time.seconds / work.units_per_run / work.unit_in_seconds;
  std::vector<std::string> line = {
      work.name, each.name,           std::to_string(each.threads), fixed(told, told < 100 ? 2 : 1),
      work.unit, fixed(time.ratio, 2)};
  if (work.bytes > 0) {
    const machine_limits& limits = machine(each.threads);
    const bool multiplies = work.flops > 0;
    line.push_back(multiplies ? fixed(100 * work.flops / time.seconds / limits.flops, 0) + " %" : "");
    line.push_back(fixed(time.seconds / limit_seconds(limits, work.flops, work.bytes), 2));
  } else {
    line.insert(line.end(), {"", ""});
  }
  return line;
}

template <class Problem> void measure(const workload<Problem>& work, std::size_t pairs, report& results) {
  const auto& all = peers<Problem>();
  const auto is_baseline = [](const peer<Problem>& each) { return each.name == baseline_name; };
  const auto baseline = std::find_if(all.begin(), all.end(), is_baseline);
  if (baseline == all.end()) throw std::logic_error("no peer is called " + std::string(baseline_name));
  const auto timed = [&](const peer<Problem>& each) {
    return [&work, train = each.prepare(work.problem), parameters = work.start]() mutable {
      parameters = work.start;
      train(parameters);
    };
  };
  for (const peer<Problem>& each : all)
    results.lines.push_back(line_of(work, each, measure_pairs(timed(*baseline), timed(each), pairs)));
}

void write_results(const report& results, const std::string& markdown) {
  print_text(std::cout << '\n', results);
  if (markdown.empty()) return;
  std::ofstream file(markdown);
  print_markdown(file, results);
  if (!file.flush()) throw std::runtime_error(markdown + ": cannot be written");
}

void describe_limits(const options& chosen, const all_workloads& all, report& results) {
  results.notes.push_back(describe_machine());
  std::set<unsigned> threads;
  all.for_each([&]<class Problem>(const workload<Problem>& work) {
    if (work.bytes == 0) return;
    for (const peer<Problem>& each : peers<Problem>()) threads.insert(each.threads);
  });
  for (const unsigned count : threads)
    results.notes.push_back("limits, threads " + std::to_string(count) + ": " +
                            fixed(machine(count).flops * 1e-9, 0) + " GFLOP/s multiply-add in float, " +
                            fixed(machine(count).bandwidth * 1e-9, 1) + " GB/s read from memory");
  results.notes.push_back("medians of " + std::to_string(chosen.pairs) + " alternating pairs with the " +
                          baseline_name);
  results.heading = {"workload", "peer",        "threads", "time", "unit", std::string("/ ") + baseline_name,
                     "FMA peak", "time / limit"};
}

int run(const options& chosen) {
  const all_workloads all(chosen.rows);
  std::cout << all.source() << '\n';

  // All are checked, so that one failure does not hide another.
  bool equal = true;
  all.for_each([&](const auto& work) { equal = check(work) && equal; });
  if (!equal) {
    std::cout << "The results differ, so nothing is timed.\n";
    return 1;
  }
  if (chosen.check_only) return 0;

  report results;
  describe_limits(chosen, all, results);
  all.for_each([&](const auto& work) { measure(work, chosen.pairs, results); });
  write_results(results, chosen.markdown);
  return 0;
}

}  // namespace
}  // namespace compare

int main(int count, char** words) try {
  return compare::run(compare::read_options(count, words));
} catch (const std::exception& error) {
  std::cerr << "compare: " << error.what() << '\n';
  return 2;
}
