// SPDX-License-Identifier: BSL-1.0
// What registers have instead of the functions of xsimd. Its expm1 and log1p of floats and its exp of doubles
// divide, and take up to twice as long: here are no table and no division, and what is rare is left to xsimd.
// Logarithms and cube roots of subnormal doubles it gets wrong. Source: reduction by powers of 2 and minimax
// polynomials, as in Muller 2016, "Elementary Functions", ch. 11.
#pragma once

#include "fusegrad/kernel/power.hpp"
#include "fusegrad/kernel/simd.hpp"
#include "fusegrad/op/math.hpp"

#include <array>
#include <bit>
#include <limits>
#include <numbers>

namespace fusegrad::elementary {

template <class Arch> using floats = xsimd::batch<float, Arch>;
template <class Arch> using integers = xsimd::batch<std::int32_t, Arch>;

/// Terms in pairs, so that few wait for another.
template <class Arch>
[[gnu::always_inline]] inline floats<Arch> pair(const floats<Arch>& x, float constant,
                                                float factor) noexcept {
  return simd::fma(floats<Arch>(factor), x, floats<Arch>(constant));
}

/// (exp(f x) - 1) / 2 = q 2^(k - 1) + 2^(k - 1) - 1/2 with k = round(f x / log 2), q = expm1(f r) and
/// r = x - k log 2 / f, where q / f = r + r^2 f p(f r). For f x from -87.3 to 89. The factor f is a power of two, so
/// that nothing more is rounded; with it in the constants, no number is multiplied by it. `remainder(k)` is r.
template <int Factor, class Arch, class Remainder>
[[nodiscard, gnu::always_inline]] inline floats<Arch> half_expm1(const floats<Arch>& x,
                                                                 Remainder remainder) noexcept {
  using batch = floats<Arch>;
  using bits = integers<Arch>;
  constexpr float f = Factor, f2 = f * f, f4 = f2 * f2;
  const batch shifter(12582912);  // 1.5 * 2^23: what is added to it is rounded to a whole number
  const batch shifted = simd::fma(x, batch(f * 1.44269504F), shifter);
  const batch r = remainder(shifted - shifter);
  const batch r2 = r * r;
  const batch high = pair(r, f4 * f * 1.39408931e-3F, f4 * f2 * 1.98458976e-4F);
  const batch middle = pair(r, f2 * f * 4.16663587e-2F, f4 * 8.33338965e-3F);
  const batch terms = simd::fma(simd::fma(high, r2, middle), r2, pair(r, f * 0.5F, f2 * 0.166666657F));
  const batch q = simd::fma(terms, r2, r);
  const bits power = xsimd::bitwise_cast<bits>(shifted) << 23;
  const batch half = xsimd::bitwise_cast<batch>(power + bits(std::bit_cast<std::int32_t>(0.5F)));
  const batch scale = xsimd::bitwise_cast<batch>(power + bits(std::bit_cast<std::int32_t>(0.5F * f)));
  return simd::fma(q, scale, half - batch(0.5F));
}

/// exp(x) - 1. Half of it comes first, since 2^128 is no number.
/// Range:   all floats. From -87.3 down the result is -1, from 89 up infinite.
/// Rounds:  below 1.5 ulp; a NaN stays one.
template <class Arch>
[[nodiscard, gnu::always_inline]] inline floats<Arch> expm1(const floats<Arch>& value) noexcept {
  using batch = floats<Arch>;
  const batch x = simd::min(batch(89), simd::max(batch(-87.3F), value));
  const batch half = half_expm1<1, Arch>(
      x, [&x](const batch& k) __attribute__((always_inline)) {
        return simd::fma(k, batch(2.12194440e-4F), simd::fma(k, batch(-0.693359375F), x));
      });
  return half + half;
}

/// (exp(-2 x) - 1) / 2 for x from 0: log 2 need have no more digits than a float, since what it lacks shrinks
/// with 2^k.
/// Rounds:  below 1.5 ulp; a NaN stays one.
template <class Arch>
[[nodiscard, gnu::always_inline]] inline floats<Arch> scaled_coshm1(const floats<Arch>& size) noexcept {
  using batch = floats<Arch>;
  const batch x = simd::min(batch(43.65F), size);
  return half_expm1<-2, Arch>(
      x, [&x](const batch& k)
             __attribute__((always_inline)) { return simd::fma(k, batch(0.346573591F), x); });
}

/// The result where 1 + x, as bits, lies between 0 and 2^126; elsewhere the logarithm of xsimd.
template <class Arch>
[[nodiscard, gnu::noinline, gnu::cold]] floats<Arch> log1p_of_rare(floats<Arch> x, floats<Arch> result,
                                                                   integers<Arch> sum) noexcept {
  const auto common = xsimd::bool_cast((sum > integers<Arch>(0)) & (sum < integers<Arch>(0x7E800000)));
  return simd::select(common, result, xsimd::log1p(x));
}

/// log(1 + x) = k log 2 + log1p(f) with 1 + x = 2^k (1 + f), f from -1/4 to 1/2, where
/// log1p(f) = f + f^2 p(f). The sum 1 + x is rounded, but only its exponent counts: f is 2^-k x + (2^-k - 1).
/// Range:   all floats; those up to -1, from 2^126 on, and NaN are rare.
/// Rounds:  below 1.3 ulp.
template <class Arch>
[[nodiscard, gnu::always_inline]] inline floats<Arch> log1p(const floats<Arch>& x) noexcept {
  using batch = floats<Arch>;
  using bits = integers<Arch>;
  const bits sum = xsimd::bitwise_cast<bits>(x + batch(1));
  const bits exponent = (sum - bits(0x3F400000)) & bits(std::int32_t(0xFF800000));
  const batch scale = xsimd::bitwise_cast<batch>(bits(0x3F800000) - exponent);
  const batch k = xsimd::to_float(exponent >> 23);
  const batch f = simd::fma(x, scale, scale - batch(1));
  const batch f2 = f * f;
  const batch f4 = f2 * f2;
  const batch lowest = simd::fma(pair(f, -0.250000536F, 0.199906066F), f2, pair(f, -0.5F, 0.333334535F));
  const batch middle = simd::fma(pair(f, -0.1316223F, 0.104482882F), f2, pair(f, -0.16647768F, 0.14482069F));
  const batch terms = simd::fma(simd::fma(f4, batch(-0.0449091382F), middle), f4, lowest);
  const batch result = simd::fma(k, batch(0.693147182F), simd::fma(terms, f2, f));
  using unsigned_bits = xsimd::batch<std::uint32_t, Arch>;
  const auto common =
      xsimd::bitwise_cast<unsigned_bits>(sum - bits(1)) < unsigned_bits(std::uint32_t(0x7E7FFFFF));
  return xsimd::all(common) ? result : log1p_of_rare(x, result, sum);
}

/// exp(x) = 2^k (1 + r + r^2 p(r)) with k = round(x / log 2), r = x - k log 2.
/// Range:   all doubles. From -745.2 down the result is 0, from 709.8 up infinite, subnormal between.
/// Rounds:  below 1.1 ulp; a NaN stays one.
template <class Arch>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<double, Arch> exp(
    const xsimd::batch<double, Arch>& value) noexcept {
  using batch = xsimd::batch<double, Arch>;
  using layout = layout_of<double>;
  constexpr std::array<double, 10> terms{
      0.5000000000000011,     0.1666666666666641,     0.041666666666529725,  0.008333333333494947,
      0.0013888888943760034,  0.00019841269505834679, 2.480149294948163e-05, 2.7557586753664604e-06,
      2.7630306330516734e-07, 2.5000033637085322e-08};
  const batch x = simd::min(batch(710), simd::max(batch(-746), value));
  const batch shifter(0x1.8p52);  // what is added to it is rounded to a whole number
  const batch k = simd::fma(x, batch(std::numbers::log2e), shifter) - shifter;
  const batch r = simd::fma(k, batch(-layout::log2_tail), simd::fma(k, batch(-layout::log2_head), x));
  const batch q = simd::fma(math::polynomial(r, terms), r * r, r);
  return simd::scale(q + batch(1), k);
}

/// A function of doubles that xsimd gets wrong for subnormal numbers, whose exponent it reads off the bits:
/// they are scaled by 2^54, and the result mended.
template <class Arch, class Function, class Mend>
[[nodiscard, gnu::always_inline]] inline xsimd::batch<double, Arch> with_subnormals(
    const xsimd::batch<double, Arch>& a, Function function, Mend mend) noexcept {
  using batch = xsimd::batch<double, Arch>;
  const auto subnormal = simd::abs(a) < batch(std::numeric_limits<double>::min());
  const batch result = function(simd::select(subnormal, a * batch(0x1p54), a));
  return simd::select(subnormal, mend(result), result);
}

}  // namespace fusegrad::elementary

