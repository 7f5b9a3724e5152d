// SPDX-License-Identifier: BSL-1.0
// Random numbers without a state: a number depends on where it is used, and on nothing else. Forward and
// backward pass, every thread and the interpreter draw the same one, and nobody keeps it.
// Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3": Philox4x32-10.
#pragma once

#include <cstdint>

namespace fusegrad {

/// What sets the random numbers of one step: a seed of the user's, and which step it is.
struct random_key {
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
};

/// Four numbers of 32 bits, each in the low half of a word of 64 bits. What is in the high halves does not
/// matter. A word is a std::uint64_t, or a vector of them.
template <class Word> struct philox_block { Word words[4]; };

/// The block of random numbers that a counter stands for.
/// product: multiplies the low half of a word by a number of 32 bits.
template <class Word, class Product>
[[nodiscard, gnu::always_inline]] constexpr philox_block<Word> philox(philox_block<Word> counter,
                                                                      std::uint64_t seed, Product product) {
  std::uint32_t low_key = std::uint32_t(seed), high_key = std::uint32_t(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Word first = product(counter.words[0], 0xD2511F53u);
    const Word second = product(counter.words[2], 0xCD9E8D57u);
    counter = {{(second >> 32) ^ counter.words[1] ^ std::uint64_t(low_key), second,
                (first >> 32) ^ counter.words[3] ^ std::uint64_t(high_key), first}};
    low_key += 0x9E3779B9u;
    high_key += 0xBB67AE85u;
  }
  return counter;
}

/// Numbers drawn from one block.
inline constexpr std::uint32_t numbers_of_block = 4;

/// The bits of a random number that make a real number: as many as a float can hold.
inline constexpr int bits_of_uniform = 24;

/// The block of four elements that follow each other, of one row.
/// row: of the data. stream: which of the formula's random values. block: element / 4, row-major.
[[nodiscard]] constexpr philox_block<std::uint64_t> random_block(const random_key& key, std::uint32_t row,
                                                                 std::uint32_t stream, std::uint32_t block) {
  const philox_block<std::uint64_t> counter{{row, block, key.step, stream}};
  return philox(counter, key.seed,
                [](std::uint64_t word, std::uint32_t factor) { return (word & 0xFFFFFFFFu) * factor; });
}

/// The upper bits of a word's low half as a number from 0 up to, and without, 1.
[[nodiscard]] constexpr double uniform_of_word(std::uint64_t word) {
  return double(std::uint32_t(word) >> (32 - bits_of_uniform)) / (1 << bits_of_uniform);
}

/// A number from 0 up to, and without, 1: a multiple of 2^-24, the same in float and in double.
[[nodiscard]] constexpr double random_uniform(const random_key& key, std::uint32_t row, std::uint32_t stream,
                                              std::uint32_t element) {
  const auto drawn = random_block(key, row, stream, element / numbers_of_block);
  return uniform_of_word(drawn.words[element % numbers_of_block]);
}

}  // namespace fusegrad
