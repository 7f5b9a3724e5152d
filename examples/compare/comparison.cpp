// SPDX-License-Identifier: BSL-1.0
// Results first, times after them.

#include "comparison.hpp"

#include "harness.hpp"
#include "machine.hpp"
#include "peer.hpp"
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace compare {
namespace {

constexpr auto baseline_name = "plain loop";

/// How far an outcome lies from the truth.
struct distance {
  double loss;       // Relative.
  double parameter;  // The largest difference.
  [[nodiscard]] bool within(double tolerance) const { return loss <= 1e-4 && parameter <= tolerance; }
};

distance distance_between(const outcome& truth, const outcome& found) {
  double largest = 0;
  for (std::size_t n = 0; n < truth.parameters.size(); ++n) {
    const double difference = std::abs(double(truth.parameters[n]) - double(found.parameters.at(n)));
    largest = difference <= largest ? largest : difference;  // Keeps a NaN.
  }
  return {std::abs(found.loss / truth.loss - 1), largest};
}

template <class Problem> outcome true_outcome(const workload<Problem>& work) {
  auto parameters = work.start;
  const double loss = reference_run(work.problem, parameters);
  return {loss, flattened(parameters)};
}

template <class Problem> std::uint32_t place_of_baseline() {
  const auto& all = peers<Problem>();
  const auto found = std::ranges::find(all, baseline_name, &peer<Problem>::name);
  if (found == all.end()) throw std::logic_error("no peer is called " + std::string(baseline_name));
  return std::uint32_t(found - all.begin());
}

/// The limits for every number of threads, measured when first asked for.
const machine_limits& machine(unsigned threads) {
  static std::map<unsigned, machine_limits> measured;
  const auto known = measured.find(threads);
  return known != measured.end() ? known->second
                                 : measured.emplace(threads, measure_machine(threads)).first->second;
}

template <class Problem>
result result_of(const workload<Problem>& work, const peer<Problem>& each, const measurement& time) {
  result line{.workload = work.name,
              .peer = each.name,
              .threads = each.threads,
              .time = time.seconds / work.units_per_run / work.unit_in_seconds,
              .unit = work.unit,
              .ratio = time.ratio,
              .peak_share = {},
              .over_limit = {}};
  if (work.bytes > 0) {
    const machine_limits& limits = machine(each.threads);
    if (work.flops > 0) line.peak_share = work.flops / time.seconds / limits.flops;
    line.over_limit = time.seconds / limit_seconds(limits, work.flops, work.bytes);
  }
  return line;
}

bool is_chosen(const std::string& name, const std::vector<std::string>& only) {
  const auto is_in_name = [&](const std::string& part) { return name.find(part) != std::string::npos; };
  return only.empty() || std::any_of(only.begin(), only.end(), is_in_name);
}

}  // namespace

/// A workload and its chosen peers, by their places.
template <class Problem> struct comparison::contest {
  const workload<Problem>& work;
  std::uint32_t place;
  std::vector<std::uint32_t> chosen;
};

template <class Visit> void comparison::for_each_contest(Visit visit) const {
  std::uint32_t place = 0;
  all_.for_each([&]<class Problem>(const workload<Problem>& work) {
    contest<Problem> next{work, place++, {}};
    for (std::uint32_t n = 0; n < peers<Problem>().size(); ++n)
      if (is_chosen(work.name + ": " + peers<Problem>()[n].name, options_.only)) next.chosen.push_back(n);
    if (!next.chosen.empty()) visit(next);
  });
}

comparison::comparison(const options& chosen) : options_(chosen), all_(chosen.rows) {
  bool any_tuned = false;
  for_each_contest([&]<class Problem>(const contest<Problem>& of) {
    for (const std::uint32_t n : of.chosen) any_tuned = any_tuned || peers<Problem>()[n].tuned;
  });
  if (any_tuned) tuned_ = std::make_unique<tuned_process>(settings_, chosen.rows);
}

template <class Problem> runner comparison::runner_of(const contest<Problem>& of, std::uint32_t n) const {
  const peer<Problem>& chosen = peers<Problem>()[n];
  return chosen.tuned ? tuned_->run_there({of.place, n}) : run_here(of.work, chosen);
}

template <class Problem> bool comparison::check_one(const contest<Problem>& of) const {
  const outcome truth = true_outcome(of.work);
  std::cout << of.work.name << ": loss " << truth.loss << '\n';
  bool all_equal = true;
  for (const std::uint32_t n : of.chosen) {
    const distance off = distance_between(truth, runner_of(of, n).run());
    const bool equal = off.within(of.work.tolerance);
    const peer<Problem>& each = peers<Problem>()[n];
    std::cout << "  " << each.name << ", threads " << each.threads << ": off by " << off.loss
              << " relative in the loss, " << off.parameter << " in the parameters"
              << (equal ? "" : "  DIFFERS") << std::endl;
    all_equal = all_equal && equal;
  }
  return all_equal;
}

bool comparison::check() const {
  std::cout << all_.source() << '\n';
  // All are checked, so that one failure does not hide another.
  bool all_equal = true;
  for_each_contest([&](const auto& of) { all_equal = check_one(of) && all_equal; });
  return all_equal;
}

template <class Problem> void comparison::measure_one(const contest<Problem>& of, report& into) const {
  for (const std::uint32_t n : of.chosen) {
    const runner baseline = runner_of(of, place_of_baseline<Problem>());
    const runner chosen = runner_of(of, n);
    const measurement time = measure_pairs(baseline.time, chosen.time, options_.pairs);
    into.results.push_back(result_of(of.work, peers<Problem>()[n], time));
  }
}

void comparison::describe(report& into) const {
  into.notes.push_back(describe_machine());
  std::set<unsigned> threads;
  for_each_contest([&]<class Problem>(const contest<Problem>& of) {
    if (of.work.bytes == 0) return;
    for (const std::uint32_t n : of.chosen) threads.insert(peers<Problem>()[n].threads);
  });
  for (const unsigned count : threads)
    into.notes.push_back("limits, threads " + std::to_string(count) + ": " +
                         fixed(machine(count).flops * 1e-9, 0) + " GFLOP/s multiply-add in float, " +
                         fixed(machine(count).bandwidth * 1e-9, 1) + " GB/s read from memory");
  if (!threads.empty() && *threads.rbegin() > 1 && std::thread::hardware_concurrency() > 1)
    into.notes.push_back(
        "a number from one thread to another and back: " + fixed(measure_round_trip() * 1e9, 0) + " ns");
  into.notes.push_back("medians of " + std::to_string(options_.pairs) + " alternating pairs with the " +
                       baseline_name);
  if (tuned_ == nullptr) return;
  into.notes.push_back(describe_blas());
  std::string tuned = "tuned: in a process started with";
  for (const setting& each : settings_) tuned += ' ' + each.name + '=' + each.value;
  into.notes.push_back(tuned);
}

report comparison::measure() const {
  report all{.baseline = baseline_name, .notes = {}, .results = {}};
  describe(all);
  for_each_contest([&](const auto& of) { measure_one(of, all); });
  return all;
}

}  // namespace compare
