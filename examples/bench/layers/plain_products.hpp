// SPDX-License-Identifier: BSL-1.0
// Matrix products as plain loops that compilers turn into vectors: four rows times four outputs at once, so
// that what is loaded is used several times.
#pragma once

#include <algorithm>
#include <cstddef>

namespace bench::layers::plain {

/// to[i][j] = the sum over k of a[i][k] * b[j][k], for four i and four j.
template <std::size_t Inner> inline void multiply_group(const float* a, const float* b, float (&to)[4][4]) {
  const float *a0 = a, *a1 = a + Inner, *a2 = a + 2 * Inner, *a3 = a + 3 * Inner;
  const float *b0 = b, *b1 = b + Inner, *b2 = b + 2 * Inner, *b3 = b + 3 * Inner;
  float s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  float s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  for (std::size_t k = 0; k < Inner; ++k) {
    s00 += a0[k] * b0[k];
    s01 += a0[k] * b1[k];
    s02 += a0[k] * b2[k];
    s03 += a0[k] * b3[k];
    s10 += a1[k] * b0[k];
    s11 += a1[k] * b1[k];
    s12 += a1[k] * b2[k];
    s13 += a1[k] * b3[k];
    s20 += a2[k] * b0[k];
    s21 += a2[k] * b1[k];
    s22 += a2[k] * b2[k];
    s23 += a2[k] * b3[k];
    s30 += a3[k] * b0[k];
    s31 += a3[k] * b1[k];
    s32 += a3[k] * b2[k];
    s33 += a3[k] * b3[k];
  }
  const float all[4][4] = {
      {s00, s01, s02, s03}, {s10, s11, s12, s13}, {s20, s21, s22, s23}, {s30, s31, s32, s33}};
  std::copy_n(&all[0][0], 16, &to[0][0]);
}

/// out[i][j] = the sum over k of a[i][k] * b[j][k].
template <std::size_t Rows, std::size_t Outputs, std::size_t Inner>
inline void multiply_long(const float* a, const float* b, float* out) {
  static_assert(Rows % 4 == 0 && Outputs % 4 == 0);
  constexpr std::size_t block =
      std::min<std::size_t>(32, Outputs);  // they stay in the cache while all rows pass
  float sums[4][4];
  for (std::size_t first = 0; first < Outputs; first += block)
    for (std::size_t i = 0; i < Rows; i += 4)
      for (std::size_t j = first; j < first + block; j += 4) {
        multiply_group<Inner>(a + i * Inner, b + j * Inner, sums);
        for (std::size_t m = 0; m < 4; ++m)
          for (std::size_t n = 0; n < 4; ++n) out[(i + m) * Outputs + j + n] = sums[m][n];
      }
}

/// out[i][j] = or += the sum over k of a[i][k] * b[k][j], for few j.
template <std::size_t Rows, std::size_t Inner, std::size_t Outputs, bool Add = false>
inline void multiply_narrow(const float* a, const float* b, float* out) {
  for (std::size_t i = 0; i < Rows; ++i) {
    float sums[Outputs] = {};
    for (std::size_t k = 0; k < Inner; ++k)
      for (std::size_t j = 0; j < Outputs; ++j) sums[j] += a[i * Inner + k] * b[k * Outputs + j];
    for (std::size_t j = 0; j < Outputs; ++j)
      out[i * Outputs + j] = Add ? out[i * Outputs + j] + sums[j] : sums[j];
  }
}

/// to[c][r] = from[r][c].
template <std::size_t Rows, std::size_t Columns> inline void transpose(const float* from, float* to) {
  for (std::size_t c = 0; c < Columns; ++c)
    for (std::size_t r = 0; r < Rows; ++r) to[c * Rows + r] = from[r * Columns + c];
}

}  // namespace bench::layers::plain
