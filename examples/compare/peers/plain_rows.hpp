// SPDX-License-Identifier: BSL-1.0
// What is done with four rows at once, in loops that the compiler turns into vectors.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace compare {

inline constexpr std::size_t logit_count = 10;
inline constexpr std::size_t tile_rows = 4;

/// The logits of four rows.
struct rows_of_logits {
  // First the logits, then the derivative of the loss by them.
  alignas(64) float adjoint[tile_rows][logit_count];
  std::size_t label[tile_rows];
  std::size_t count;  // Of the rows; those beyond are computed, and count for nothing.
};

// Inner products of four rows with two rows of weights: each number that is loaded is used several times.
template <std::size_t Width>
void inner_products(const float (*rows)[Width], const float* even, const float* odd,
                    float (&sums)[tile_rows][2]) {
  const float *x0 = rows[0], *x1 = rows[1], *x2 = rows[2], *x3 = rows[3];
  float e0 = 0, e1 = 0, e2 = 0, e3 = 0, o0 = 0, o1 = 0, o2 = 0, o3 = 0;
  for (std::size_t j = 0; j < Width; ++j) {
    e0 += x0[j] * even[j];
    e1 += x1[j] * even[j];
    e2 += x2[j] * even[j];
    e3 += x3[j] * even[j];
    o0 += x0[j] * odd[j];
    o1 += x1[j] * odd[j];
    o2 += x2[j] * odd[j];
    o3 += x3[j] * odd[j];
  }
  const float all[tile_rows][2] = {{e0, o0}, {e1, o1}, {e2, o2}, {e3, o3}};
  std::copy_n(&all[0][0], 2 * tile_rows, &sums[0][0]);
}

// exp for -87 <= x <= 0 without a branch or a table, so that a loop over it becomes vectors. The
// multiply-adds are spelled out, because a compiler that may reassociate could undo the two-part logarithm
// of 2. Source: Cephes, expf.
inline float exponential(float x) {
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

// Cross-entropy of logits shifted by their maximum, so that no exponential overflows. Returns the sum of the
// losses.
inline float cross_entropy(const float (&biases)[logit_count], float scale, rows_of_logits& rows) {
  float loss = 0;
  for (std::size_t r = 0; r < tile_rows; ++r) {
    auto& z = rows.adjoint[r];
    for (std::size_t k = 0; k < logit_count; ++k) z[k] = z[k] * scale + biases[k];
    const float largest = *std::max_element(z, z + logit_count);
    for (float& logit : z) logit = std::max(logit - largest, -87.0F);
    if (r < rows.count) loss -= z[rows.label[r]];
  }
  float* exponentials = &rows.adjoint[0][0];
  for (std::size_t n = 0; n < tile_rows * logit_count; ++n) exponentials[n] = exponential(exponentials[n]);
  for (std::size_t r = 0; r < tile_rows; ++r) {
    auto& p = rows.adjoint[r];
    float total = 0;
    for (const float each : p) total += each;
    const float inverse = r < rows.count ? 1.0F / total : 0.0F;
    for (float& each : p) each *= inverse;
    if (r >= rows.count) continue;
    p[rows.label[r]] -= 1.0F;
    loss += std::log(total);
  }
  return loss;
}

}  // namespace compare
