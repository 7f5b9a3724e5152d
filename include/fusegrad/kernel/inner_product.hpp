// SPDX-License-Identifier: BSL-1.0
// Inner products of gathered rows with weights: lanes along the inputs, results rows-in-lanes.
// In: rows as they lie in memory, converted in registers. Out: out[m][t], one register per `lanes` rows.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/outer_product.hpp"
#include "fusegrad/kernel/row_tile.hpp"
#include "fusegrad/kernel/simd.hpp"
#include "fusegrad/kernel/transpose.hpp"

namespace fusegrad {

/// Rows that are worked on together with a block of outputs: a power of two, at most the lanes.
template <class Arch, class Real> constexpr std::size_t block_rows(std::size_t outputs) noexcept {
  const std::size_t rows = block_width<Arch>(outputs);
  return rows < lane_count<Real, Arch> ? rows : lane_count<Real, Arch>;
}

/// Products of all inputs, summed for rows row .. row + Together - 1 and every output; the lanes are added
/// only so far that one register, sums[m * stride], holds all these rows of output m, interleaved.
template <class Arch, std::size_t Outputs, std::size_t Together, class Real, class Element,
          std::size_t Inputs>
[[gnu::always_inline]] inline void inner_product_block(const Real* weights,
                                                       const row_tile<Element, Inputs>& rows, std::size_t row,
                                                       std::size_t stride, Real* sums) noexcept {
  using vector = lanes<Real, Arch>;
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr std::size_t chunks = Inputs / count;
  constexpr std::size_t rest = Inputs % count;
  const Element* now[Together];
  vector sum[Outputs * Together];
#pragma GCC unroll 32
  for (std::size_t k = 0; k < Outputs * Together; ++k) sum[k] = vector(Real(0));
#pragma GCC unroll 32
  for (std::size_t r = 0; r < Together; ++r) {
    now[r] = rows.row(row + r);
  }
  const auto multiply = [&]<std::size_t Count>(std::size_t k) __attribute__((always_inline)) {
    vector x[Together];
#pragma GCC unroll 32
    for (std::size_t r = 0; r < Together; ++r) x[r] = simd::load<Arch, Real, Count>(now[r] + k);
#pragma GCC unroll 32
    for (std::size_t m = 0; m < Outputs; ++m) {
      vector weight = simd::load<Arch, Real, Count>(weights + m * Inputs + k);
      simd::pin(weight);
#pragma GCC unroll 32
      for (std::size_t r = 0; r < Together; ++r)
        sum[m * Together + r] = simd::fma(weight, x[r], sum[m * Together + r]);
    }
  };
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) multiply.template operator()<count>(chunk * count);
  if constexpr (rest > 0) multiply.template operator()<rest>(chunks * count);
#pragma GCC unroll 32
  for (std::size_t m = 0; m < Outputs; ++m)
    simd::store_aligned(sums + m * stride, sum_into_lanes<1, Together, Real, Arch>(sum + m * Together));
}

/// out[m][t] = scale * sum over k of weights[m][k] * x[row t][k], for one block of outputs.
template <class Arch, std::size_t Outputs, std::size_t Together, std::size_t Rows, class Real, class Element,
          std::size_t Inputs>
[[gnu::always_inline]] inline void inner_products(const Real* weights, const row_tile<Element, Inputs>& rows,
                                                  Real scale, Real* out) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr std::size_t groups = count / Together;
  const auto scales = simd::broadcast<Arch>(scale);
  alignas(cache_line) Real sums[Outputs * groups * count];
  for (std::size_t row = 0; row < Rows; row += count) {
    for (std::size_t group = 0; group < groups; ++group)
      inner_product_block<Arch, Outputs, Together>(weights, rows, row + group * Together, groups * count,
                                                   sums + group * count);
    for (std::size_t m = 0; m < Outputs; ++m) {
      lanes<Real, Arch> sum[groups];
#pragma GCC unroll 32
      for (std::size_t g = 0; g < groups; ++g)
        sum[g] = simd::load_aligned<Arch>(sums + (m * groups + g) * count);
      simd::store_aligned(out + m * Rows + row, sum_into_lanes<Together, groups, Real, Arch>(sum) * scales);
    }
  }
}

}  // namespace fusegrad
