// SPDX-License-Identifier: BSL-1.0
// Matrix products as plain loops that compilers turn into vectors.
#pragma once

#include "../../compare/peers/product_group.hpp"

#include <algorithm>
#include <cstddef>

namespace bench::layers::plain {

/// out[i][j] = the sum over k of a[i][k] * b[j][k].
template <std::size_t Rows, std::size_t Outputs, std::size_t Inner>
inline void multiply_long(const float* a, const float* b, float* out) {
  using compare::group;
  static_assert(Rows % group == 0 && Outputs % group == 0);
  constexpr std::size_t block =
      std::min<std::size_t>(32, Outputs);  // they stay in the cache while all rows pass
  float sums[group][group];
  for (std::size_t first = 0; first < Outputs; first += block)
    for (std::size_t i = 0; i < Rows; i += group)
      for (std::size_t j = first; j < first + block; j += group) {
        compare::multiply_group<Inner>(a + i * Inner, b + j * Inner, sums);
        for (std::size_t m = 0; m < group; ++m)
          for (std::size_t n = 0; n < group; ++n) out[(i + m) * Outputs + j + n] = sums[m][n];
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
