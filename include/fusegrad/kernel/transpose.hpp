// SPDX-License-Identifier: BSL-1.0
// Squares of registers: transposing them, and summing them so that the sums end up in lanes.
// On top of that: rows of a column, converted and laid rows-in-lanes.
#pragma once

#include <bit>
#include <cstddef>
#include <utility>

#include "fusegrad/kernel/row_tile.hpp"
#include "fusegrad/kernel/simd.hpp"

namespace fusegrad {

/// Transposes a square of registers: lane j of register i becomes lane i of register j.
template <class Real, class Arch>
[[gnu::always_inline]] inline void transpose_square(lanes<Real, Arch>* square) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  const auto stage = [square]<std::size_t Distance>() __attribute__((always_inline)) {
#pragma GCC unroll 32
    for (std::size_t i = 0; i < count; ++i)
      if ((i & Distance) == 0) simd::exchange<Distance>(square[i], square[i + Distance]);
  };
  const auto stages = [&stage]<std::size_t... S>(std::index_sequence<S...>) __attribute__((always_inline)) {
    (stage.template operator()<(std::size_t{1} << S)>(), ...);
  };
  stages(std::make_index_sequence<std::countr_zero(count)>{});
}

/// Sums `Count` registers (a power of two) into one, and destroys them. Bits First, 2 First, ... of a lane's
/// number say whose sum it holds: if `Count` is the number of lanes, lane j is the sum of register j.
/// Rounds:  pairwise: lanes at distance `First` first, then at twice that, and so on.
template <std::size_t First, std::size_t Count, class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> sum_into_lanes(lanes<Real, Arch>* sums) noexcept {
  const auto stage = [sums]<std::size_t Distance>() __attribute__((always_inline)) {
#pragma GCC unroll 32
    for (std::size_t i = 0; i < Count * First / (2 * Distance); ++i) {
      auto even = sums[2 * i];
      auto odd = sums[2 * i + 1];
      simd::exchange<Distance>(even, odd);
      sums[i] = even + odd;
    }
  };
  const auto stages = [&stage]<std::size_t... S>(std::index_sequence<S...>) __attribute__((always_inline)) {
    (stage.template operator()<(First << S)>(), ...);
  };
  stages(std::make_index_sequence<std::countr_zero(Count)>{});
  return sums[0];
}

/// Sums as many registers as there are lanes, and destroys them: lane j becomes the sum of register j.
/// Rounds:  a register's lanes in the order of `simd::sum_of_lanes`.
template <class Real, class Arch>
[[nodiscard, gnu::always_inline]] inline lanes<Real, Arch> sums_of_lanes(lanes<Real, Arch>* sums) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr bool is_short = sizeof(lanes<Real, Arch>) == 16;  // one instruction takes their lanes in turn
  const auto stage = [sums]<std::size_t Distance>() __attribute__((always_inline)) {
#pragma GCC unroll 32
    for (std::size_t i = 0; i < Distance; ++i)
      if constexpr (is_short) {
        sums[i] = simd::in_turn<false>(sums[i], sums[i + Distance]) +
                  simd::in_turn<true>(sums[i], sums[i + Distance]);
      } else {
        simd::exchange<Distance>(sums[i], sums[i + Distance]);
        sums[i] = sums[i] + sums[i + Distance];
      }
  };
  const auto stages = [&stage]<std::size_t... S>(std::index_sequence<S...>) __attribute__((always_inline)) {
    (stage.template operator()<(count / 2 >> S)>(), ...);
  };
  stages(std::make_index_sequence<std::countr_zero(count)>{});
  return sums[0];
}

/// One square: `Columns` columns of `Loaded` rows, the other rows zero. Column k goes to out[k * Stride +
/// row].
template <class Arch, std::size_t Loaded, std::size_t Columns, std::size_t Stride, class Real, class Rows>
[[gnu::always_inline]] inline void transpose_block(Rows rows, std::size_t row, std::size_t column,
                                                   lanes<Real, Arch> scale, Real* out) noexcept {
  lanes<Real, Arch> square[lane_count<Real, Arch>];
#pragma GCC unroll 32
  for (std::size_t i = 0; i < lane_count<Real, Arch>; ++i)
    square[i] = i < Loaded ? simd::load<Arch, Real, Columns>(rows.row(row + i) + column) * scale
                           : simd::broadcast<Arch>(Real(0));
  transpose_square<Real, Arch>(square);
#pragma GCC unroll 32
  for (std::size_t i = 0; i < Columns; ++i) simd::store_aligned(out + (column + i) * Stride + row, square[i]);
}

