// SPDX-License-Identifier: BSL-1.0
// The heart of a matrix product as plain loops: four rows times four outputs at once, so that what is loaded is
// used several times, in sums that a compiler turns into vectors.
#pragma once

#include <algorithm>
#include <cstddef>

namespace compare {

inline constexpr std::size_t group = 4;  // Rows, and outputs, of one matrix product.

// sums[r][k] = the product of row r of `a` and row k of `b`.
template <std::size_t width>
inline void multiply_group(const float* a, const float* b, float (&sums)[group][group]) {
  const float *a0 = a, *a1 = a + width, *a2 = a + 2 * width, *a3 = a + 3 * width;
  const float *b0 = b, *b1 = b + width, *b2 = b + 2 * width, *b3 = b + 3 * width;
  float s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  float s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  for (std::size_t j = 0; j < width; ++j) {
    s00 += a0[j] * b0[j];
    s01 += a0[j] * b1[j];
    s02 += a0[j] * b2[j];
    s03 += a0[j] * b3[j];
    s10 += a1[j] * b0[j];
    s11 += a1[j] * b1[j];
    s12 += a1[j] * b2[j];
    s13 += a1[j] * b3[j];
    s20 += a2[j] * b0[j];
    s21 += a2[j] * b1[j];
    s22 += a2[j] * b2[j];
    s23 += a2[j] * b3[j];
    s30 += a3[j] * b0[j];
    s31 += a3[j] * b1[j];
    s32 += a3[j] * b2[j];
    s33 += a3[j] * b3[j];
  }
  const float all[group][group] = {
      {s00, s01, s02, s03}, {s10, s11, s12, s13}, {s20, s21, s22, s23}, {s30, s31, s32, s33}};
  std::copy_n(&all[0][0], group * group, &sums[0][0]);
}

}  // namespace compare
