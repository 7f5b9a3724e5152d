// SPDX-License-Identifier: BSL-1.0
// pow of registers: that of xsimd is exp(b log(a)), which multiplies the error of the logarithm by its size,
// and is 0 at a = 0 whatever b. Here the logarithm is a sum of two numbers, the second of which mends the
// result. Source: Muller 2016, "Elementary Functions", ch. 11; Dekker 1971, "A floating-point technique for
// extending the available precision".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>

#include "fusegrad/kernel/simd.hpp"

namespace fusegrad::elementary {

/// What is known of the bits of a floating-point type.
template <class Real> struct layout_of;
template <> struct layout_of<float> {
  using bits = std::uint32_t;
  static constexpr int fraction = 23;
  static constexpr int lower_half = 12;
  static constexpr int bias = 127;
  static constexpr float log2_head = 0.693145752F;  // 16 bits, so that its product with an exponent is exact
  static constexpr float log2_tail = 1.42860682e-06F;
  static constexpr std::size_t terms = 5;
};
template <> struct layout_of<double> {
  using bits = std::uint64_t;
  static constexpr int fraction = 52;
  static constexpr int lower_half = 27;
  static constexpr int bias = 1023;
  static constexpr double log2_head = 0.6931471805598903;  // 42 bits
  static constexpr double log2_tail = 5.497923018708371e-14;
  static constexpr std::size_t terms = 11;
};

/// A value as the sum of two numbers, of which the second is small.
template <class Batch> struct two_parts {
  Batch head;
  Batch tail;
};

template <class Batch>
using bits_of = xsimd::batch<typename layout_of<typename Batch::value_type>::bits, typename Batch::arch_type>;

/// The number without the lower half of its bits: products of such numbers are exact.
template <class Batch> [[nodiscard, gnu::always_inline]] inline Batch upper_half(const Batch& a) noexcept {
  using layout = layout_of<typename Batch::value_type>;
  using bits = bits_of<Batch>;
  constexpr auto mask = typename layout::bits(~((typename layout::bits(1) << layout::lower_half) - 1));
  return xsimd::bitwise_cast<Batch>(xsimd::bitwise_cast<bits>(a) & bits(mask));
}

/// a * b and what is rounded off, with or without fused operations.
template <class Batch>
[[nodiscard, gnu::always_inline]] inline two_parts<Batch> exact_product(const Batch& a,
                                                                        const Batch& b) noexcept {
  const Batch product = a * b;
  const Batch a_head = upper_half(a), b_head = upper_half(b);
  const Batch a_tail = a - a_head, b_tail = b - b_head;
  const Batch rest = (a_head * b_head - product) + a_head * b_tail + a_tail * b_head + a_tail * b_tail;
  return {product, rest};
}

/// log(a) for finite a > 0: k log 2 + 2 atanh(s) with a = 2^k m, s = (m - 1) / (m + 1), sqrt(1/2) <= m <
/// sqrt(2).
/// Rounds:  the sum errs by a few hundredths of an ulp of its head.
template <class Batch>
[[nodiscard, gnu::always_inline]] inline two_parts<Batch> log_in_two_parts(const Batch& a) noexcept {
  using real = typename Batch::value_type;
  using layout = layout_of<real>;
  using bits = bits_of<Batch>;
  using word = typename layout::bits;
  constexpr real scale = real(word(1) << (layout::fraction + 1));
  const auto subnormal = a < Batch(std::numeric_limits<real>::min());
  const bits pattern = xsimd::bitwise_cast<bits>(simd::select(subnormal, a * Batch(scale), a));
  // An exponent below the bits of 2^fraction is added to that number.
  constexpr word one = word(layout::bias) << layout::fraction;
  constexpr word shifter = word(layout::bias + layout::fraction) << layout::fraction;
  const Batch exponent = xsimd::bitwise_cast<Batch>((pattern >> layout::fraction) | bits(shifter)) -
                         Batch(real(word(1) << layout::fraction) + real(layout::bias));
  const Batch whole =
      xsimd::bitwise_cast<Batch>((pattern & bits((word(1) << layout::fraction) - 1)) | bits(one));
  const auto above = whole > Batch(std::numbers::sqrt2_v<real>);
  const Batch m = simd::select(above, whole * Batch(real(0.5)), whole);
  const Batch k = exponent + simd::select(above, Batch(1), Batch(0)) -
                  simd::select(subnormal, Batch(real(layout::fraction + 1)), Batch(0));

  const Batch f = m - Batch(1);
  const Batch d = m + Batch(1);
  const Batch d_tail = m - (d - Batch(1));
  const Batch s = f / d;
  const two_parts<Batch> back = exact_product(s, d);
  const Batch s_tail = (((f - back.head) - back.tail) - s * d_tail) / d;

  constexpr auto series = [] {
    std::array<real, layout::terms> result{};
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = real(2) / real(2 * i + 3);
    return result;
  }();
  const Batch z = s * s;
  Batch sum = Batch(series.back());
  for (std::size_t i = layout::terms - 1; i > 0; --i) sum = simd::fma(sum, z, Batch(series[i - 1]));
  const Batch small = sum * z * s + (s_tail + s_tail) + k * Batch(layout::log2_tail);
  const Batch great = k * Batch(layout::log2_head);
  const Batch twice = s + s;
  const Batch head = great + twice;
  const Batch tail = (great - head) + twice + small;
  const Batch total = head + tail;
  return {total, (head - total) + tail};
}

/// a to the power of b, as the C library defines it at zeros, infinities and NaN.
/// Range:   results from the least normal number up to where exp of xsimd overflows.
/// Rounds:  below 2 ulp in float, 2 + |b log(a)| / 25 in double.
template <class Batch>
[[nodiscard, gnu::always_inline]] inline Batch pow(const Batch& a, const Batch& b) noexcept {
  using real = typename Batch::value_type;
  const Batch infinity(std::numeric_limits<real>::infinity());
  const Batch none(std::numeric_limits<real>::quiet_NaN());
  const Batch zero(0), one(1);
  const Batch size = simd::abs(a);
  const two_parts<Batch> logarithm = log_in_two_parts(size);
  const two_parts<Batch> exponent = exact_product(b, logarithm.head);
  // Far beyond what overflows: a whole number that large is none.
  const Batch bounded = simd::min(Batch(10000), simd::max(Batch(-10000), exponent.head));
  const Batch rest =
      simd::select(simd::abs(exponent.head) < Batch(10000), exponent.tail + b * logarithm.tail, zero);
  const Batch power = simd::exp(bounded);
  const Batch of_numbers = power + simd::select(power < infinity, power * rest, zero);

  const auto extreme = (size == zero) || (size == infinity);
  const auto vanishes = ((size == zero) && (b > zero)) || ((size == infinity) && (b < zero));
  Batch result = simd::select(extreme, simd::select(vanishes, zero, infinity), of_numbers);
  result = simd::select(!(size == size) || !(b == b), none, result);
  const Batch half = b * Batch(real(0.5));
  const auto whole = simd::nearbyint(b) == b;
  const auto odd = whole && !(simd::nearbyint(half) == half);
  result = simd::select(odd, simd::copysign(result, a), result);
  result = simd::select((a < zero) && !whole && (size < infinity), none, result);
  return simd::select((b == zero) || (a == one) || ((size == one) && (simd::abs(b) == infinity)), one,
                      result);
}

}  // namespace fusegrad::elementary
