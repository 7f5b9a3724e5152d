// SPDX-License-Identifier: BSL-1.0
// Vectors of the hand-written loops: 16 floats, and what several of these loops do with them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace compare {

constexpr std::size_t lanes = 16;
using vector [[gnu::vector_size(lanes * sizeof(float))]] = float;
using integers [[gnu::vector_size(lanes * sizeof(float))]] = std::int32_t;
using bytes [[gnu::vector_size(lanes)]] = std::uint8_t;

[[gnu::always_inline]] inline vector everywhere(float value) { return value - vector{}; }

// From anywhere in memory: a row begins where it happens to lie.
[[gnu::always_inline]] inline vector load(const float* from) {
  vector values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

// g++ 12 converts byte by byte, unless told otherwise.
[[gnu::always_inline]] inline vector load(const std::uint8_t* from) {
#if defined(__AVX512F__)
  const __m128i stored = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const auto wide = std::bit_cast<integers>(_mm512_maskz_cvtepu8_epi32(0xFFFF, stored));
  return __builtin_convertvector(wide, vector);
#else
  bytes stored;
  std::memcpy(&stored, from, sizeof stored);
  return __builtin_convertvector(__builtin_convertvector(stored, integers), vector);
#endif
}

// Keeps g++ from folding the load into every multiply-add that uses the value.
[[gnu::always_inline]] inline void pin([[maybe_unused]] vector& value) {
#if defined(__AVX512F__)
  asm("" : "+v"(value));
#endif
}

// The same, and the compiler moves no read past it: where memory is read in order, the hardware reads ahead.
[[gnu::always_inline]] inline void pin_in_order([[maybe_unused]] vector& value) {
#if defined(__AVX512F__)
  asm volatile("" : "+v"(value));
#endif
}

// Half of the lanes' sums of two vectors each: from `a` where the bit `Distance` of the lane is clear, from
// `b` where it is set.
template <std::size_t Distance, std::size_t... Lane>
[[gnu::always_inline]] inline vector add_halves(vector a, vector b, std::index_sequence<Lane...>) {
  const vector here = __builtin_shufflevector(a, b, int(Lane & Distance ? lanes + Lane : Lane)...);
  const vector there =
      __builtin_shufflevector(a, b, int((Lane & Distance ? lanes + Lane : Lane) ^ Distance)...);
  return here + there;
}

// Lane r is the sum of all lanes of from[r * Stride]: sixteen sums without a horizontal operation.
template <std::size_t Stride = 1> [[gnu::always_inline]] inline vector sums_of(const vector* from) {
  constexpr auto all = std::make_index_sequence<lanes>();
  const auto two = [&](std::size_t r) __attribute__((always_inline)) {
    return add_halves<8>(from[r * Stride], from[(r + 8) * Stride], all);
  };
  const auto four = [&](std::size_t r) __attribute__((always_inline)) {
    return add_halves<4>(two(r), two(r + 4), all);
  };
  const auto eight = [&](std::size_t r) __attribute__((always_inline)) {
    return add_halves<2>(four(r), four(r + 2), all);
  };
  return add_halves<1>(eight(0), eight(1), all);
}

// exp for -87 <= x <= 0. Source: Cephes, expf.
[[gnu::always_inline]] inline vector exponential(vector x) {
  const integers power = __builtin_convertvector(x * 1.44269504F - 0.5F, integers);  // Rounds to nearest.
  const vector n = __builtin_convertvector(power, vector);
  const vector r = x - n * 0.693359375F + n * 2.12194440e-4F;
  vector p = everywhere(1.9875691500e-4F);
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  return p * std::bit_cast<vector>((power + 127) << 23);
}

}  // namespace compare
