// SPDX-License-Identifier: BSL-1.0
// The matrix products of generated kernels: static extents, rows gathered by index or laid rows-in-lanes.
// In: weights, rows, adjoints. Out: dense row-major results; every `out`, adjoint and dense operand is
// aligned to 64 bytes and its rows extent is a multiple of the lanes; weights and gradients may lie anywhere.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/blocks.hpp"
#include "fusegrad/kernel/inner_product.hpp"
#include "fusegrad/kernel/outer_product.hpp"
#include "fusegrad/kernel/panel.hpp"
#include "fusegrad/kernel/row_tile.hpp"
#include "fusegrad/kernel/simd.hpp"
#include "fusegrad/kernel/weights.hpp"

namespace fusegrad {

/// `product_from_rows` for few outputs: lanes along the inputs, which are converted where they are used.
template <class Arch, std::size_t Outputs, std::size_t Rows, weights_layout Layout, class Real, class Element,
          std::size_t Inputs>
[[gnu::always_inline]] inline void product_of_stored_rows(const Real* weights,
                                                          const row_tile<Element, Inputs>& rows, Real scale,
                                                          Real* out) noexcept {
  constexpr std::size_t together = block_rows<Arch, Real>(Outputs);
  for_blocks<Outputs, block_outputs<Arch>(Outputs)>([&](auto outputs,
                                                        std::size_t m) __attribute__((always_inline)) {
    constexpr std::size_t block = decltype(outputs)::value;
    if constexpr (Layout == weights_layout::outputs_by_inputs) {
      inner_products<Arch, block, together, Rows>(weights + m * Inputs, rows, scale, out + m * Rows);
    } else {
      alignas(cache_line) Real copy[block * Inputs];
      for (std::size_t k = 0; k < Inputs; ++k)
        for (std::size_t i = 0; i < block; ++i) copy[i * Inputs + k] = weights[k * Outputs + m + i];
      inner_products<Arch, block, together, Rows>(copy, rows, scale, out + m * Rows);
    }
  });
}

/// out[m][t] = scale * sum over k of W[m][k] * x[row t][k].
/// Shape:   weights as `Layout`, rows [Rows, Inputs] -> out [Outputs][Rows].
/// Rounds:  few outputs: lane l sums k = l, l + lanes, ... ascending; lanes then pairwise, neighbours first;
///          then scale. Many outputs: panels of k ascending; within one, as `outer_products`.
/// Cost:    2 flops per weight and row; few outputs that are inputs_by_outputs also copy the weights once per
///          tile; many outputs convert and transpose the rows once.
template <class Arch, class Real, class Element, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void product_from_rows(const Real* weights, row_tile<Element, Inputs> rows, Real scale,
                                         Real* out) noexcept {
  static_assert(Rows % lane_count<Real, Arch> == 0, "a tile holds whole registers of rows");
  if constexpr (in_panels<Arch>(Outputs))
    product_in_panels<Arch, Outputs, Rows, Layout>(weights, rows, scale, out);
  else
    product_of_stored_rows<Arch, Outputs, Rows, Layout>(weights, rows, scale, out);
}

/// G[m][k] = scale * sum over t of adjoint[m][t] * x[row t][k], or += with accumulate::yes. With few outputs,
/// asks for the rows of the next tile on the way.
/// Shape:   adjoint [Outputs][Rows], zero in rows that do not count; rows [Rows, Inputs] -> gradient as
///          `Layout`.
/// Rounds:  over the rows, as `outer_products`.
template <class Arch, class Real, class Element, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void weight_gradient_from_rows(const Real* adjoint, row_tile<Element, Inputs> rows,
                                                 Real scale, Real* gradient,
                                                 accumulate onto = accumulate::no) noexcept {
  if constexpr (in_panels<Arch>(Outputs))
    gradient_panels_from_rows<Arch, Outputs, Inputs, Rows, 1, Layout>(
        adjoint_of_tiles<Real>{adjoint, 0, 1}, [&](std::size_t) { return rows; },
        {gradient, scale, onto, all_outputs<Arch, Outputs>},
        {0, gradient_panels<Arch, Real, Outputs, Inputs>::count});
  else
    outer_products<Arch, Outputs, Rows, Inputs>(
        strided<const Real, Rows, 1>{adjoint}, fetching_rows<Element, Inputs>{rows}, scale,
        by_output<Layout, Outputs, Inputs>(gradient), onto == accumulate::yes);
}

/// out[m][t] = sum over k of W[m][k] * x[k][t].
/// Shape:   weights as `Layout`, x [Inputs][Rows] -> out [Outputs][Rows].
/// Rounds:  over the inputs, as `outer_products`.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::always_inline]] inline void product_inline(const Real* weights, const Real* x, Real* out) noexcept {
  outer_products<Arch, Outputs, Inputs, Rows>(by_output<Layout, Outputs, Inputs>(weights),
                                              dense_rows<Real, Rows>{x}, Real(1), strided<Real, Rows, 1>{out},
                                              false);
}
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void product(const Real* weights, const Real* x, Real* out) noexcept {
  product_inline<Arch, Real, Outputs, Inputs, Rows, Layout>(weights, x, out);
}

