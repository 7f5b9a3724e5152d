// SPDX-License-Identifier: BSL-1.0
// Random numbers for the rows in the lanes, made where they are read: the same ones as random_uniform of each
// row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "fusegrad/base/philox.hpp"
#include "fusegrad/kernel/row_tile.hpp"
#include "fusegrad/kernel/simd.hpp"

namespace fusegrad {

namespace drawing {

/// Words of 64 bits that fill a register.
template <class Real, class Arch>
using words = simd::packed_t<std::uint64_t, sizeof(lanes<Real, Arch>) / sizeof(std::uint64_t)>;

/// The block of each row, where rows, one to a word, are in the low halves.
template <class Arch, class Words>
[[nodiscard, gnu::always_inline]] inline philox_block<Words> block_of_rows(const random_key& key, Words rows,
                                                                           std::uint32_t stream,
                                                                           std::uint32_t block) noexcept {
  const Words zero{};
  const philox_block<Words> counter{{rows, zero + block, zero + key.step, zero + stream}};
  const auto product = [](Words a, std::uint32_t factor) __attribute__((always_inline)) {
    return simd::product_of_low_halves<Arch>(a, factor);
  };
  return philox(counter, key.seed, product);
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

/// What four elements of one register of rows draw: made at once, kept while a loop passes them.
template <class Real> struct drawn_numbers {
  std::uint32_t stream = 0, block = std::uint32_t(-1);  // no value has so many elements
  alignas(cache_line) Real numbers[numbers_of_block * cache_line / sizeof(Real)];
};

/// Draws the numbers of one block for each of the rows in the lanes.
/// rows:   the numbers of the rows, counted from `first` of the data.
/// Rounds: never: the multiples of 2^-24 that random_uniform gives.
/// Cost:   ten rounds of two multiplications for four numbers.
template <class Arch, class Real>
[[gnu::noinline]] void draw_block(const random_key& key, const std::uint32_t* rows, std::size_t first,
                                  drawn_numbers<Real>& to) noexcept {
  const std::uint32_t from = std::uint32_t(first);
  if constexpr (std::same_as<Arch, scalar_arch>) {
    const auto drawn = random_block(key, *rows + from, to.stream, to.block);
    for (std::size_t i = 0; i < numbers_of_block; ++i) to.numbers[i] = Real(uniform_of_word(drawn.words[i]));
  } else {
    using words = drawing::words<Real, Arch>;
    constexpr std::size_t count = lane_count<Real, Arch>;
    simd::packed_t<std::uint32_t, count> numbers;
    std::memcpy(&numbers, rows, sizeof(numbers));
    numbers += from;
    if constexpr (sizeof(Real) == sizeof(std::uint32_t)) {
      const auto pairs = (words)numbers;
      const auto even = drawing::block_of_rows<Arch>(key, pairs, to.stream, to.block);
      const auto odd = drawing::block_of_rows<Arch>(key, words(pairs >> 32), to.stream, to.block);
      for (std::size_t i = 0; i < numbers_of_block; ++i)
        simd::store_aligned(to.numbers + i * count,
                            drawing::uniform_of<Arch, Real>(even.words[i], odd.words[i]));
    } else {
      const auto wide = __builtin_convertvector(numbers, words);
      const auto drawn = drawing::block_of_rows<Arch>(key, wide, to.stream, to.block);
      for (std::size_t i = 0; i < numbers_of_block; ++i)
        simd::store_aligned(to.numbers + i * count, drawing::uniform_of<Arch, Real>(drawn.words[i]));
    }
  }
}

/// One random number for each of the rows in the lanes; those of the elements beside it are kept in `drawn`.
template <class Arch, class Real>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> random_numbers(
    const random_key& key, const std::uint32_t* rows, std::size_t first, std::size_t stream,
    std::size_t element, drawn_numbers<Real>& drawn) noexcept {
  const std::uint32_t which = std::uint32_t(stream), block = std::uint32_t(element / numbers_of_block);
  if (drawn.block != block || drawn.stream != which) {
    drawn.stream = which;
    drawn.block = block;
    draw_block<Arch, Real>(key, rows, first, drawn);
  }
  return simd::load_aligned<Arch>(drawn.numbers + element % numbers_of_block * lane_count<Real, Arch>);
}

/// The same without anything kept.
template <class Arch, class Real>
[[nodiscard]] inline lanes<Real, Arch> random_numbers(const random_key& key, const std::uint32_t* rows,
                                                      std::size_t first, std::size_t stream,
                                                      std::size_t element) noexcept {
  drawn_numbers<Real> drawn;
  return random_numbers<Arch, Real>(key, rows, first, stream, element, drawn);
}

}  // namespace fusegrad
