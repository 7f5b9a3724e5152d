// SPDX-License-Identifier: BSL-1.0
// The exponential function of the plain loops, which the compiler turns into vectors.
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

}  // namespace compare
