// SPDX-License-Identifier: BSL-1.0
// Products with many outputs: rows are converted once, in panels that stay in the first-level cache, and each
// panel meets all outputs. What multiplies a panel does not know what the rows were stored as.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/inner_product.hpp"
#include "fusegrad/kernel/outer_product.hpp"
#include "fusegrad/kernel/row_tile.hpp"
#include "fusegrad/kernel/transpose.hpp"
#include "fusegrad/kernel/weights.hpp"

namespace fusegrad {

/// Whether there are so many blocks of outputs that converting rows once for all of them pays.
template <class Arch> constexpr bool in_panels(std::size_t outputs) noexcept {
  constexpr std::size_t few_blocks = 4;
  return outputs > few_blocks * block_outputs<Arch>(outputs);
}

/// Registers of inputs in one panel of `Rows` rows: as many as fill the better part of a cache of 32 KiB.
template <class Arch, class Real, std::size_t Rows>
inline constexpr std::size_t panel_registers = (std::size_t(28) << 10) /
                                               (Rows * sizeof(Real) * lane_count<Real, Arch>);

/// out[m][t] (+)= scale * sum over k of W[m][k] * panel[k][t].
template <class Arch, class Real, std::size_t Outputs, std::size_t Depth, std::size_t Rows, class Weights>
[[gnu::noinline]] void product_of_panel(Weights weights, const Real* panel, Real scale, Real* out,
                                        bool add) noexcept {
  outer_products<Arch, Outputs, Depth, Rows>(weights, dense_rows<Real, Rows>{panel}, scale,
                                             strided<Real, Rows, 1>{out}, add);
}

/// `product_from_rows` for many outputs.
/// Rounds:  panels in ascending order; within one, inputs in ascending order, then scale.
template <class Arch, std::size_t Outputs, std::size_t Rows, weights_layout Layout, class Real, class Element,
          std::size_t Inputs>
[[gnu::always_inline]] inline void product_in_panels(const Real* weights,
                                                     const row_tile<Element, Inputs>& rows, Real scale,
                                                     Real* out) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr std::size_t rest = Inputs % count;
  constexpr std::size_t largest = panel_registers<Arch, Real, Rows>;
  const auto one = simd::broadcast<Arch>(Real(1));
  alignas(cache_line) Real panel[largest * count * Rows];
  const auto multiply = [&]<std::size_t Depth>(std::size_t first) __attribute__((always_inline)) {
    auto from = by_output<Layout, Outputs, Inputs>(weights);
    from.data = &from(0, first);
    product_of_panel<Arch, Real, Outputs, Depth, Rows>(from, panel, scale, out, first > 0);
  };
  for_blocks<Inputs / count, largest>([&](auto registers, std::size_t begin) __attribute__((always_inline)) {
    constexpr std::size_t depth = decltype(registers)::value * count;
    const std::size_t first = begin * count;
    for (std::size_t t = 0; t < Rows; t += count)
      for (std::size_t k = 0; k < depth; k += count)
        transpose_block<Arch, count, count, Rows>(shifted_rows{rows, first}, t, k, one, panel);
    // The next tile's rows may still be in memory; those of the next panel have come, but left the nearer caches.
    constexpr std::size_t line = cache_line / sizeof(Element);
    for (std::size_t t = 0; t < Rows; ++t)
      for (std::size_t k = 0; k < depth; k += line) fetch<line>(rows.next_row(t) + first + k, first + k);
    if (first + depth < Inputs)
      for (std::size_t t = 0; t < Rows; ++t) fetch_on<depth>(rows.row(t) + first + depth);
    multiply.template operator()<depth>(first);
  });
  if constexpr (rest > 0) {
    for (std::size_t t = 0; t < Rows; t += count)
      transpose_block<Arch, count, rest, Rows>(shifted_rows{rows, Inputs - rest}, t, 0, one, panel);
    multiply.template operator()<rest>(Inputs - rest);
  }
}

/// A part of a weight gradient: some of its blocks of outputs.
template <class Real> struct gradient_part {
  Real* data;  // of the whole gradient
  Real scale;
  accumulate onto;
  block_range outputs;
};

/// Tiles whose terms a gradient sums in registers, before it writes: so many that writing is rare, so few
/// that a panel of all of them stays in the second-level cache.
inline constexpr std::size_t most_tiles_together = 4;

/// The adjoint of some tiles, at least one, each [Outputs][Rows], `distance` numbers apart.
template <class Real> struct adjoint_of_tiles {
  const Real* data;
  std::size_t distance;
  std::size_t count;
};

/// G[m][first + k] (+)= scale * sum over tiles and t of adjoint[m][t] * panel[t][k].
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs, std::size_t Columns,
          std::size_t Width, std::size_t Rows, weights_layout Layout>
[[gnu::noinline]] void gradient_of_panel(const adjoint_of_tiles<Real>& adjoint, const Real* panel,
                                         std::size_t first, const gradient_part<Real>& to) noexcept {
  using left = strided<const Real, Rows, 1>;
  using right = dense_rows<Real, Width>;
  auto gradient = by_output<Layout, Outputs, Inputs>(to.data);
  gradient.data = &gradient(0, first);
  outer_products<Arch, Outputs, Rows, Columns>(
      in_parts<left>{{adjoint.data}, adjoint.distance, adjoint.count},
      in_parts<right>{{panel}, Rows * Width, adjoint.count}, to.scale, gradient, to.onto == accumulate::yes,
      to.outputs);
}

