// SPDX-License-Identifier: BSL-1.0
// Exponential function and logarithm of the plain loops, which the compiler turns into vectors.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace compare {

// exp for -87 <= x <= 0 without a branch or a table, so that a loop over it becomes vectors. The
// multiply-adds are spelled out, because a compiler that may reassociate could undo the two-part logarithm
// of 2. Source: Cephes, expf.
[[nodiscard]] inline float exponential(float x) {
  const float power = std::floor(x * 1.44269504F + 0.5F);
  const float r = std::fma(power, 2.12194440e-4F, std::fma(power, -0.693359375F, x));
  float p = 1.9875691500e-4F;
  p = std::fma(p, r, 1.3981999507e-3F);
  p = std::fma(p, r, 8.3334519073e-3F);
  p = std::fma(p, r, 4.1665795894e-2F);
  p = std::fma(p, r, 1.6666665459e-1F);
  p = std::fma(p, r, 5.0000001201e-1F);
  p = std::fma(p, r * r, r) + 1.0F;
  return p * std::bit_cast<float>((std::int32_t(power) + 127) << 23);
}

// The natural logarithm of a positive number that is not tiny. Source: Cephes, logf.
[[nodiscard]] inline float logarithm(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x) - std::bit_cast<std::int32_t>(0.70710678F);
  const auto power = float(bits >> 23);
  const float f = std::bit_cast<float>((bits & 0x7FFFFF) + std::bit_cast<std::int32_t>(0.70710678F)) - 1.0F;
  float p = 7.0376836292e-2F;
  p = std::fma(p, f, -1.1514610310e-1F);
  p = std::fma(p, f, 1.1676998740e-1F);
  p = std::fma(p, f, -1.2420140846e-1F);
  p = std::fma(p, f, 1.4249322787e-1F);
  p = std::fma(p, f, -1.6668057665e-1F);
  p = std::fma(p, f, 2.0000714765e-1F);
  p = std::fma(p, f, -2.4999993993e-1F);
  p = std::fma(p, f, 3.3333331174e-1F);
  const float squared = f * f;
  return std::fma(power, 0.69314718F, std::fma(std::fma(p, f, -0.5F), squared, f));
}

}  // namespace compare
