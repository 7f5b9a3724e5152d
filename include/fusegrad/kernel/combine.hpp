// SPDX-License-Identifier: BSL-1.0
// Adds up what blocks of rows have gathered, always in the order of the blocks, whichever thread made which.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/simd.hpp"

namespace fusegrad {

/// means[i] = scale * (blocks[0][i] + blocks[1][i] + ...) for i in [begin, end); false if a result is NaN or
/// infinite.
/// Shape:   blocks lie `distance` numbers apart.
/// Rounds:  blocks in ascending order, then scale.
template <class Arch, class Real>
bool combine_blocks(const Real* blocks, std::size_t distance, std::size_t count, Real scale, Real* means,
                    std::size_t begin, std::size_t end) noexcept {
  constexpr std::size_t width = lane_count<Real, Arch>;
  const auto run = [&]<class Lanes>(std::type_identity<Lanes>, std::size_t from, std::size_t to) {
    using value = lanes<Real, Lanes>;
    value doubt(Real(0));  // stays 0 while everything is finite
    for (std::size_t i = from; i < to; i += lane_count<Real, Lanes>) {
      value total = simd::load<Lanes, Real>(blocks + i);
      for (std::size_t block = 1; block < count; ++block)
        total = total + simd::load<Lanes, Real>(blocks + block * distance + i);
      total = total * value(scale);
      simd::store(means + i, total);
      doubt = doubt + (total - total);
    }
    return simd::sum_of_lanes(doubt) == 0;
  };
  const std::size_t whole = begin + (end - begin) / width * width;
  const bool first = run(std::type_identity<Arch>{}, begin, whole);
  const bool rest = run(std::type_identity<scalar_arch>{}, whole, end);
  return first && rest;
}

/// Whether none of some numbers is NaN or infinite.
template <class Arch, class Real>
[[nodiscard]] bool all_finite(const Real* values, std::size_t count) noexcept {
  constexpr std::size_t width = lane_count<Real, Arch>;
  constexpr std::size_t at_once = 4;  // sums that do not wait for each other
  std::size_t i = 0;
  Real doubt = 0;  // stays 0 while everything is finite
  if (count >= at_once * width) {
    lanes<Real, Arch> doubts[at_once];
    for (auto& each : doubts) each = simd::broadcast<Arch>(Real(0));
    for (; i + at_once * width <= count; i += at_once * width)
      [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
        const auto nothing = [](auto value) __attribute__((always_inline)) { return value - value; };
        ((doubts[I] = doubts[I] + nothing(simd::load<Arch, Real>(values + i + I * width))), ...);
      }
    (std::make_index_sequence<at_once>{});
    doubt = simd::sum_of_lanes(doubts[0] + doubts[1] + doubts[2] + doubts[3]);
  }
  for (; i < count; ++i) doubt += values[i] - values[i];
  return doubt == 0;
}

}  // namespace fusegrad