/// Panels of a weight gradient that `inputs` gives: blocks of registers, and the rest.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs> struct gradient_panels {
  static constexpr std::size_t lanes = lane_count<Real, Arch>;
  static constexpr std::size_t registers = Inputs / lanes;
  static constexpr std::size_t rest = Inputs % lanes;
  static constexpr std::size_t width = block_width<Arch>(Outputs);
  static constexpr std::size_t whole = block_count<registers, width>;
  static constexpr std::size_t count = whole + (rest > 0 ? 1 : 0);

  /// Calls body<columns>(first) for the panels numbered [from, to).
  template <class Body> [[gnu::always_inline]] static void for_each(block_range of, Body body) noexcept {
    for_blocks<registers, width>(
        [&](auto size, std::size_t begin) __attribute__((always_inline)) {
          body.template operator()<decltype(size)::value * lanes>(begin * lanes);
        },
        {of.first, of.last < whole ? of.last : whole});
    if constexpr (rest > 0)
      if (of.last > whole) body.template operator()<rest>(Inputs - rest);
  }
};

/// Some panels of a weight gradient: `fill<loaded, width>(tile, first, panel)` writes [Rows][width] inputs of
/// one tile from `first` on, of which each register holds `loaded`.
template <class Arch, std::size_t Outputs, std::size_t Inputs, std::size_t Rows, std::size_t MostTiles,
          weights_layout Layout, class Real, class Fill>
[[gnu::always_inline]] inline void fill_and_multiply(const adjoint_of_tiles<Real>& adjoint,
                                                     const gradient_part<Real>& to, block_range panels,
                                                     Fill fill) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  gradient_panels<Arch, Real, Outputs, Inputs>::for_each(
      panels, [&]<std::size_t Columns>(std::size_t first) __attribute__((always_inline)) {
        constexpr std::size_t width = (Columns + count - 1) / count * count;
        constexpr std::size_t loaded = Columns < count ? Columns : count;
        alignas(cache_line) Real panel[MostTiles * Rows * width];
        std::size_t tile = 0;
        do fill.template operator()<loaded, width>(tile, first, panel + tile * Rows * width);
        while (++tile < adjoint.count);
        gradient_of_panel<Arch, Real, Outputs, Inputs, Columns, width, Rows, Layout>(adjoint, panel, first,
                                                                                     to);
      });
}

/// Some panels of `weight_gradient_from_rows`, over at most `MostTiles` tiles: `rows_of(tile)` are converted. What
/// the next panel reads is asked for before this one is multiplied.
template <class Arch, std::size_t Outputs, std::size_t Inputs, std::size_t Rows, std::size_t MostTiles,
          weights_layout Layout, class Real, class RowsOf>
[[gnu::always_inline]] inline void gradient_panels_from_rows(const adjoint_of_tiles<Real>& adjoint,
                                                             RowsOf rows_of, const gradient_part<Real>& to,
                                                             block_range panels) noexcept {
  fill_and_multiply<Arch, Outputs, Inputs, Rows, MostTiles, Layout>(
      adjoint, to, panels,
      [&]<std::size_t Loaded, std::size_t Width>(std::size_t tile, std::size_t first, Real * panel)
          __attribute__((always_inline)) {
            const auto rows = rows_of(tile);
            const bool goes_on = first + Width < Inputs;
            for (std::size_t t = 0; t < Rows; ++t) {
              const auto* const row = rows.row(t) + first;
              for (std::size_t k = 0; k < Width; k += lane_count<Real, Arch>)
                simd::store_aligned(panel + t * Width + k, simd::load<Arch, Real, Loaded>(row + k));
              if (goes_on) fetch_on<Width>(row + Width);
            }
          });
}

/// Some panels of `weight_gradient`: rows-in-lanes are transposed. The inputs of tiles lie as far apart as
/// their adjoints.
template <class Arch, std::size_t Outputs, std::size_t Inputs, std::size_t Rows, std::size_t MostTiles,
          weights_layout Layout, class Real>
[[gnu::always_inline]] inline void gradient_panels_from_lanes(const adjoint_of_tiles<Real>& adjoint,
                                                              const Real* x, const gradient_part<Real>& to,
                                                              block_range panels) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  fill_and_multiply<Arch, Outputs, Inputs, Rows, MostTiles, Layout>(
      adjoint, to, panels,
      [&]<std::size_t Loaded, std::size_t Width>(std::size_t tile, std::size_t first,
                                                 Real * panel) __attribute__((always_inline)) {
        const dense_rows<Real, Rows> columns{x + tile * adjoint.distance + first * Rows};
        for (std::size_t t = 0; t < Rows; t += count)
          for (std::size_t k = 0; k < Width; k += count)
            transpose_block<Arch, Loaded, count, Width>(columns, k, t, simd::broadcast<Arch>(Real(1)), panel);
      });
}

/// How a large gradient is shared out: slices of some panels and some blocks of outputs, enough of them for
/// many threads. Which slices there are depends on the extents only.
template <class Arch, class Real, std::size_t Outputs, std::size_t Inputs> struct gradient_slices {
  using panels = gradient_panels<Arch, Real, Outputs, Inputs>;
  static constexpr std::size_t enough = 16;
  static constexpr std::size_t blocks = output_blocks<Arch, Outputs>;
  static constexpr std::size_t wanted = (enough + panels::count - 1) / panels::count;
  static constexpr std::size_t down = wanted < blocks ? wanted : blocks;
  static constexpr std::size_t count = panels::count * down;

  static constexpr block_range panels_of(std::size_t slice) { return {slice / down, slice / down + 1}; }
  static constexpr block_range outputs_of(std::size_t slice) {
    return {slice % down * blocks / down, (slice % down + 1) * blocks / down};
  }
};

}  // namespace fusegrad
