// SPDX-License-Identifier: BSL-1.0
// Timing on a noisy machine: alternating pairs of the baseline and a peer, medians, ratios within a pair.
// A ratio is taken between neighbours in time, so a slow second strikes both sides of it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

namespace compare {

/// What the pairs of one peer came to.
/// Units:   seconds per run; the ratio is the peer's time over the baseline's, so below 1 is faster.
struct measurement {
  double seconds;
  double baseline_seconds;
  double ratio;
};

/// The middle value, or the mean of the two middle ones.
[[nodiscard]] inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Seconds per call over so many calls.
using timer = std::function<double(std::size_t calls)>;

/// What a timer of `run` answers.
template <class Run> [[nodiscard]] double seconds_per_call(std::size_t calls, Run run) {
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t call = 0; call < calls; ++call) run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / double(calls);
}

/// Calls that fill 20 ms, so that the clock's own cost and grain do not count. Also warms caches and
/// frequency up.
[[nodiscard]] inline std::size_t calls_per_sample(const timer& time) {
  const double once = std::max(std::min(time(1), time(1)), 1e-9);
  return std::size_t(std::ceil(20e-3 / once));
}

/// Times `pairs` pairs, of which every other one runs the peer first.
[[nodiscard]] inline measurement measure_pairs(const timer& baseline, const timer& peer, std::size_t pairs) {
  const std::size_t baseline_calls = calls_per_sample(baseline);
  const std::size_t peer_calls = calls_per_sample(peer);
  std::vector<double> baseline_times;
  std::vector<double> peer_times;
  std::vector<double> ratios;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    if (pair % 2 == 0) baseline_times.push_back(baseline(baseline_calls));
    peer_times.push_back(peer(peer_calls));
    if (pair % 2 == 1) baseline_times.push_back(baseline(baseline_calls));
    ratios.push_back(peer_times.back() / baseline_times.back());
  }
  return {median(peer_times), median(baseline_times), median(ratios)};
}

}  // namespace compare
