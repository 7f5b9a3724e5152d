// SPDX-License-Identifier: BSL-1.0
// Random values from an explicit seed: initial values of parameters, and permutations of rows.
// The same seed gives the same bits on every platform, which std::normal_distribution does not promise.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fusegrad {

/// What sets the initial values of a parameter, from a seed.
template <class Initialiser>
concept initialiser = requires(const Initialiser initial, std::span<float> floats, std::span<double> doubles,
                               std::uint64_t seed) {
  { initial.fill(floats, seed) } -> std::same_as<void>;
  { initial.fill(doubles, seed) } -> std::same_as<void>;
};

/// Independent draws from the normal distribution: `normal(0, 0.01)`.
/// Rounds:  drawn in double; a float is the double of the same seed, rounded. A test pins the bits.
/// Source:  Marsaglia, Tsang 2000, "The ziggurat method" (Boost.Random).
struct normal {
  double mean = 0;
  double standard_deviation = 1;

  void fill(std::span<float> values, std::uint64_t seed) const;
  void fill(std::span<double> values, std::uint64_t seed) const;
};

/// Independent draws from low <= value < high: `uniform(-0.1, 0.1)`.
/// Rounds:  drawn in double; a float is the double of the same seed, rounded. Rounding may reach `high`.
struct uniform {
  double low = 0;
  double high = 1;

  void fill(std::span<float> values, std::uint64_t seed) const;
  void fill(std::span<double> values, std::uint64_t seed) const;
};

/// One value everywhere; the seed does not matter.
struct filled_with {
  double value = 0;

  void fill(std::span<float> values, std::uint64_t seed = 0) const;
  void fill(std::span<double> values, std::uint64_t seed = 0) const;
};

/// 0 everywhere.
inline constexpr filled_with zeros{0};

/// 1 everywhere.
inline constexpr filled_with ones{1};

/// The numbers 0 to n - 1 in an order drawn uniformly from all orders.
/// Errors:  data_error if n exceeds 2^32 - 1.
/// Cost:    one 64-bit draw and one swap per number.
/// Source:  Durstenfeld 1964 (Fisher-Yates).
[[nodiscard]] std::vector<std::uint32_t> permutation(std::size_t n, std::uint64_t seed);

}  // namespace fusegrad