namespace fusegrad::math {

/// What operations use for registers.
template <class Arch> struct own_functions<xsimd::batch<double, Arch>> {
  using batch = xsimd::batch<double, Arch>;
  [[gnu::always_inline]] static batch fma(const batch& a, const batch& b, const batch& c) noexcept {
    return simd::fma(a, b, c);
  }
  [[gnu::always_inline]] static batch pow(const batch& a, const batch& b) noexcept {
    return elementary::pow(a, b);
  }
  [[gnu::always_inline]] static batch exp(const batch& a) noexcept { return elementary::exp(a); }
  [[gnu::always_inline]] static batch log(const batch& a) noexcept {
    constexpr double scale = 54 * std::numbers::ln2;
    return elementary::with_subnormals(
        a, [](const batch& x) { return simd::log(x); }, [](const batch& of) { return of - batch(scale); });
  }
  [[gnu::always_inline]] static batch log2(const batch& a) noexcept {
    return elementary::with_subnormals(
        a, [](const batch& x) { return simd::log2(x); }, [](const batch& of) { return of - batch(54); });
  }
  [[gnu::always_inline]] static batch log10(const batch& a) noexcept {
    constexpr double scale = 54 * std::numbers::ln2 / std::numbers::ln10;
    return elementary::with_subnormals(
        a, [](const batch& x) { return simd::log10(x); }, [](const batch& of) { return of - batch(scale); });
  }
  [[gnu::always_inline]] static batch cbrt(const batch& a) noexcept {
    return elementary::with_subnormals(
        a, [](const batch& x) { return simd::cbrt(x); }, [](const batch& of) { return of * batch(0x1p-18); });
  }
};
template <class Arch> struct own_functions<xsimd::batch<float, Arch>> {
  using batch = xsimd::batch<float, Arch>;
  [[gnu::always_inline]] static batch fma(const batch& a, const batch& b, const batch& c) noexcept {
    return simd::fma(a, b, c);
  }
  [[gnu::always_inline]] static batch pow(const batch& a, const batch& b) noexcept {
    return elementary::pow(a, b);
  }
  [[gnu::always_inline]] static batch expm1(const batch& a) noexcept { return elementary::expm1(a); }
  [[gnu::always_inline]] static batch scaled_coshm1(const batch& size) noexcept {
    return elementary::scaled_coshm1(size);
  }
  [[gnu::always_inline]] static batch log1p(const batch& a) noexcept { return elementary::log1p(a); }
};

}  // namespace fusegrad::math
