// SPDX-License-Identifier: BSL-1.0
// Adds up what blocks of rows have gathered, always in the order of the blocks, whichever thread made which.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/simd.hpp"

namespace fusegrad {

/// means[i] = scale * (blocks[0][i] + blocks[1][i] + ...) for i in [begin, end); false if a result is NaN or
/// infinite. Shape:  blocks lie `distance` numbers apart. Rounds: blocks in ascending order, then scale.
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

}  // namespace fusegrad
