// SPDX-License-Identifier: BSL-1.0
// Rows of a table that labels name: read into the lanes, written as the one row of a table that is not zero,
// or added up over the rows of the data as the gradient of a table. Of a table as large as one likes only the
// named rows are touched.
#pragma once

#include <algorithm>
#include <cstdint>

#include "fusegrad/kernel/step.hpp"
#include "fusegrad/kernel/transpose.hpp"

namespace fusegrad {

namespace gathering {

/// What the kernels ask of a step.
template <class Program, int Step> struct facts {
  static constexpr plan_step step = Program::plan.steps[Step];
  static constexpr std::size_t classes = std::size_t(step.outputs);
  static constexpr std::size_t width = std::size_t(step.inputs);
  static constexpr std::size_t labels = std::size_t(step.labels);
};

/// The labels of a row, one after the other.
template <class Program, int Step> struct label_access {
  static constexpr element_access value = [] {
    element_access result = Program::plan.steps[Step].right;
    result.stride[0] = 1;
    return result;
  }();
};

/// The class of each row, by one of its labels. Labels are checked where data are bound; what a formula
/// computes as a class stays within the table, whatever it is.
template <class Program, int Step, std::size_t Rows, class Arch> struct classes_of_rows {
  std::uint32_t at[Rows];

  classes_of_rows(loop_environment<typename Program::real> in, std::size_t label) noexcept {
    using real = typename Program::real;
    using access = label_access<Program, Step>;
    const int place = int(label);
    constexpr real last = real(facts<Program, Step>::classes - 1);
    alignas(cache_line) real numbers[Rows];
    for (in.row = 0; in.row < Rows; in.row += lane_count<real, Arch>)
      simd::store_aligned(numbers + in.row, looping::read<access, 1, Rows, Arch>(in, &place));
    for (std::size_t t = 0; t < Rows; ++t)  // NaN becomes 0
      at[t] = std::uint32_t(numbers[t] > 0 ? std::min(numbers[t], last) : real(0));
  }
};

/// Where a value of rows, or of the step, is written.
template <class Program, int Step, std::size_t Rows>
[[nodiscard]] inline typename Program::real* target(
    const loop_environment<typename Program::real>& in) noexcept {
  constexpr element_access to = Program::plan.steps[Step].to;
  if constexpr (to.where == storage::shared)
    return in.step->shared + to.offset;
  else if constexpr (to.where == storage::output)
    return in.step->outputs[to.offset];
  else
    return in.tile + std::size_t(to.offset) * Rows;
}

template <class Where, std::size_t Rows, class Real>
[[nodiscard]] inline const Real* source(const loop_environment<Real>& in) noexcept {
  return entry::memory_of<Where, Real>(*in.step, in.tile, Rows);
}

/// The rows of the lanes beside each other, element by element: the square of registers that begins at one
/// element, seen row by row.
template <class Arch, std::size_t Rows, std::size_t Width, class Real>
[[gnu::always_inline]] inline void rows_of_square(const Real* from, std::size_t row, std::size_t element,
                                                  lanes<Real, Arch>* square) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
#pragma GCC unroll 32
  for (std::size_t i = 0; i < count; ++i)
    square[i] = i < Width ? simd::load_aligned<Arch>(from + (element + i) * Rows + row)
                          : simd::broadcast<Arch>(Real(0));
  transpose_square<Real, Arch>(square);
}

/// Adds up to one register of elements of each row to the row of the table that its label names, in the order
/// of the rows.
template <class Arch, std::size_t Rows, std::size_t Width, std::size_t Elements, class Real>
[[gnu::always_inline]] inline void add_elements(const Real* from, std::size_t element, std::size_t valid,
                                                const std::uint32_t* classes, Real scale,
                                                Real* table) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  const auto scales = simd::broadcast<Arch>(scale);
  for (std::size_t row = 0; row < valid; row += count) {
    lanes<Real, Arch> square[count];
    rows_of_square<Arch, Rows, Elements>(from, row, element, square);
    const std::size_t rows = std::min(count, valid - row);
    for (std::size_t i = 0; i < rows; ++i) {
      Real* const to = table + std::size_t(classes[row + i]) * Width + element;
      simd::store<Elements>(to, simd::load<Arch, Real, Elements>(to) + square[i] * scales);
    }
  }
}

/// Elements [begin, end) of each row, `begin` a multiple of the lanes, `end` another or the width, to the
/// rows of the table that one label of each names.
template <class Program, int Step, class Real = typename Program::real>
inline void add_rows_of_label(const step_data<Real>& step, const Real* tile, std::size_t label,
                              std::size_t begin, std::size_t end, std::size_t valid,
                              const std::uint32_t* classes, Real scale, Real* table) noexcept {
  using Arch = typename Program::arch;
  using row_access = step_letters::left_access<Program, Step>;
  constexpr std::size_t count = lane_count<Real, Arch>, Rows = Program::tile_rows;
  constexpr std::size_t Width = facts<Program, Step>::width;
  constexpr std::size_t distance = row_access::value.where == storage::tile ? Rows : 1;
  const Real* const from = entry::memory_of<row_access, Real>(step, tile, Rows) + label * Width * distance;
  if constexpr (row_access::value.where != storage::tile) {  // the same for all rows
    for (std::size_t t = 0; t < valid; ++t)
      for (std::size_t i = begin; i < end; ++i) table[classes[t] * Width + i] += from[i] * scale;
    return;
  }
  std::size_t element = begin;
  for (; element + count <= end; element += count)
    add_elements<Arch, Rows, Width, count>(from, element, valid, classes, scale, table);
  if constexpr (Width % count != 0)
    if (element < end)
      add_elements<Arch, Rows, Width, Width % count>(from, element, valid, classes, scale, table);
}

