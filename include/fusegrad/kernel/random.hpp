// SPDX-License-Identifier: BSL-1.0
// Random numbers for the rows in the lanes, made where they are read: the same ones as random_uniform of each
// row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "fusegrad/base/philox.hpp"
#include "fusegrad/kernel/simd.hpp"

namespace fusegrad {

namespace drawing {

/// Words of 64 bits that fill a register.
template <class Real, class Arch>
using words = simd::packed_t<std::uint64_t, sizeof(lanes<Real, Arch>) / sizeof(std::uint64_t)>;

/// One word of the block of each row, where rows, one to a word, are in the low halves.
template <class Arch, class Words>
[[nodiscard, gnu::always_inline]] inline Words word_of_block(const random_key& key, Words rows,
                                                             std::uint32_t stream,
                                                             std::uint32_t element) noexcept {
  const Words zero{};
  const philox_block<Words> counter{
      {rows, zero + element / numbers_of_block, zero + key.step, zero + stream}};
  const auto product = [](Words a, std::uint32_t factor) __attribute__((always_inline)) {
    return simd::product_of_low_halves<Arch>(a, factor);
  };
  return philox(counter, key.seed, product).words[element % numbers_of_block];
}

/// What whole numbers of `bits_of_uniform` bits are as parts of 1.
template <class Real> inline constexpr Real unit = Real(1) / (1 << bits_of_uniform);

/// The upper bits of 32, one to a lane, as a number from 0 to 1.
template <class Arch, class Real, class Words>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> uniform_of(Words even, Words odd) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  const Words both = (even & 0xFFFFFFFFu) | (odd << 32);
  const auto whole = (simd::packed_t<std::uint32_t, count>)both >> (32 - bits_of_uniform);
  return simd::convert<Arch, Real, std::int32_t>((simd::packed_t<std::int32_t, count>)whole) *
         lanes<Real, Arch>(unit<Real>);
}

/// The same with one word to a lane: what is put behind the bits of 2^52 is that much greater.
template <class Arch, class Real, class Words>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> uniform_of(Words bits) noexcept {
  constexpr std::uint64_t large = 0x4330000000000000u;
  const Words sum = (bits & 0xFFFFFFFFu) >> (32 - bits_of_uniform) | large;
  const lanes<Real, Arch> number((typename lanes<Real, Arch>::register_type)sum);
  return (number - lanes<Real, Arch>(Real(std::uint64_t(1) << 52))) * lanes<Real, Arch>(unit<Real>);
}

}  // namespace drawing

/// One random number for each of the rows in the lanes.
/// rows:   the numbers of the rows, counted from `first` of the data.
/// Rounds: never: the multiples of 2^-24 that random_uniform gives.
/// Cost:   ten rounds of two multiplications for each number; a block has four, of which one is used.
template <class Arch, class Real>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> random_numbers(const random_key& key,
                                                                          const std::uint32_t* rows,
                                                                          std::size_t first,
                                                                          std::size_t stream,
                                                                          std::size_t element) noexcept {
  const std::uint32_t from = std::uint32_t(first), which = std::uint32_t(stream),
                      place = std::uint32_t(element);
  if constexpr (std::same_as<Arch, scalar_arch>) {
    return Real(random_uniform(key, *rows + from, which, place));
  } else {
    using words = drawing::words<Real, Arch>;
    simd::packed_t<std::uint32_t, lane_count<Real, Arch>> numbers;
    std::memcpy(&numbers, rows, sizeof(numbers));
    numbers += from;
    if constexpr (sizeof(Real) == sizeof(std::uint32_t)) {
      const auto pairs = (words)numbers;
      const words even = drawing::word_of_block<Arch>(key, pairs, which, place);
      const words odd = drawing::word_of_block<Arch>(key, words(pairs >> 32), which, place);
      return drawing::uniform_of<Arch, Real>(even, odd);
    } else {
      const auto wide = __builtin_convertvector(numbers, words);
      return drawing::uniform_of<Arch, Real>(drawing::word_of_block<Arch>(key, wide, which, place));
    }
  }
}

}  // namespace fusegrad
