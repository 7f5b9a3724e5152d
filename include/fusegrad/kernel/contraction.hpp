// SPDX-License-Identifier: BSL-1.0
// Contractions of the values of rows, such as convolutions: blocks of results in registers, rows in the
// lanes. Operands are read where they lie, so that overlapping windows are never laid out.
#pragma once

#include "fusegrad/kernel/blocks.hpp"
#include "fusegrad/kernel/placement.hpp"
#include "fusegrad/kernel/step.hpp"

namespace fusegrad {

namespace contracting {

/// The longest letter of the result that one operand has alone, or -1.
[[nodiscard]] constexpr int own_letter(const plan_step& step, const element_access& own,
                                       const element_access& other) {
  int found = -1;
  for (int letter = 0; letter < step.result_letters; ++letter) {
    if (own.stride[letter] == 0 || other.stride[letter] != 0) continue;
    if (found < 0 || step.letters[letter] > step.letters[found]) found = letter;
  }
  return found;
}

/// A block of results: so many elements along the letter of the left operand, so many along that of the
/// right.
struct block_size {
  std::size_t left = 1;
  std::size_t right = 1;
};

/// The block that loads least: it reads left + right elements for left * right products.
[[nodiscard]] constexpr block_size best_block(std::size_t left, std::size_t right, std::size_t registers) {
  const std::size_t most = registers - registers / 4;  // the rest holds operands
  block_size best;
  std::size_t fewest = std::size_t(-1);
  for (std::size_t a = 1; a <= left && a <= most; ++a)
    for (std::size_t b = 1; b <= right && a * b <= most; ++b) {
      const std::size_t down = (left + a - 1) / a, across = (right + b - 1) / b;
      const std::size_t loads = down * right + across * left;
      if (loads > fewest) continue;
      fewest = loads;
      best = {a, b};
    }
  return best;
}

/// One operand of a contraction. Its memory has an address of its own, see `simd::opaque`.
template <class Program, class Where, std::size_t Rows, class Arch> struct operand {
  using real = typename Program::real;
  static constexpr bool in_tile = Where::value.where == storage::tile;
  const real* memory;

  [[gnu::always_inline]] explicit operand(const loop_environment<real>& in) noexcept
      : memory(
            simd::opaque(entry::memory_of<Where, real>(*in.step, in.tile, Rows) + (in_tile ? in.row : 0))) {}
  [[gnu::always_inline]] lanes<real, Arch> operator[](std::size_t element) const noexcept {
    if constexpr (in_tile)
      return simd::load_aligned<Arch>(memory + element * Rows);
    else
      return simd::broadcast<Arch>(memory[element]);
  }
};

/// Whether the operands of a contraction lie in memory.
[[nodiscard]] constexpr bool lies_in_memory(const element_access& of) {
  return of.where != storage::number && of.where != storage::position && of.where != storage::random &&
         of.where != storage::column;
}

/// One contraction of a plan, divided into blocks.
template <class Program, int Step, std::size_t Rows, class Arch> struct blocks {
  using real = typename Program::real;
  using value = lanes<real, Arch>;
  using left_access = step_letters::left_access<Program, Step>;
  using right_access = step_letters::right_access<Program, Step>;
  static constexpr plan_step step = Program::plan.steps[Step];
  static constexpr tensor_shape outer = step_letters::letters_of<Program, Step, false>();
  static constexpr tensor_shape inner = step_letters::letters_of<Program, Step, true>();
  static constexpr auto axes = std::make_index_sequence<std::size_t(step.letters.rank)>{};
  static constexpr int down = own_letter(step, step.left, step.right);
  static constexpr int across = own_letter(step, step.right, step.left);
  static constexpr std::size_t extent(int letter) {
    return letter < 0 ? 1 : std::size_t(step.letters[letter]);
  }
  static constexpr int stride(const element_access& of, int letter) {
    return letter < 0 ? 0 : of.stride[letter];
  }
  static constexpr block_size size = best_block(extent(down), extent(across), register_count<Arch>);
  static constexpr int down_stride = stride(step.left, down), across_stride = stride(step.right, across);

  /// All letters of the result but the two of a block.
  static constexpr tensor_shape others = [] {
    tensor_shape result = outer;
    if (down >= 0) result.set(down, 1);
    if (across >= 0) result.set(across, 1);
    return result;
  }();

  using to_access = step_letters::to_access<Program, Step>;
  static constexpr auto result_axes = std::make_index_sequence<std::size_t(step.result_letters)>{};
  static constexpr int to_down = stride(step.to, down), to_across = stride(step.to, across);

  /// Calls `finish(first element, sums)` for every block; `sums[m * size.right + n]` belongs to the element
  /// m steps down and n across.
  template <class Finish>
  [[gnu::always_inline]] static void run(const loop_environment<real>& in, Finish finish) noexcept {
    const operand<Program, left_access, Rows, Arch> left(in);
    const operand<Program, right_access, Rows, Arch> right(in);
    int at[max_rank] = {};
    looping::for_each_element<others>(
        at, [&]() __attribute__((always_inline)) {
          for_blocks<extent(down), size.left>([&](auto height,
                                                  std::size_t first) __attribute__((always_inline)) {
            if constexpr (down >= 0) at[down] = int(first);
            for_blocks<extent(across), size.right>([&](auto width,
                                                       std::size_t begin) __attribute__((always_inline)) {
              constexpr std::size_t tall = decltype(height)::value, wide = decltype(width)::value;
              if constexpr (across >= 0) at[across] = int(begin);
              value sums[tall * wide];
              sum_products<tall, wide>(left, right, at, sums);
              finish(std::integral_constant<std::size_t, tall>{}, std::integral_constant<std::size_t, wide>{},
                     looping::element_at<to_access>(at, result_axes), sums);
            });
            if constexpr (across >= 0) at[across] = 0;
          });
          if constexpr (down >= 0) at[down] = 0;
        });
  }

 private:
  template <std::size_t Tall, std::size_t Wide>
  [[gnu::always_inline]] static void sum_products(const operand<Program, left_access, Rows, Arch>& left,
                                                  const operand<Program, right_access, Rows, Arch>& right,
                                                  int* at, value* sums) noexcept {
#pragma GCC unroll 32
    for (std::size_t k = 0; k < Tall * Wide; ++k) sums[k] = value(real(0));
    looping::for_each_element<inner>(
        at + outer.rank, [&]() __attribute__((always_inline)) {
          const std::size_t from_left = looping::element_at<left_access>(at, axes);
          const std::size_t from_right = looping::element_at<right_access>(at, axes);
          value x[Wide];
#pragma GCC unroll 32
          for (std::size_t n = 0; n < Wide; ++n) x[n] = right[from_right + std::size_t(across_stride) * n];
#pragma GCC unroll 32
          for (std::size_t m = 0; m < Tall; ++m) {
            value factor = left[from_left + std::size_t(down_stride) * m];
            simd::pin(factor);
#pragma GCC unroll 32
            for (std::size_t n = 0; n < Wide; ++n)
              sums[m * Wide + n] = simd::fma(factor, x[n], sums[m * Wide + n]);
          }
        });
  }
};

/// Whether a contraction can be divided into blocks.
template <class Program, int Step> constexpr bool has_blocks() {
  constexpr plan_step step = Program::plan.steps[Step];
  return step.op != nullptr || (lies_in_memory(step.left) && lies_in_memory(step.right));
}

}  // namespace contracting

/// result[r] = sum over s of left[r, s] * right[r, s], for the rows of a tile; or, where the result is
/// scattered and nothing else reads it, added where it belongs.
/// Rounds:  the summed letters in row-major order, one accumulator.
/// Cost:    one product per register of rows; a block of results shares what it reads.
template <class Program, int Step, class Arch>
[[gnu::noinline]] void contract_rows(loop_environment<typename Program::real> in) noexcept {
  using real = typename Program::real;
  using blocks = contracting::blocks<Program, Step, Program::tile_rows, Arch>;
  constexpr std::size_t rows = Program::tile_rows;
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr bool adds = step.op != nullptr && !placing::writes_once(step);
  if constexpr (step.op != nullptr && placing::needs_zeros(step))
    placing::clear<Program, Step, rows, Arch>(in);
  for (in.row = 0; in.row < rows; in.row += lane_count<real, Arch>) {
    real* const to = simd::opaque(in.tile + std::size_t(step.to.offset) * rows + in.row);
    blocks::run(
        in, [&](auto tall, auto wide, std::size_t first, const auto* sums) __attribute__((always_inline)) {
#pragma GCC unroll 32
          for (std::size_t m = 0; m < decltype(tall)::value; ++m)
#pragma GCC unroll 32
            for (std::size_t n = 0; n < decltype(wide)::value; ++n) {
              constexpr int down = blocks::to_down, across = blocks::to_across;
              real* const place =
                  to + std::ptrdiff_t(rows) * (std::ptrdiff_t(first) + int(m) * down + int(n) * across);
              auto each = sums[m * decltype(wide)::value + n];
              if constexpr (adds) each = each + simd::load_aligned<Arch>(static_cast<const real*>(place));
              simd::store_aligned(place, each);
            }
        });
  }
}

/// The mean over rows of such a contraction, of which only the mean is wanted: its sum over the rows of a
/// tile.
/// Rounds:  a lane as `contract_rows`, then the lanes, in the order of `simd::reduce`; registers of rows one
///          after the other.
template <class Program, int Step, class Arch>
[[gnu::noinline]] void sum_contraction(const entry::tile_work<Program>& work) noexcept {
  using real = typename Program::real;
  using blocks = contracting::blocks<Program, Step, Program::tile_rows, Arch>;
  constexpr std::size_t count = lane_count<real, Arch>;
  real* const to = work.sums.matrices + blocks::step.offset;
  loop_environment<real> in{&work.step, work.tile};
  for (; in.row < work.rows.valid; in.row += count) {
    const std::size_t rows = work.rows.valid - in.row;  // those beyond pad the tile
    const bool add = in.row > 0 || work.onto == accumulate::yes;
    blocks::run(
        in, [&](auto tall, auto wide, std::size_t first, auto* sums) __attribute__((always_inline)) {
#pragma GCC unroll 32
          for (std::size_t m = 0; m < decltype(tall)::value; ++m)
#pragma GCC unroll 32
            for (std::size_t n = 0; n < decltype(wide)::value; ++n) {
              constexpr std::size_t down = std::size_t(blocks::to_down),
                                    across = std::size_t(blocks::to_across);
              auto& sum = sums[m * decltype(wide)::value + n];
              if (rows < count) sum = simd::keep_first<Arch, real>(sum, rows);
              real& place = to[first + m * down + n * across];
              const real total = simd::sum_of_lanes(sum);
              place = add ? place + total : total;
            }
        });
  }
}

}  // namespace fusegrad