/// The same for all labels, one after the other.
template <class Program, int Step, class Real = typename Program::real>
inline void add_rows(const loop_environment<Real>& in, std::size_t begin, std::size_t end, std::size_t valid,
                     Real scale, Real* table) noexcept {
  for (std::size_t label = 0; label < facts<Program, Step>::labels; ++label) {
    const classes_of_rows<Program, Step, Program::tile_rows, typename Program::arch> classes(in, label);
    add_rows_of_label<Program, Step>(*in.step, in.tile, label, begin, end, valid, classes.at, scale, table);
  }
}

}  // namespace gathering

/// Reads the rows of a table that labels name.
/// Rounds: never.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::noinline]] void run_gather(const loop_environment<typename Program::real>& in) noexcept {
  using real = typename Program::real;
  using facts = gathering::facts<Program, Step>;
  using table_access = step_letters::left_access<Program, Step>;
  const real* const table = gathering::source<table_access, Rows>(in);
  real* to = gathering::target<Program, Step, Rows>(in);
  for (std::size_t label = 0; label < facts::labels; ++label, to += facts::width * Rows) {
    const gathering::classes_of_rows<Program, Step, Rows, Arch> classes(in, label);
    if constexpr (table_access::value.where == storage::tile) {  // each row has a table of its own
      for (std::size_t i = 0; i < facts::width; ++i)
        for (std::size_t t = 0; t < Rows; ++t)
          to[i * Rows + t] = table[(classes.at[t] * facts::width + i) * Rows + t];
    } else if constexpr (Rows == 1) {
      std::copy_n(table + classes.at[0] * facts::width, facts::width, to);
    } else {
      const row_tile<real, facts::width> rows{table, classes.at, Rows, false};
      if constexpr (facts::width <= few_features)
        gather_columns<Arch, real, real, facts::width, Rows>(rows, Rows, real(1), to);
      else
        transpose_rows<Arch, real, real, facts::width, Rows>(rows, real(1), to);
    }
  }
}

/// Adds rows to the places that their labels name in a table of zeros.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::noinline]] void run_place_at_label(const loop_environment<typename Program::real>& in) noexcept {
  using real = typename Program::real;
  using facts = gathering::facts<Program, Step>;
  using row_access = step_letters::left_access<Program, Step>;
  constexpr std::size_t distance = row_access::value.where == storage::tile ? Rows : 1;
  const real* from = gathering::source<row_access, Rows>(in);
  real* const to = gathering::target<Program, Step, Rows>(in);
  std::fill_n(to, facts::classes * facts::width * Rows, real(0));
  for (std::size_t label = 0; label < facts::labels; ++label, from += facts::width * distance) {
    const gathering::classes_of_rows<Program, Step, Rows, Arch> classes(in, label);
    for (std::size_t i = 0; i < facts::width; ++i)
      for (std::size_t t = 0; t < Rows; ++t)
        to[(classes.at[t] * facts::width + i) * Rows + t] += from[i * distance + (distance == 1 ? 0 : t)];
  }
}

/// Adds the rows of a tile to the gradient of a table of moderate size, one copy per block of rows.
/// Rounds: of the labels of a row one after the other, each for the rows of a tile in their order.
template <class Program, int Step>
[[gnu::noinline]] void sum_at_labels(const entry::tile_work<Program>& work) noexcept {
  using real = typename Program::real;
  using facts = gathering::facts<Program, Step>;
  real* const table = work.sums.matrices + facts::step.offset;
  if (work.onto == accumulate::no) std::fill_n(table, facts::classes * facts::width, real(0));
  gathering::add_rows<Program, Step>(work.environment(), 0, facts::width, work.rows.valid, real(1), table);
}

namespace slicing {

/// The gradient of a large table: a slice is some columns of it, for all labels.
template <class Program, int Step> struct large_table {
  using real = typename Program::real;
  using arch = typename Program::arch;
  using facts = gathering::facts<Program, Step>;
  static constexpr std::size_t lanes_each = lane_count<real, arch>;
  static constexpr std::size_t registers = (facts::width + lanes_each - 1) / lanes_each;
  static constexpr std::size_t most_slices = 16;
  static constexpr std::size_t registers_of_slice = (registers + most_slices - 1) / most_slices;
  static constexpr std::size_t count_of_slices = (registers + registers_of_slice - 1) / registers_of_slice;

  /// Adds a group of tiles to a slice; false if it is in the end NaN or infinite.
  static bool run(const step_data<real>& step, const tile_group<real>& group, std::size_t slice) noexcept {
    constexpr std::size_t height = Program::tile_rows;
    const std::size_t begin = slice * registers_of_slice * lanes_each;
    const std::size_t end = std::min(begin + registers_of_slice * lanes_each, facts::width);
    real* const table = entry::memory_of_large<Program, Step>(step);
    if (!group.begun)
      for (std::size_t line = 0; line < facts::classes; ++line)
        std::fill(table + line * facts::width + begin, table + line * facts::width + end, real(0));
    real* tile = group.tiles;
    for (std::size_t at = group.begin; at < group.end; at += height, tile += group.distance)
      gathering::add_rows<Program, Step>(loop_environment<real>{&step, tile}, begin, end,
                                         std::min(height, group.end - at), real(1) / real(step.rows.count),
                                         table);
    return group.end < step.rows.count || is_finite(table, begin, end);
  }

  static bool is_finite(const real* table, std::size_t begin, std::size_t end) noexcept {
    real doubt = 0;  // stays 0 while everything is finite
    for (std::size_t line = 0; line < facts::classes; ++line)
      for (std::size_t i = begin; i < end; ++i) {
        const real each = table[line * facts::width + i];
        doubt += each - each;
      }
    return doubt == 0;
  }
};

}  // namespace slicing

}  // namespace fusegrad
