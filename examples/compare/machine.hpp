// SPDX-License-Identifier: BSL-1.0
// What this machine can do at best: multiply-adds from registers, and reads from memory.
// Measured in the same run as the peers, so that a noisy or slower machine moves both.
#pragma once

#include <string>

namespace compare {

/// The two limits, over all the threads that were used.
/// Units:   flops per second (a multiply-add is two), bytes per second.
struct machine_limits {
  double flops;
  double bandwidth;
};

/// Measures the limits of `threads` threads running at once.
/// Cost:    about a second, and 512 MiB of memory.
[[nodiscard]] machine_limits measure_machine(unsigned threads);

/// Seconds that a number takes from one thread to another and back, the median of many ways: some hundred
/// nanoseconds where two processors share no cache, and then small batches gain little by a second thread.
/// Cost:    a few milliseconds.
[[nodiscard]] double measure_round_trip();

/// The processor's name, the compiler and the width of the vectors, in one line.
[[nodiscard]] std::string describe_machine();

/// Seconds in which the work could be done at best: the multiply-adds at their peak, then the bytes at
/// theirs.
[[nodiscard]] constexpr double limit_seconds(const machine_limits& machine, double flops, double bytes) {
  return flops / machine.flops + bytes / machine.bandwidth;
}

}  // namespace compare
