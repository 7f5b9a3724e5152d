// SPDX-License-Identifier: BSL-1.0
// The matrix products of generated kernels: static extents, rows gathered by index or laid rows-in-lanes.
// In: weights, rows, adjoints. Out: dense row-major results; every `out`, adjoint and dense operand is
// aligned to 64 bytes and its rows extent is a multiple of the lanes; weights and gradients may lie anywhere.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/inner_product.hpp"
#include "fusegrad/kernel/outer_product.hpp"
#include "fusegrad/kernel/row_tile.hpp"
#include "fusegrad/kernel/simd.hpp"
#include "fusegrad/kernel/transpose.hpp"
#include "fusegrad/kernel/unroll.hpp"

namespace fusegrad {

/// How a matrix of weights is stored: [outputs][inputs], as in `W * x`, or [inputs][outputs], as in `x * W`.
enum class weights_layout { outputs_by_inputs, inputs_by_outputs };

/// Whether a gradient replaces what is there or is added to it.
enum class accumulate { no, yes };

/// Element (output, input) of a matrix of weights.
template <weights_layout Layout, std::size_t Outputs, std::size_t Inputs, class Real>
[[nodiscard, gnu::always_inline]] inline auto by_output(Real* weights) noexcept {
  if constexpr (Layout == weights_layout::outputs_by_inputs)
    return strided<Real, Inputs, 1>{weights};
  else
    return strided<Real, 1, Outputs>{weights};
}

/// Element (input, output) of a matrix of weights.
template <weights_layout Layout, std::size_t Outputs, std::size_t Inputs, class Real>
[[nodiscard, gnu::always_inline]] inline auto by_input(Real* weights) noexcept {
  if constexpr (Layout == weights_layout::outputs_by_inputs)
    return strided<Real, 1, Inputs>{weights};
  else
    return strided<Real, Outputs, 1>{weights};
}

/// out[m][t] = scale * sum over k of W[m][k] * x[row t][k]; prefetches the rows of `next`, if given.
/// Shape:   weights as `Layout`, rows [Rows, Inputs] -> out [Outputs][Rows].
/// Rounds:  lane l sums k = l, l + lanes, ... ascending; lanes then pairwise, neighbours first; then scale.
/// Cost:    2 flops per weight and row; inputs_by_outputs also copies the weights once per tile.
template <class Arch, class Real, class Element, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void product_from_rows(const Real* weights, row_tile<Element, Inputs> rows, Real scale,
                                         Real* out,
                                         const row_tile<Element, Inputs>* next = nullptr) noexcept {
  static_assert(Rows % lane_count<Real, Arch> == 0, "a tile holds whole registers of rows");
  constexpr std::size_t together = block_rows<Arch, Real>(Outputs);
  const row_tile<Element, Inputs> later = next != nullptr ? *next : rows;
  for_blocks<Outputs, block_outputs<Arch>(Outputs)>([&](auto outputs,
                                                        std::size_t m) __attribute__((always_inline)) {
    constexpr std::size_t block = decltype(outputs)::value;
    if constexpr (Layout == weights_layout::outputs_by_inputs) {
      inner_products<Arch, block, together, Rows>(weights + m * Inputs, rows, later, scale, out + m * Rows);
    } else {
      alignas(cache_line) Real copy[block * Inputs];
      for (std::size_t k = 0; k < Inputs; ++k)
        for (std::size_t i = 0; i < block; ++i) copy[i * Inputs + k] = weights[k * Outputs + m + i];
      inner_products<Arch, block, together, Rows>(copy, rows, later, scale, out + m * Rows);
    }
  });
}

/// G[m][k] = scale * sum over t of adjoint[m][t] * x[row t][k], or += with accumulate::yes.
/// Shape:   adjoint [Outputs][Rows], zero in rows that do not count; rows [Rows, Inputs] -> gradient as
/// `Layout`. Rounds:  rows in ascending order, then scale, then what was there.
template <class Arch, class Real, class Element, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void weight_gradient_from_rows(const Real* adjoint, row_tile<Element, Inputs> rows,
                                                 Real scale, Real* gradient,
                                                 accumulate onto = accumulate::no) noexcept {
  outer_products<Arch, Outputs, Rows, Inputs>(strided<const Real, Rows, 1>{adjoint}, rows, scale,
                                              by_output<Layout, Outputs, Inputs>(gradient),
                                              onto == accumulate::yes);
}

/// out[m][t] = sum over k of W[m][k] * x[k][t].
/// Shape:   weights as `Layout`, x [Inputs][Rows] -> out [Outputs][Rows].
/// Rounds:  inputs in ascending order.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void product(const Real* weights, const Real* x, Real* out) noexcept {
  outer_products<Arch, Outputs, Inputs, Rows>(by_output<Layout, Outputs, Inputs>(weights),
                                              dense_rows<Real, Rows>{x}, Real(1), strided<Real, Rows, 1>{out},
                                              false);
}

/// out[k][t] = sum over m of W[m][k] * adjoint[m][t].
/// Shape:   weights as `Layout`, adjoint [Outputs][Rows] -> out [Inputs][Rows].
/// Rounds:  outputs in ascending order.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void product_transposed(const Real* weights, const Real* adjoint, Real* out) noexcept {
  outer_products<Arch, Inputs, Outputs, Rows>(by_input<Layout, Outputs, Inputs>(weights),
                                              dense_rows<Real, Rows>{adjoint}, Real(1),
                                              strided<Real, Rows, 1>{out}, false);
}

/// G[m][k] = sum over t of adjoint[m][t] * x[k][t], or += with accumulate::yes.
/// Shape:   adjoint [Outputs][Rows], x [Inputs][Rows] -> gradient as `Layout`.
/// Rounds:  rows in ascending order, then what was there.
/// Cost:    x is transposed in panels that stay in the first-level cache.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void weight_gradient(const Real* adjoint, const Real* x, Real* gradient,
                                       accumulate onto = accumulate::no) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr std::size_t rest = Inputs % count;
  const auto panel = [&]<std::size_t Columns>(std::size_t k) __attribute__((always_inline)) {
    constexpr std::size_t width = (Columns + count - 1) / count * count;
    constexpr std::size_t loaded = Columns < count ? Columns : count;
    alignas(cache_line) Real columns[Rows * width];
    for (std::size_t t = 0; t < Rows; t += count)
      for (std::size_t first = 0; first < width; first += count)
        transpose_block<Arch, loaded, count, width>(dense_rows<Real, Rows>{x + k * Rows}, first, t,
                                                    simd::broadcast<Arch>(Real(1)), columns);
    auto to = by_output<Layout, Outputs, Inputs>(gradient);
    to.data = &to(0, k);
    outer_products<Arch, Outputs, Rows, Columns>(strided<const Real, Rows, 1>{adjoint},
                                                 dense_rows<Real, width>{columns}, Real(1), to,
                                                 onto == accumulate::yes);
  };
  for_blocks<Inputs / count, block_width<Arch>(Outputs)>([&](auto width, std::size_t begin) __attribute__((
      always_inline)) { panel.template operator()<decltype(width)::value * count>(begin * count); });
  if constexpr (rest > 0) panel.template operator()<rest>(Inputs - rest);
}

}  // namespace fusegrad