/// out[k][t] = sum over m of W[m][k] * adjoint[m][t].
/// Shape:   weights as `Layout`, adjoint [Outputs][Rows] -> out [Inputs][Rows].
/// Rounds:  over the outputs, as `outer_products`.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void product_transposed(const Real* weights, const Real* adjoint, Real* out) noexcept {
  outer_products<Arch, Inputs, Outputs, Rows>(by_input<Layout, Outputs, Inputs>(weights),
                                              dense_rows<Real, Rows>{adjoint}, Real(1),
                                              strided<Real, Rows, 1>{out}, false);
}

/// Some of the numbers of a gradient in the order of memory, the lanes of each not yet added.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout, std::size_t Count>
[[gnu::always_inline]] inline void unreduced_numbers(const Real* adjoint, const Real* x, std::size_t first,
                                                     lanes<Real, Arch>* sums) noexcept {
  constexpr bool by_output = Layout == weights_layout::outputs_by_inputs;
#pragma GCC unroll 32
  for (std::size_t i = 0; i < Count; ++i) sums[i] = lanes<Real, Arch>(Real(0));
  for (std::size_t t = 0; t < Rows; t += lane_count<Real, Arch>)
#pragma GCC unroll 32
    for (std::size_t i = 0; i < Count; ++i) {
      const std::size_t place = first + i;
      const std::size_t m = by_output ? place / Inputs : place % Outputs;
      const std::size_t k = by_output ? place % Inputs : place / Outputs;
      sums[i] = simd::fma(simd::load_aligned<Arch>(adjoint + m * Rows + t),
                          simd::load_aligned<Arch>(x + k * Rows + t), sums[i]);
    }
}

/// `weight_gradient` for a few numbers: each is one inner product along the rows.
/// Rounds:  lane l sums rows l, l + lanes, ...; then the lanes, in the order of `simd::reduce`.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout>
[[gnu::always_inline]] inline void gradient_by_number(const Real* adjoint, const Real* x, Real* gradient,
                                                      accumulate onto) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>, numbers = Outputs * Inputs;
  constexpr std::size_t whole = numbers / count * count;
  for (std::size_t i = 0; i < whole; i += count) {
    lanes<Real, Arch> sums[count];
    unreduced_numbers<Arch, Real, Outputs, Inputs, Rows, Layout, count>(adjoint, x, i, sums);
    auto total = sums_of_lanes<Real, Arch>(sums);
    if (onto == accumulate::yes) total = simd::load<Arch, Real>(gradient + i) + total;
    simd::store(gradient + i, total);
  }
  for (std::size_t i = whole; i < numbers; ++i) {
    lanes<Real, Arch> sum;
    unreduced_numbers<Arch, Real, Outputs, Inputs, Rows, Layout, 1>(adjoint, x, i, &sum);
    const Real total = simd::sum_of_lanes(sum);
    gradient[i] = onto == accumulate::yes ? gradient[i] + total : total;
  }
}

/// G[m][k] = sum over t of adjoint[m][t] * x[k][t], or += with accumulate::yes.
/// Shape:   adjoint [Outputs][Rows], x [Inputs][Rows] -> gradient as `Layout`.
/// Rounds:  over the rows, as `outer_products`.
/// Cost:    x is transposed in panels that stay in the first-level cache.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::always_inline]] inline void weight_gradient_inline(const Real* adjoint, const Real* x, Real* gradient,
                                                          accumulate onto = accumulate::no) noexcept {
  if constexpr (Outputs * Inputs <= Rows / 4)
    gradient_by_number<Arch, Real, Outputs, Inputs, Rows, Layout>(adjoint, x, gradient, onto);
  else
    gradient_panels_from_lanes<Arch, Outputs, Inputs, Rows, 1, Layout>(
        adjoint_of_tiles<Real>{adjoint, 0, 1}, x, {gradient, Real(1), onto, all_outputs<Arch, Outputs>},
        {0, gradient_panels<Arch, Real, Outputs, Inputs>::count});
}
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Rows,
          weights_layout Layout = weights_layout::outputs_by_inputs>
[[gnu::noinline]] void weight_gradient(const Real* adjoint, const Real* x, Real* gradient,
                                       accumulate onto = accumulate::no) noexcept {
  weight_gradient_inline<Arch, Real, Outputs, Inputs, Rows, Layout>(adjoint, x, gradient, onto);
}

}  // namespace fusegrad
