// SPDX-License-Identifier: BSL-1.0
// One step of a plan, as the micro-kernels are called with it: a tile of rows, and where the operands are.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/element.hpp"
#include "fusegrad/kernel/plain.hpp"
#include "fusegrad/kernel/weights.hpp"

namespace fusegrad::entry {

/// Where a matrix operand begins.
template <class Where, class Real>
[[gnu::always_inline]] inline const Real* memory_of(const step_data<Real>& step, const Real* tile,
                                                    std::size_t rows) noexcept {
  if constexpr (Where::value.where == storage::parameter)
    return step.parameters[Where::value.offset];
  else if constexpr (Where::value.where == storage::shared)
    return step.shared + Where::value.offset;
  else if constexpr (Where::value.where == storage::mean)
    return step.means + Where::value.offset;
  else if constexpr (Where::value.where == storage::output)
    return step.outputs[Where::value.offset];
  else
    return tile + std::size_t(Where::value.offset) * rows;
}

/// Whether there are results of their own for rows.
template <class Program> constexpr bool has_results_of_rows() {
  for (const plan_output& each : Program::plan.outputs)
    if (each.of_rows) return true;
  return false;
}

/// Whether a step over rows is one of those that are compiled into each other.
constexpr bool is_inline(const plan_step& step) {
  switch (step.kind) {
    case step_kind::load_rows:
    case step_kind::product:
    case step_kind::loops:
    case step_kind::gradient:
    case step_kind::row_mean: return true;
    default: return false;
  }
}

/// Whether sums over rows keep their lanes in registers until the last row: few_rows_of and narrow_rows_of say so of
/// themselves.
template <class Program> inline constexpr bool keeps_lanes = requires { requires Program::keeps_lanes; };

template <class Program> struct sums_in_lanes;

/// Whether a few rows at a time are read as they lie, through wide registers: narrow_rows_of says so of itself.
template <class Program> inline constexpr bool reads_narrow_rows = requires { typename Program::wide_arch; };
template <class Program> struct narrow_work;

/// The instruction set of the widest registers that a program uses.
template <class Program> struct widest_arch_of { using type = typename Program::arch; };
template <class Program>
requires reads_narrow_rows<Program>
struct widest_arch_of<Program> {
  using type = typename Program::wide_arch;
};
template <class Program> using widest_arch = typename widest_arch_of<Program>::type;

/// One tile of rows and where its sums go.
template <class Program> struct tile_work {
  using real = typename Program::real;
  const step_data<real>& step;
  const tile_rows<Program::tile_rows>& rows;
  real* tile;
  block_sums<real>& sums;
  accumulate onto;
  std::size_t streamed_from = no_row;
  bool* streamed_finite = nullptr;
  const real** loaded = nullptr;               // see loop_environment
  sums_in_lanes<Program>* in_lanes = nullptr;  // where the program keeps them
  narrow_work<Program>* narrow = nullptr;      // likewise

  /// Rows up to the end of the last registers that hold a row: what is beyond is never looked at row by row.
  [[nodiscard]] std::size_t used() const noexcept {
    constexpr std::size_t count = registers_filled<Program>() * lane_count<real, typename Program::arch>;
    static_assert(tile_rows<Program::tile_rows>::group % count == 0);
    if constexpr (count == Program::tile_rows) return count;
    return (rows.valid + count - 1) / count * count;
  }

  /// The rows of the tile as loops see them.
  [[nodiscard]] loop_environment<real> environment() const noexcept {
    return {&step, tile, 0, streamed_from, streamed_finite, loaded, &rows};
  }

  [[nodiscard]] real* result(int offset) const noexcept {
    return tile + std::size_t(offset) * Program::tile_rows;
  }

  /// Sets a value to zero in the rows that pad the last tile: sums over rows must not count them.
  void clear_padding(int offset, std::size_t elements) const noexcept {
    using arch = typename Program::arch;
    constexpr std::size_t count = lane_count<real, arch>;
    // To mask one register costs less than to ask, unless the answer is the same for many.
    if ((!keeps_lanes<Program> || reads_narrow_rows<Program>)&&rows.valid == Program::tile_rows) return;
    // The register where the padding begins.
    const std::size_t last = Program::tile_rows == count ? 0 : rows.valid / count * count;
    for (std::size_t i = 0; i < elements; ++i) {
      real* const row = result(offset) + i * Program::tile_rows;
      const auto value = simd::load_aligned<arch>(row + last);
      simd::store_aligned(row + last, simd::keep_first<arch, real>(value, rows.valid - last));
      for (std::size_t t = last + count; t < rows.in_groups(); t += count)
        simd::store_aligned(row + t, simd::broadcast<arch>(real(0)));
    }
  }
};

/// One step of a plan, with what the micro-kernels ask of it.
template <class Program, int Step> struct step_facts {
  static constexpr plan_step step = Program::plan.steps[Step];
  static constexpr std::size_t outputs = std::size_t(step.outputs);
  static constexpr std::size_t inputs = std::size_t(step.inputs);
  static constexpr weights_layout layout =
      step.transposed ? weights_layout::inputs_by_outputs : weights_layout::outputs_by_inputs;

  static const typename Program::real* left(const tile_work<Program>& work) noexcept {
    return memory_of<step_letters::left_access<Program, Step>, typename Program::real>(work.step, work.tile,
                                                                                       Program::tile_rows);
  }
  static const typename Program::real* right(const tile_work<Program>& work) noexcept {
    return memory_of<step_letters::right_access<Program, Step>, typename Program::real>(work.step, work.tile,
                                                                                        Program::tile_rows);
  }
};

/// Whether a result lies in memory as the user expects it.
[[nodiscard]] constexpr bool is_dense(const plan_output& of) {
  bool dense = of.at.where == storage::parameter || of.at.where == storage::shared ||
               of.at.where == storage::mean || of.at.where == storage::output;
  for (int axis = 0; axis < of.extents.rank; ++axis)
    dense = dense && (of.extents[axis] == 1 || of.at.stride[axis] == of.extents.stride(axis));
  return dense;
}

/// The output that a large gradient is, or -1: where nothing is computed after the rows, its owner writes it
/// where the user wants it.
template <class Program> [[nodiscard]] constexpr int output_of_large(const element_access& gradient) {
  for (const plan_step& step : Program::plan.steps)
    if (step.when == phase::after_rows) return -1;
  int found = -1;
  for (std::size_t i = 0; i < Program::plan.outputs.size(); ++i) {
    const plan_output& each = Program::plan.outputs[i];
    if (each.at.where != storage::mean || each.at.offset != gradient.offset || !is_dense(each)) continue;
    if (found >= 0) return -1;
    found = int(i);
  }
  return found;
}

/// Where a large gradient is gathered.
template <class Program, int Step>
[[nodiscard]] typename Program::real* memory_of_large(
    const step_data<typename Program::real>& step) noexcept {
  constexpr int offset = Program::plan.steps[Step].offset;
  constexpr int output = output_of_large<Program>({.where = storage::mean, .offset = offset});
  if constexpr (output >= 0)
    return step.outputs[output];
  else
    return step.means + offset;
}

/// What a gradient multiplies must be zero in the rows that pad the last tile; both operands, since zero
/// times infinity would not be zero.
template <class Program, int Step>
[[gnu::always_inline]] inline void clear_operands(const tile_work<Program>& work) noexcept {
  using facts = step_facts<Program, Step>;
  work.clear_padding(facts::step.left.offset, facts::outputs);
  if constexpr (facts::step.kind == step_kind::gradient)
    work.clear_padding(facts::step.right.offset, facts::inputs);
}

}  // namespace fusegrad::entry
