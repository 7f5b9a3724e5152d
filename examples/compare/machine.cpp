// SPDX-License-Identifier: BSL-1.0
// The two limits of the machine. The best of many repetitions counts: noise only ever takes away.

#include "machine.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace compare {
namespace {

#if defined(__AVX512F__)
constexpr std::size_t vector_bytes = 64;
constexpr std::size_t chains =
    24;  // Of 32 registers; more chains than latency times the multiply-adds per cycle.
#elif defined(__AVX__)
constexpr std::size_t vector_bytes = 32;
constexpr std::size_t chains = 12;  // Of 16 registers.
#else
constexpr std::size_t vector_bytes = 16;
constexpr std::size_t chains = 12;
#endif
constexpr std::size_t lanes = vector_bytes / sizeof(float);
using vector [[gnu::vector_size(vector_bytes)]] = float;

// A result the compiler must believe is used. A store would not do: clang drops those to variables nobody
// reads.
template <class Result> void keep(const Result& result) { asm volatile("" : : "r"(&result) : "memory"); }

vector everywhere(float value) { return value - vector{}; }

// The pack, not a loop, names the accumulators: g++ leaves an array that a loop indexes in memory.
template <std::size_t... Chain> void multiply_add_chains(std::size_t rounds, std::index_sequence<Chain...>) {
  vector accumulators[] = {everywhere(float(Chain))...};
  const vector factor = everywhere(0.999F);
  const vector summand = everywhere(0.001F);
  for (std::size_t round = 0; round < rounds; ++round)
    ((accumulators[Chain] = accumulators[Chain] * factor + summand), ...);
  keep((accumulators[Chain] + ...));
}

// Whole vectors, and several sums, so that none waits for another: what is measured is the memory. Two halves at a
// time, since a single stream does not always ask for all that memory gives.
template <std::size_t... Sum> void read_all(std::span<const float> values, std::index_sequence<Sum...>) {
  constexpr std::size_t step = sizeof...(Sum) * lanes;
  const std::size_t half = values.size() / 2 / step * step;
  vector sums[] = {everywhere(float(Sum))...};
  const auto add = [&](const float* from) {
    vector read[sizeof...(Sum)];
    std::memcpy(read, from, sizeof read);
    ((sums[Sum] += read[Sum]), ...);
  };
  for (std::size_t i = 0; i < half; i += step) {
    add(values.data() + i);
    add(values.data() + half + i);
  }
  keep((sums[Sum] + ...));
}

// Shortest time in which all threads ran `work(thread, repetition)` once.
template <class Work> double best_seconds(unsigned threads, int repetitions, const Work& work) {
  using clock = std::chrono::steady_clock;
  double best = 1e9;
  clock::time_point start;
  bool started = false;
  std::barrier together(threads, [&]() noexcept {
    const clock::time_point now = clock::now();
    if (started) best = std::min(best, std::chrono::duration<double>(now - start).count());
    start = now;
    started = true;
  });
  std::vector<std::jthread> team;
  for (unsigned thread = 0; thread < threads; ++thread)
    team.emplace_back([&, thread] {
      together.arrive_and_wait();
      for (int repetition = 0; repetition < repetitions; ++repetition) {
        work(thread, std::size_t(repetition));
        together.arrive_and_wait();
      }
    });
  team.clear();
  return best;
}

}  // namespace

// Repetitions are shorter than a time slice, so that on a busy machine some of them run alone.
machine_limits measure_machine(unsigned threads) {
  constexpr std::size_t rounds = 100'000;
  const double multiply_seconds = best_seconds(threads, 1000, [](unsigned, std::size_t) {
    multiply_add_chains(rounds, std::make_index_sequence<chains>());
  });

  // A slice is read again only after all others, which fill any cache several times.
  constexpr std::size_t slices = 32;
  const std::size_t count = (std::size_t(512) << 20) / sizeof(float) / threads;
  const std::vector<std::vector<float>> memory(threads, std::vector<float>(count, 1));
  const auto read_slice = [&](unsigned thread, std::size_t repetition) {
    const std::size_t length = count / slices;
    read_all(std::span(memory[thread]).subspan(repetition % slices * length, length),
             std::make_index_sequence<8>());
  };
  const double read_seconds = best_seconds(threads, 6 * slices, read_slice);
  return {2.0 * double(lanes * chains * rounds) * threads / multiply_seconds,
          double(count / slices * sizeof(float)) * threads / read_seconds};
}

double measure_round_trip() {
  using clock = std::chrono::steady_clock;
  constexpr int ways = 1000, series = 51;
  std::atomic<int> number{0};  // Odd on its way there, even on its way back.
  const auto wait_for = [&](int awaited) {
    while (number.load(std::memory_order_acquire) != awaited) {
    }
  };
  std::jthread other([&] {
    for (int way = 0; way < series * ways; ++way) {
      wait_for(2 * way + 1);
      number.store(2 * way + 2, std::memory_order_release);
    }
  });
  std::array<double, series> seconds;
  for (int i = 0; i < series; ++i) {
    const clock::time_point start = clock::now();
    for (int way = i * ways; way < (i + 1) * ways; ++way) {
      number.store(2 * way + 1, std::memory_order_release);
      wait_for(2 * way + 2);
    }
    seconds[std::size_t(i)] = std::chrono::duration<double>(clock::now() - start).count() / ways;
  }
  std::ranges::nth_element(seconds, seconds.begin() + series / 2);
  return seconds[series / 2];
}

std::string describe_machine() {
  std::string processor = "unknown processor";
  std::ifstream information("/proc/cpuinfo");
  for (std::string line; std::getline(information, line);)
    if (line.starts_with("model name")) {
      processor = line.substr(line.find(':') + 2);
      break;
    }
#if defined(__clang__)
  const std::string compiler = __VERSION__;
#else
  const std::string compiler = "g++ " __VERSION__;
#endif
  return processor + ", vectors of " + std::to_string(8 * vector_bytes) + " bits, " + compiler;
}

}  // namespace compare