/// One column, element by element: cheaper than a square of which little is used.
template <std::size_t Rows, class Real, class Tile>
[[gnu::always_inline]] inline void transpose_column(Tile rows, std::size_t column, Real scale,
                                                    Real* out) noexcept {
  for (std::size_t t = 0; t < Rows; ++t)
    out[column * Rows + t] = static_cast<Real>(rows.row(t)[column]) * scale;
}

/// So few features that gathering each costs less than squares of which little is used.
inline constexpr std::size_t few_features = 3;

/// Converts rows of few features to rows-in-lanes, for as many rows as are used, a multiple of the lanes:
/// out[k][t] = scale * x[row t][k]. Elements go straight to registers, since a register that is read after
/// its elements were written to memory one by one waits for all of them.
template <class Arch, class Real, class Element, std::size_t Inputs, std::size_t Rows>
[[gnu::always_inline]] inline void gather_columns_inline(const row_tile<Element, Inputs>& rows,
                                                         std::size_t used, Real scale, Real* out) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  const auto scales = simd::broadcast<Arch>(scale);
  for (std::size_t t = 0; t < used; t += count)
    if constexpr (Inputs == 2) {
      const auto [first, second] =
          simd::gather_pairs<Arch, Real, Element>([&](std::size_t i) { return rows.row(t + i); });
      simd::store_aligned(out + t, first * scales);
      simd::store_aligned(out + Rows + t, second * scales);
    } else {
#pragma GCC unroll 32
      for (std::size_t k = 0; k < Inputs; ++k) {
        const auto column =
            simd::gather<Arch, Real, Element>([&](std::size_t i) { return rows.row(t + i)[k]; });
        simd::store_aligned(out + k * Rows + t, column * scales);
      }
    }
}
template <class Arch, class Real, class Element, std::size_t Inputs, std::size_t Rows>
[[gnu::noinline]] void gather_columns(row_tile<Element, Inputs> rows, std::size_t used, Real scale,
                                      Real* out) noexcept {
  gather_columns_inline<Arch, Real, Element, Inputs, Rows>(rows, used, scale, out);
}

/// Converts rows to rows-in-lanes: out[k][t] = scale * x[row t][k].
/// Shape:   rows [Rows, Inputs] -> out [Inputs][Rows]; Rows a multiple of the lanes, out aligned to 64 bytes.
/// Rounds:  the conversion, then the product with `scale`.
/// Cost:    log2(lanes) shuffles per register.
template <class Arch, class Real, class Element, std::size_t Inputs, std::size_t Rows>
[[gnu::always_inline]] inline void transpose_rows_inline(const row_tile<Element, Inputs>& rows, Real scale,
                                                         Real* out) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr std::size_t full = Inputs / count * count;
  static_assert(Rows % count == 0, "a tile holds whole registers of rows");
  const auto scales = simd::broadcast<Arch>(scale);
  for (std::size_t row = 0; row < Rows; row += count) {
    for (std::size_t column = 0; column < full; column += count)
      transpose_block<Arch, count, count, Rows>(rows, row, column, scales, out);
    if constexpr (Inputs - full > 2)
      transpose_block<Arch, count, Inputs - full, Rows>(rows, row, full, scales, out);
  }
  if constexpr (Inputs - full <= 2)
    for (std::size_t column = full; column < Inputs; ++column)
      transpose_column<Rows>(rows, column, scale, out);
}
template <class Arch, class Real, class Element, std::size_t Inputs, std::size_t Rows>
[[gnu::noinline]] void transpose_rows(row_tile<Element, Inputs> rows, Real scale, Real* out) noexcept {
  transpose_rows_inline<Arch, Real, Element, Inputs, Rows>(rows, scale, out);
}

}  // namespace fusegrad
