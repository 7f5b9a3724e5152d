// SPDX-License-Identifier: BSL-1.0
// Random values: the Mersenne twister of 64 bits, drawn from in double and in a fixed order.
// Scaling is a fused multiply-add by name, so no compiler's choice whether to contract can change a bit.
#include "fusegrad/data/random.hpp"

#include "fusegrad/data/error.hpp"

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace fusegrad {
namespace {

using engine = boost::random::mt19937_64;

template <class Real, class Distribution>
void fill_with(std::span<Real> values, std::uint64_t seed, Distribution standard, double offset,
               double factor) {
  engine bits(seed);
  for (Real& value : values) value = static_cast<Real>(std::fma(factor, standard(bits), offset));
}

template <class Real> void fill_with(std::span<Real> values, std::uint64_t seed, const normal& self) {
  fill_with(values, seed, boost::random::normal_distribution<double>(), self.mean, self.standard_deviation);
}

template <class Real> void fill_with(std::span<Real> values, std::uint64_t seed, const uniform& self) {
  fill_with(values, seed, boost::random::uniform_01<double>(), self.low, self.high - self.low);
}

// The high half of draw * bound, for a draw of 32 bits; draws that would favour some results are drawn again.
// Spelled out, so that the bits hang on the generator alone, which the C++ standard defines.
// Lemire 2019, "Fast random integer generation in an interval".
std::uint32_t below(std::uint32_t bound, engine& bits) {
  const auto draw = [&] { return (bits() >> 32) * bound; };
  std::uint64_t product = draw();
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t favoured = (0u - bound) % bound;
    while (static_cast<std::uint32_t>(product) < favoured) product = draw();
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace

void normal::fill(std::span<float> values, std::uint64_t seed) const { fill_with(values, seed, *this); }
void normal::fill(std::span<double> values, std::uint64_t seed) const { fill_with(values, seed, *this); }

void uniform::fill(std::span<float> values, std::uint64_t seed) const { fill_with(values, seed, *this); }
void uniform::fill(std::span<double> values, std::uint64_t seed) const { fill_with(values, seed, *this); }

void filled_with::fill(std::span<float> values, std::uint64_t) const {
  std::ranges::fill(values, static_cast<float>(value));
}
void filled_with::fill(std::span<double> values, std::uint64_t) const { std::ranges::fill(values, value); }

std::vector<std::uint32_t> permutation(std::size_t n, std::uint64_t seed) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (n > most)
    throw data_error("permutation", "at most " + std::to_string(most) + " numbers", std::to_string(n));
  std::vector<std::uint32_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0u);
  engine bits(seed);
  for (std::size_t left = n; left > 1; --left)
    std::swap(numbers[left - 1], numbers[below(static_cast<std::uint32_t>(left), bits)]);
  return numbers;
}

}  // namespace fusegrad
