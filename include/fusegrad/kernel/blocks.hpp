// SPDX-License-Identifier: BSL-1.0
// The division of an extent into equal blocks.
#pragma once

#include <cstddef>
#include <type_traits>

namespace fusegrad {

/// Blocks of at most `Largest` that cover an extent.
template <std::size_t Total, std::size_t Largest>
inline constexpr std::size_t block_count = (Total + Largest - 1) / Largest;

/// Some of the blocks of an extent: those numbered [first, last).
struct block_range {
  std::size_t first;
  std::size_t last;
};
template <std::size_t Total, std::size_t Largest>
inline constexpr block_range all_blocks{0, block_count<Total, Largest>};

/// Calls body(size, begin) for blocks of at most `Largest` that cover [0, Total), or for some of them, in
/// order. `size` is an integral constant. Sizes differ by at most one: no block is nearly empty, and a body
/// is instantiated at most twice.
template <std::size_t Total, std::size_t Largest, class Body>
[[gnu::always_inline]] inline void for_blocks(Body body,
                                              block_range of = all_blocks<Total, Largest>) noexcept {
  if constexpr (Total > 0) {
    constexpr std::size_t blocks = block_count<Total, Largest>;
    constexpr std::size_t size = Total / blocks;
    constexpr std::size_t longer = Total % blocks;
    std::size_t i = of.first;
    if constexpr (longer > 0)
      for (; i < of.last && i < longer; ++i)
        body(std::integral_constant<std::size_t, size + 1>{}, i * (size + 1));
    for (; i < of.last; ++i) body(std::integral_constant<std::size_t, size>{}, longer + i * size);
  }
}

}  // namespace fusegrad
