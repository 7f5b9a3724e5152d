// SPDX-License-Identifier: BSL-1.0
// Sums of outer products: C[i][j] = scale * sum over p of A(i, p) * B[p][j], lanes along j, static extents.
// In: numbers A at any strides, rows B of any element type. Out: C at any strides.
// Every dense product and every weight gradient is this one micro-kernel.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/blocks.hpp"
#include "fusegrad/kernel/simd.hpp"

namespace fusegrad {

/// Numbers at static strides: element (i, j) of a matrix stored by rows, by columns, or transposed.
template <class Real, std::size_t RowStride, std::size_t ColumnStride> struct strided {
  Real* data;
  [[nodiscard, gnu::always_inline]] Real& operator()(std::size_t i, std::size_t j) const noexcept {
    return data[i * RowStride + j * ColumnStride];
  }
};

/// An operand whose terms lie in several places, `distance` numbers apart: those of one tile after those of
/// another.
template <class Operand> struct in_parts {
  Operand first;
  std::size_t distance;
  std::size_t count;
};

template <class Operand> constexpr std::size_t count_parts(const Operand&) noexcept { return 1; }
template <class Operand> std::size_t count_parts(const in_parts<Operand>& of) noexcept { return of.count; }

template <class Operand> const Operand& part_of(const Operand& whole, std::size_t) noexcept { return whole; }
template <class Operand>
[[gnu::always_inline]] inline Operand part_of(const in_parts<Operand>& of, std::size_t part) noexcept {
  Operand result = of.first;
  result.data += part * of.distance;
  return result;
}

/// Registers of B in one block. A quarter of the registers stays free for operands, the rest accumulates: few
/// outputs leave room for many registers of B; many outputs are cut into blocks of 6 by 4 (or 6 by 2).
template <class Arch> constexpr std::size_t block_width(std::size_t outputs) noexcept {
  constexpr std::size_t accumulators = register_count<Arch> - register_count<Arch> / 4;
  for (std::size_t width = 8; width > 1; width /= 2)
    if (width * outputs <= accumulators) return width;
  return register_count<Arch> / 8;
}

/// The most outputs in one block.
template <class Arch> constexpr std::size_t block_outputs(std::size_t outputs) noexcept {
  return (register_count<Arch> - register_count<Arch> / 4) / block_width<Arch>(outputs);
}

/// How many sums of a few terms each an element is divided into, so that no addition waits for the one
/// before: an addition takes four cycles, and two begin in each.
constexpr std::size_t sum_chains(std::size_t elements, std::size_t terms) noexcept {
  constexpr std::size_t in_flight = 8;
  std::size_t chains = 1;
  while (elements * chains < in_flight && terms % (2 * chains) == 0) chains *= 2;
  return chains;
}

/// Adds `value * scale` to, or writes it over, the first `Count` places of row i from column j.
template <std::size_t Count, class Arch, class Real, std::size_t RowStride, std::size_t ColumnStride>
[[gnu::always_inline]] inline void write(strided<Real, RowStride, ColumnStride> to, std::size_t i,
                                         std::size_t j, lanes<Real, Arch> value, lanes<Real, Arch> scale,
                                         bool add) noexcept {
  Real* const place = &to(i, j);
  if constexpr (ColumnStride == 1) {
    const auto scaled =
        add ? simd::fma(value, scale, simd::load<Arch, Real, Count>(static_cast<const Real*>(place)))
            : value * scale;
    simd::store<Count>(place, scaled);
  } else {
    Real values[lane_count<Real, Arch>];
    simd::store(values, value * scale);
    for (std::size_t k = 0; k < Count; ++k)
      place[k * ColumnStride] = add ? place[k * ColumnStride] + values[k] : values[k];
  }
}

/// One block of C in registers: `Outputs` rows by `Width` registers, the last of which holds `Last` columns.
template <class Arch, std::size_t Terms, std::size_t Outputs, std::size_t Width, std::size_t Last, class Real,
          class Left, class Rows, class Out>
[[gnu::always_inline]] inline void outer_product_block(Left a, Rows b, Out c, std::size_t i, std::size_t j,
                                                       const Real& scale, bool add) noexcept {
  using vector = lanes<Real, Arch>;
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr std::size_t size = Outputs * Width;
  constexpr std::size_t chains = sum_chains(size, Terms);
  vector sums[size * chains];
#pragma GCC unroll 32
  for (std::size_t k = 0; k < size * chains; ++k) sums[k] = vector(Real(0));
  for (std::size_t part = 0; part < count_parts(a); ++part) {
    const auto left = part_of(a, part);
    const auto right = part_of(b, part);
    for (std::size_t first = 0; first < Terms; first += chains)
#pragma GCC unroll 32
      for (std::size_t chain = 0; chain < chains; ++chain) {
        const std::size_t p = first + chain;
        const auto* const row = right.row(p) + j;
        if constexpr (requires { right.template fetch_next<Width * count>(p, j); })
          right.template fetch_next<Width * count>(p, j);
        vector x[Width];
#pragma GCC unroll 32
        for (std::size_t w = 0; w + 1 < Width; ++w) x[w] = simd::load<Arch, Real>(row + w * count);
        x[Width - 1] = simd::load<Arch, Real, Last>(row + (Width - 1) * count);
#pragma GCC unroll 32
        for (std::size_t m = 0; m < Outputs; ++m) {
          vector factor = simd::broadcast<Arch, Real>(left(i + m, p));
          simd::pin(factor);
          vector* const to = sums + chain * size + m * Width;
#pragma GCC unroll 32
          for (std::size_t w = 0; w < Width; ++w) to[w] = simd::fma(factor, x[w], to[w]);
        }
      }
  }
#pragma GCC unroll 32
  for (std::size_t chain = chains - 1; chain > 0; --chain)
#pragma GCC unroll 32
    for (std::size_t k = 0; k < size; ++k) sums[k] = sums[k] + sums[chain * size + k];
  const vector scales = simd::broadcast<Arch>(simd::read_late(scale));
#pragma GCC unroll 32
  for (std::size_t m = 0; m < Outputs; ++m) {
#pragma GCC unroll 32
    for (std::size_t w = 0; w + 1 < Width; ++w)
      write<count, Arch>(c, i + m, j + w * count, sums[m * Width + w], scales, add);
    write<Last, Arch>(c, i + m, j + (Width - 1) * count, sums[m * Width + Width - 1], scales, add);
  }
}

/// The rows of C that `outer_products` computes together, and a range of them.
template <class Arch, std::size_t Outputs>
inline constexpr std::size_t output_blocks = block_count<Outputs, block_outputs<Arch>(Outputs)>;
template <class Arch, std::size_t Outputs>
inline constexpr block_range all_outputs{0, output_blocks<Arch, Outputs>};

/// C = scale * A B, or C += scale * A B if `add`; only some blocks of its rows if a range is given.
/// Shape:   A [Outputs, Terms], B [Terms, Columns], C [Outputs, Columns]; any extents. Where A and B are in
///          parts, each part has so many terms.
/// Rounds:  each element sums its terms in ascending order, or every second, fourth or eighth of them where a
///          block of C has few registers; then adds these sums, the last ones first; then scales, then adds
///          to what was there.
template <class Arch, std::size_t Outputs, std::size_t Terms, std::size_t Columns, class Real, class Left,
          class Rows, class Out>
[[gnu::always_inline]] inline void outer_products(Left a, Rows b, const Real& scale, Out c, bool add,
                                                  block_range of = all_outputs<Arch, Outputs>) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  constexpr std::size_t rest = Columns % count;
  for_blocks<Columns / count, block_width<Arch>(Outputs)>([&](
      auto width, std::size_t column) __attribute__((always_inline)) {
    for_blocks<Outputs, block_outputs<Arch>(Outputs)>(
        [&](auto outputs, std::size_t i) __attribute__((always_inline)) {
          outer_product_block<Arch, Terms, decltype(outputs)::value, decltype(width)::value, count>(
              a, b, c, i, column * count, scale, add);
        },
        of);
  });
  if constexpr (rest > 0)
    for_blocks<Outputs, block_outputs<Arch>(Outputs)>(
        [&](auto outputs, std::size_t i) __attribute__((always_inline)) {
          outer_product_block<Arch, Terms, decltype(outputs)::value, 1, rest>(a, b, c, i, Columns - rest,
                                                                              scale, add);
        },
        of);
}

}  // namespace fusegrad
