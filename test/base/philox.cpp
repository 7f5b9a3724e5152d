// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE philox
#include "fusegrad/base/philox.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace fusegrad;

namespace {

constexpr philox_block<std::uint64_t> block_of(philox_block<std::uint64_t> counter, std::uint64_t seed) {
  return philox(counter, seed,
                [](std::uint64_t word, std::uint32_t factor) { return (word & 0xFFFFFFFFu) * factor; });
}

struct known_answer {
  philox_block<std::uint64_t> counter;
  std::uint64_t seed;
  std::uint32_t answer[4];
};

// The known answers that the authors of the generator publish with it (kat_vectors, philox 4x32 10).
constexpr known_answer published[] = {
    {{{0, 0, 0, 0}}, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
     0xffffffffffffffff,
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
     0x299f31d0a4093822,
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_published_answers) {
  for (const known_answer& each : published)
    for (int i = 0; i < 4; ++i)
      BOOST_TEST(std::uint32_t(block_of(each.counter, each.seed).words[i]) == each.answer[i]);
}

BOOST_AUTO_TEST_CASE(what_is_in_the_high_halves_does_not_matter) {
  philox_block<std::uint64_t> dirty = published[2].counter;
  for (std::uint64_t& word : dirty.words) word |= 0xABCDEF1200000000u;
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(std::uint32_t(block_of(dirty, published[2].seed).words[i]) == published[2].answer[i]);
}

BOOST_AUTO_TEST_CASE(the_compiler_draws_the_same) {
  constexpr double drawn = random_uniform({.seed = 7, .step = 3}, 11, 2, 5);
  BOOST_TEST(drawn == random_uniform({.seed = 7, .step = 3}, 11, 2, 5));
}

// 10^6 numbers in each direction of the counter: mean 1/2, variance 1/12, none outside. The bounds are five
// standard deviations of these estimates.
BOOST_AUTO_TEST_CASE(numbers_are_uniform_in_every_direction_of_the_counter) {
  constexpr std::uint32_t count = 1000000;
  const auto check = [](auto draw) {
    double sum = 0, squares = 0, products = 0, before = 0.5;
    bool inside = true;
    for (std::uint32_t i = 0; i < count; ++i) {
      const double each = draw(i);
      inside = inside && each >= 0 && each < 1;
      sum += each;
      squares += (each - 0.5) * (each - 0.5);
      products += (each - 0.5) * (before - 0.5);
      before = each;
    }
    BOOST_TEST(inside);
    BOOST_TEST(std::abs(sum / count - 0.5) < 5 * std::sqrt(1.0 / 12 / count));
    BOOST_TEST(std::abs(squares / count - 1.0 / 12) < 5 * std::sqrt(1.0 / 180 / count));
    BOOST_TEST(std::abs(products / count) < 5 * 1.0 / 12 / std::sqrt(double(count)));
  };
  check([](std::uint32_t i) { return random_uniform({1, 2}, i, 3, 4); });
  check([](std::uint32_t i) { return random_uniform({1, 2}, 3, i, 4); });
  check([](std::uint32_t i) { return random_uniform({1, 2}, 3, 4, i); });
  check([](std::uint32_t i) { return random_uniform({1, i}, 3, 4, 5); });
  check([](std::uint32_t i) { return random_uniform({i, 1}, 3, 4, 5); });
}
