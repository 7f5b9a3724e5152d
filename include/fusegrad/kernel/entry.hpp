// SPDX-License-Identifier: BSL-1.0
// The steps of a tile of rows, and those that run once: every extent is a constant, every step is one call;
// nothing is allocated, nothing is shared but read-only data.
#pragma once

#include <algorithm>
#include <cstring>

#include "fusegrad/kernel/combine.hpp"
#include "fusegrad/kernel/contraction.hpp"
#include "fusegrad/kernel/matmul.hpp"
#include "fusegrad/kernel/narrow_steps.hpp"
#include "fusegrad/kernel/once_loops.hpp"
#include "fusegrad/kernel/once_reductions.hpp"
#include "fusegrad/kernel/placement.hpp"
#include "fusegrad/kernel/repetition.hpp"
#include "fusegrad/kernel/slice.hpp"
#include "fusegrad/kernel/step.hpp"
#include "fusegrad/kernel/sums_in_lanes.hpp"

namespace fusegrad {

namespace entry {

/// Whether a tile is one register of rows, and a small one: the steps are then compiled into each other, so
/// that values pass from one to the next without waiting for memory.
template <class Program>
inline constexpr bool is_one_register =
    Program::tile_rows ==
    lane_count<typename Program::real, typename Program::arch>&& Program::plan.tile_elements <= 1 << 10;

/// Consecutive rows of single numbers are already what the tile wants, but for their type.
template <class Arch, class Element, class Real>
void load_numbers(const Element* from, std::size_t valid, std::size_t used, Real scale, Real* to) noexcept {
  constexpr std::size_t count = lane_count<Real, Arch>;
  const std::size_t whole = valid / count * count;
  for (std::size_t t = 0; t < whole; t += count)
    simd::store_aligned(to + t, simd::load<Arch, Real>(from + t) * lanes<Real, Arch>(scale));
  for (std::size_t t = whole; t < used; ++t) to[t] = Real(from[t < valid ? t : valid - 1]) * scale;
}

/// Loads rows of one element type: to `to`, rows in lanes.
template <class Program, int Step, class Arch, class Element>
[[gnu::always_inline]] inline void load_rows_to(
    const row_tile<Element, step_facts<Program, Step>::inputs>& rows, std::size_t used,
    typename Program::real scale, typename Program::real* to) noexcept {
  constexpr std::size_t inputs = step_facts<Program, Step>::inputs, height = Program::tile_rows;
  static_assert(inputs <= few_features || height == fusegrad::tile_rows<height>::group,
                "rows are transposed to the end of the tile, but numbered to the end of their groups");
  using real = typename Program::real;
  if constexpr (reads_narrow_rows<Program> && inputs == 1)
    if (rows.consecutive)  // then they fill the tile
      return simd::store_aligned(to, simd::load<Arch, real>(rows.data) * lanes<real, Arch>(scale));
  if (inputs == 1 && rows.consecutive && !is_one_register<Program>)
    load_numbers<Arch>(rows.data, rows.valid, used, scale, to);
  else if constexpr (inputs <= few_features && is_one_register<Program>)
    gather_columns_inline<Arch, real, Element, inputs, height>(rows, height, scale, to);
  else if constexpr (inputs <= few_features)
    gather_columns<Arch, real, Element, inputs, height>(rows, used, scale, to);
  else if constexpr (keeps_lanes<Program>)
    transpose_rows_inline<Arch, real, Element, inputs, height>(rows, scale, to);
  else
    transpose_rows<Arch, real, Element, inputs, height>(rows, scale, to);
}

/// Whether a step loads rows that loops find through `loaded`, since nobody else reads them.
template <class Program, int Step> constexpr bool loads_for_loops() {
  constexpr plan_step step = Program::plan.steps[Step];
  return loaded_by<Program>({.where = storage::tile, .offset = step.offset}) == Step;
}

template <class Program, int Step, class Arch, class Element>
[[gnu::always_inline]] inline void load_rows_of(const tile_work<Program>& work, const column& from) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  const auto rows = work.rows.template of<Element, facts::inputs>(from);
  real* const to = work.result(facts::step.offset);
  if constexpr (loads_for_loops<Program, Step>()) {
    work.loaded[Step] = to;
    if constexpr (std::is_same_v<Element, real>)
      if (rows.consecutive && work.rows.fills_groups() && from.scale == 1) {
        work.loaded[Step] = rows.data;  // they are what the loops want already
        return;
      }
  }
  load_rows_to<Program, Step, Arch>(rows, work.used(), keeps_lanes<Program> ? real(1) : real(from.scale), to);
}

/// Rows of any element type for a tile of one register. By value, and in memory of its own: what a call may
/// see has to be in memory, also where there is no such call.
template <class Program, int Step, class Arch>
[[gnu::noinline]] void convert_rows(column from, row_numbers rows, typename Program::real* to) noexcept {
  using real = typename Program::real;
  with_element<Program::columns, real>(from.type, [&](auto element) {
    using type = typename decltype(element)::type;
    load_rows_to<Program, Step, Arch>(rows.of<type, step_facts<Program, Step>::inputs>(from),
                                      Program::tile_rows, real(from.scale), to);
  });
}

/// Loads rows into a tile of one register: those of the kernel's own type as part of the steps that follow.
template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void load_one_register(const tile_work<Program>& work,
                                                     const column& from) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  if constexpr (keeps_lanes<Program>) {  // no others are given to it
    load_rows_of<Program, Step, Arch, real>(work, from);
  } else {
    if (from.type == element_of_type<real>) return load_rows_of<Program, Step, Arch, real>(work, from);
    if constexpr (loads_for_loops<Program, Step>()) work.loaded[Step] = work.result(facts::step.offset);
    alignas(cache_line) real converted[facts::inputs * Program::tile_rows];
    convert_rows<Program, Step, Arch>(from, work.rows, converted);
#pragma GCC unroll 16
    for (std::size_t k = 0; k < facts::inputs; ++k)
      simd::store_aligned(work.result(facts::step.offset) + k * Program::tile_rows,
                          simd::load_aligned<Arch>(converted + k * Program::tile_rows));
  }
}

/// Whether a program multiplies adjoints by rows as they lie.
template <class Program> constexpr bool adds_up_stored_rows() {
  for (const plan_step& step : Program::plan.steps)
    if (step.kind == step_kind::gradient_from_rows) return true;
  return false;
}

/// The rows whose order is known, this batch's and more, where a program reads rows as they lie.
template <class Program> std::size_t rows_foreseen(const row_selection& rows) noexcept {
  constexpr bool in_place = [] {
    for (const plan_step& step : Program::plan.steps)
      if (step.kind == step_kind::product_from_rows) return true;
    return false;
  }();
  return in_place ? rows.count + rows.upcoming : 0;
}

template <class Program, int Step, class Arch, class Element>
void product_of_rows(const tile_work<Program>& work, const column& from) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  product_from_rows<Arch, real, Element, facts::outputs, facts::inputs, Program::tile_rows, facts::layout>(
      facts::left(work), work.rows.template of<Element, facts::inputs>(from), real(from.scale),
      work.result(facts::step.offset));
}

template <class Program, int Step, class Arch, class Element>
void gradient_of_rows(const tile_work<Program>& work, const column& from) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  clear_operands<Program, Step>(work);
  weight_gradient_from_rows<Arch, real, Element, facts::outputs, facts::inputs, Program::tile_rows,
                            facts::layout>(
      facts::left(work), work.rows.template of<Element, facts::inputs>(from), real(from.scale),
      work.sums.matrices + facts::step.offset, work.onto);
}

/// A step that reads a column: the column's element type chooses the code.
template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void column_step(const tile_work<Program>& work) noexcept {
  using facts = step_facts<Program, Step>;
  const column& from = *work.step.columns[facts::step.symbol];
  if constexpr (is_one_register<Program> && facts::step.kind == step_kind::load_rows)
    load_one_register<Program, Step, Arch>(work, from);
  else if constexpr (reads_narrow_rows<Program> && facts::step.kind == step_kind::product_from_rows)
    multiply_narrow_rows<Program, Step>(work);
  else if constexpr (reads_narrow_rows<Program> && facts::step.kind == step_kind::gradient_from_rows)
    add_narrow_gradient<Program, Step>(work);
  else
    with_element<Program::columns, typename Program::real>(from.type, [&](auto element) {
      using type = typename decltype(element)::type;
      if constexpr (facts::step.kind == step_kind::load_rows)
        load_rows_of<Program, Step, Arch, type>(work, from);
      else if constexpr (facts::step.kind == step_kind::product_from_rows)
        product_of_rows<Program, Step, Arch, type>(work, from);
      else
        gradient_of_rows<Program, Step, Arch, type>(work, from);
    });
}

template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void product_step(const tile_work<Program>& work) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  const real* const left = facts::left(work);
  const real* const right = facts::right(work);
  real* const to = work.result(facts::step.offset);
  if constexpr (is_one_register<Program>)
    product_inline<Arch, real, facts::outputs, facts::inputs, Program::tile_rows, facts::layout>(left, right,
                                                                                                 to);
  else
    product<Arch, real, facts::outputs, facts::inputs, Program::tile_rows, facts::layout>(left, right, to);
}

template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void gradient_step(const tile_work<Program>& work) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  clear_operands<Program, Step>(work);
  const real* const left = facts::left(work);
  const real* const right = facts::right(work);
  real* const to = work.sums.matrices + facts::step.offset;
  if constexpr (is_one_register<Program>)
    weight_gradient_inline<Arch, real, facts::outputs, facts::inputs, Program::tile_rows, facts::layout>(
        left, right, to, work.onto);
  else
    weight_gradient<Arch, real, facts::outputs, facts::inputs, Program::tile_rows, facts::layout>(
        left, right, to, work.onto);
}

template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void loops_step(const tile_work<Program>& work) noexcept {
  constexpr plan_step step = Program::plan.steps[Step];
  const auto environment = work.environment();
  if constexpr (is_one_register<Program>)
    run_loops_inline<Program, step.first_loop, step.loop_count, Arch>(environment, Program::tile_rows);
  else
    run_loops<Program, step.first_loop, step.loop_count, Arch>(environment, work.used());
}

/// Sums of the registers that hold a tile's rows, each changed by `term`. Registers that are filled together
/// are summed apart, so that no addition waits for the one before.
template <class Program, class Arch, class Term>
[[gnu::always_inline]] inline auto sum_of_registers(const tile_work<Program>& work,
                                                    const typename Program::real* values,
                                                    const Term& term) noexcept {
  using real = typename Program::real;
  constexpr std::size_t count = lane_count<real, Arch>, apart = registers_filled<Program>();
  lanes<real, Arch> sums[apart];
#pragma GCC unroll 8
  for (std::size_t k = 0; k < apart; ++k) sums[k] = term(simd::load_aligned<Arch>(values + k * count));
  for (std::size_t t = apart * count; t < work.used(); t += apart * count)
#pragma GCC unroll 8
    for (std::size_t k = 0; k < apart; ++k)
      sums[k] = sums[k] + term(simd::load_aligned<Arch>(values + t + k * count));
#pragma GCC unroll 8
  for (std::size_t some = apart / 2; some > 0; some /= 2)
#pragma GCC unroll 8
    for (std::size_t k = 0; k < some; ++k) sums[k] = sums[k] + sums[k + some];
  return sums[0];
}

/// Sums a value of the tile over its rows, in double; whole registers of elements at once.
/// Rounds: lanes of one register row by row, every second or fourth register by itself, then these, then the
///         lanes, in the order of `simd::reduce`; tiles in double.
template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void row_mean_step(const tile_work<Program>& work) noexcept {
  using real = typename Program::real;
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr std::size_t height = Program::tile_rows, count = lane_count<real, Arch>;
  constexpr std::size_t outputs = std::size_t(step.outputs), whole = outputs / count * count;
  double* const sums = work.sums.numbers + (step.offset - Program::plan.matrix_elements);
  work.clear_padding(step.left.offset, outputs);
  const real* const from = work.result(step.left.offset);
  const auto add = [&](std::size_t i, real sum) __attribute__((always_inline)) {
    sums[i] = work.onto == accumulate::yes ? sums[i] + double(sum) : double(sum);
  };
  const auto sum = [&](std::size_t i) __attribute__((always_inline)) {
    const auto itself = [](auto value) __attribute__((always_inline)) { return value; };
    return sum_of_registers<Program, Arch>(work, from + i * height, itself);
  };
  const auto add_up = [&](auto i) __attribute__((always_inline)) {
    add(std::size_t(i), simd::sum_of_lanes(sum(std::size_t(i))));
  };
  if constexpr (is_one_register<Program> && outputs <= few_values) {
    looping::for_each_index<0, step.outputs>(add_up);
    return;
  }
  for (std::size_t i = 0; i < whole; i += count) {
    lanes<real, Arch> registers[count];
#pragma GCC unroll 32
    for (std::size_t k = 0; k < count; ++k) registers[k] = sum(i + k);
    alignas(cache_line) real totals[count];
    simd::store_aligned(totals, sums_of_lanes<real, Arch>(registers));
    for (std::size_t k = 0; k < count; ++k) add(i + k, totals[k]);
  }
  for (std::size_t i = whole; i < outputs; ++i) add_up(i);
}

template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void rows_step(const tile_work<Program>& work) noexcept {
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr std::size_t rows = Program::tile_rows;
  const auto environment = work.environment();
  if constexpr (step.kind == step_kind::load_rows || step.kind == step_kind::product_from_rows ||
                step.kind == step_kind::gradient_from_rows)
    column_step<Program, Step, Arch>(work);
  else if constexpr (step.kind == step_kind::product)
    product_step<Program, Step, Arch>(work);
  else if constexpr (step.kind == step_kind::contraction && contracting::has_blocks<Program, Step>())
    contract_rows<Program, Step, Arch>(environment);
  else if constexpr (step.kind == step_kind::contraction)
    run_contraction<Program, Step, rows, Arch>(environment);
  else if constexpr (step.kind == step_kind::contraction_mean)
    sum_contraction<Program, Step, Arch>(work);
  else if constexpr (step.kind == step_kind::reduction)
    run_reduction<Program, Step, rows, Arch>(environment);
  else if constexpr (step.kind == step_kind::scan)
    run_scan<Program, Step, rows, Arch>(environment);
  else if constexpr (step.kind == step_kind::placement)
    run_placement<Program, Step, rows, Arch>(environment);
  else if constexpr (step.kind == step_kind::label_mean)
    sum_at_labels<Program, Step>(work);
  else if constexpr (step.kind == step_kind::loops)
    loops_step<Program, Step, Arch>(work);
  else if constexpr (step.kind == step_kind::gradient && keeps_lanes<Program>)
    add_gradient_in_lanes<Program, Step, Arch>(work);
  else if constexpr (step.kind == step_kind::gradient)
    gradient_step<Program, Step, Arch>(work);
  else if constexpr (keeps_lanes<Program>)
    add_values_in_lanes<Program, Step, Arch>(work);
  else
    row_mean_step<Program, Step, Arch>(work);
}

/// The first of some numbers that is NaN or infinite, or `no_row`.
template <class Real>
[[nodiscard, gnu::cold, gnu::noinline, gnu::pure]] std::size_t first_not_finite(const Real* values,
                                                                                std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    if (!(values[i] - values[i] == 0)) return i;
  return no_row;
}

/// Notes the first row of a tile whose number is NaN or infinite. Whole registers are asked first, since all
/// is well in nearly every tile.
template <class Program>
[[gnu::always_inline]] inline void find_bad_row(const tile_work<Program>& work, int offset, std::size_t begin,
                                                std::size_t& bad) noexcept {
  using real = typename Program::real;
  using arch = typename Program::arch;
  constexpr std::size_t count = lane_count<real, arch>;
  const real* const values = work.result(offset);
  const auto nothing = [](auto value) __attribute__((always_inline)) { return value - value; };
  const auto doubt = sum_of_registers<Program, arch>(work, values, nothing);  // 0 if everything is finite
  if (simd::all(doubt == simd::broadcast<arch>(real(0))) || bad != no_row) return;
  std::size_t found = no_row;
  if constexpr (is_one_register<Program>) {
    alignas(cache_line) real copy[count];  // see convert_rows
    simd::store_aligned(copy, simd::load_aligned<arch>(values));
    found = first_not_finite(copy, work.rows.valid);
  } else {
    found = first_not_finite(values, work.rows.valid);
  }
  if (found != no_row) bad = begin + found;
}

template <class Program, int Output>
[[gnu::always_inline]] inline void find_bad_gradient(const tile_work<Program>& work,
                                                     std::size_t begin) noexcept {
  constexpr plan_output output = Program::plan.outputs[Output];
  if constexpr (output.of_rows && output.role == output_role::gradient) {
    if constexpr (is_written_once<Program>(output))
      if (work.streamed_from != no_row) {
        std::size_t& bad = work.sums.bad.gradient;
        if (*work.streamed_finite || bad != no_row) return;
        const std::size_t found = first_not_finite(work.step.outputs[Output] + begin, work.rows.valid);
        if (found != no_row) bad = begin + found;
        return;
      }
    for (int i = 0; i < output.extents.elements(); ++i)
      find_bad_row(work, output.at.offset + i, begin, work.sums.bad.gradient);
  }
}

/// Which of the sums kept in double adds up the loss of rows.
template <class Program> constexpr std::size_t sum_of_losses() {
  // From the last step on: what was in the place of the loss before was something else.
  for (std::size_t i = Program::plan.steps.size(); i-- > 0;) {
    const plan_step& step = Program::plan.steps[i];
    if (step.kind == step_kind::row_mean && step.outputs == 1 && step.left.where == storage::tile &&
        step.left.offset == Program::plan.loss_offset)
      return std::size_t(step.offset - Program::plan.matrix_elements);
  }
  return std::size_t(-1);
}

/// Notes rows whose loss, or gradient, is NaN or infinite. Where a sum of losses is finite, so is each.
template <class Program, std::size_t... Output>
[[gnu::always_inline]] inline void find_bad_rows(const tile_work<Program>& work, std::size_t begin,
                                                 std::index_sequence<Output...>) noexcept {
  if constexpr (Program::plan.loss_offset >= 0) {
    constexpr std::size_t sum = sum_of_losses<Program>();
    bool doubtful = true;
    if constexpr (sum != std::size_t(-1)) doubtful = !(work.sums.numbers[sum] - work.sums.numbers[sum] == 0);
    if (doubtful) find_bad_row(work, Program::plan.loss_offset, begin, work.sums.bad.loss);
  }
  (find_bad_gradient<Program, int(Output)>(work, begin), ...);
}

/// Whether the results of all rows are so many that no cache keeps them.
template <class Real> bool exceed_caches(std::size_t rows) noexcept {
  constexpr std::size_t bytes = std::size_t(1) << 23;
  return rows * sizeof(Real) >= bytes;
}

/// Whether a result may be written past the caches from this row on, if loops write it at all.
template <class Program, int Output>
bool begins_a_line(const step_data<typename Program::real>& step, std::size_t row) noexcept {
  if constexpr (is_written_once<Program>(Program::plan.outputs[Output]))
    return reinterpret_cast<std::uintptr_t>(step.outputs[Output] + row) % cache_line == 0;
  else
    return true;
}

/// Whether loops of a program write results past the caches, if they are large.
template <class Program, std::size_t... Output>
constexpr bool streams(std::index_sequence<Output...>) noexcept {
  return (is_written_once<Program>(Program::plan.outputs[Output]) || ...);
}

/// The first row of a tile of whole groups whose loops write large results past the caches, register by
/// register; or `no_row`.
template <class Program, std::size_t... Output>
std::size_t streamed_from(const step_data<typename Program::real>& step, std::size_t row,
                          const tile_rows<Program::tile_rows>& rows,
                          std::index_sequence<Output...>) noexcept {
  using real = typename Program::real;
  if constexpr (streams<Program>(std::index_sequence<Output...>{}))
    if (rows.fills_groups() && exceed_caches<real>(step.rows.count) &&
        (begins_a_line<Program, int(Output)>(step, row) && ...))
      return row;
  return no_row;
}

/// Copies row-level results from the tile to the user's memory: [row][element].
template <class Program, int Output>
void write_rows(const tile_work<Program>& work, std::size_t begin) noexcept {
  constexpr plan_output output = Program::plan.outputs[Output];
  if constexpr (output.of_rows && output.at.where == storage::tile) {
    if constexpr (is_written_once<Program>(output))
      if (work.streamed_from != no_row) return;
    constexpr std::size_t elements = std::size_t(output.extents.elements());
    const auto* const from = work.result(output.at.offset);
    auto* const to = work.step.outputs[Output] + begin * elements;
    if constexpr (elements == 1) {
      std::memcpy(to, from, work.rows.valid * sizeof(*to));
      return;
    }
    for (std::size_t row = 0; row < work.rows.valid; ++row)
      for (std::size_t i = 0; i < elements; ++i) to[row * elements + i] = from[i * Program::tile_rows + row];
  }
}

/// A step that runs once, in one lane: in a scan each element waits for the one before. Of placements only copies
/// of what lies side by side have an order that registers can follow.
template <class Program, int Step>
void single_lane_step(const step_data<typename Program::real>& data) noexcept {
  constexpr plan_step step = Program::plan.steps[Step];
  if constexpr (step.kind == step_kind::scan)
    run_scan<Program, Step, 1, scalar_arch>({&data});
  else
    run_placement<Program, Step, 1, scalar_arch>({&data});
  if constexpr (step.target == storage::output) once::check_output<Program, step.offset>(data);
}

/// A step that runs once.
template <class Program, int Step> void single_step(const step_data<typename Program::real>& data) noexcept {
  constexpr plan_step step = Program::plan.steps[Step];
  if constexpr (step.kind == step_kind::contraction || step.kind == step_kind::reduction)
    once::run_gathering<Program, Step>(data);
  else if constexpr (step.kind == step_kind::scan || step.kind == step_kind::placement)
    single_lane_step<Program, Step>(data);
  else if constexpr (step.kind == step_kind::loops)
    once::run_loops<Program, step.first_loop, step.loop_count>(data);
}

/// Some steps once, with what is repeated.
template <class Program, phase When>
void single_steps_repeated(const step_data<typename Program::real>& data) noexcept {
  repeating::step_numbers<Program> numbers;
  repeating::run_steps<Program, When, -1>(
      numbers,
      [&](auto which, int number) {
        begin_step<Program, decltype(which)::value, 1, scalar_arch>({&data}, number);
      },
      [&](auto which) {
        constexpr int index = decltype(which)::value;
        constexpr plan_step step = Program::plan.steps[index];
        if constexpr (step.kind == step_kind::move)
          run_move_inline<Program, index, 1, scalar_arch>({&data}, numbers.template of<index>());
        else if constexpr (step.kind == step_kind::repeat)
          run_in_registers<Program, index>(data, numbers);
        else if constexpr (step.kind == step_kind::loops && step.inside >= 0)
          once::run_loops_inline<Program, step.first_loop, step.loop_count>(data);
        else
          single_step<Program, index>(data);
      });
}

template <class Program, phase When>
[[gnu::always_inline]] inline void single_steps(const step_data<typename Program::real>& data) noexcept {
  if constexpr (repeating::repeats<Program>) return single_steps_repeated<Program, When>(data);
  looping::for_each_index<0, int(Program::plan.steps.size())>([&](auto step) {
    if constexpr (Program::plan.steps[step].when == When) single_step<Program, step>(data);
  });
}

template <class Program, int Output> struct output_access {
  static constexpr element_access value = Program::plan.outputs[Output].at;
};

/// Writes a column, or one number for all rows, where columns are in place.
template <class Where, class Arch, class Real>
void copy_in_place(const step_data<Real>& data, std::size_t begin, std::size_t end, Real* to) noexcept {
  constexpr int origin[max_rank] = {};
  loop_environment<Real> environment{&data, nullptr, begin};
  for (; environment.row < end; environment.row += lane_count<Real, Arch>)
    simd::store_aligned(to + environment.row, looping::read<Where, 0, 1, Arch>(environment, origin));
}

/// Whether whoever computes a result also writes it where the user wants it.
template <class Program, int Output> constexpr bool is_written_in_place() {
  constexpr plan_output output = Program::plan.outputs[Output];
  if (output.at.where == storage::output) return output.at.offset == Output;
  return output.at.where == storage::mean && output.at.offset >= Program::plan.large_begin &&
         output_of_large<Program>(output.at) == Output;
}

/// Copies a result of parameter level to the user's memory.
template <class Program, int Output> void write_once(const step_data<typename Program::real>& data) noexcept {
  constexpr plan_output output = Program::plan.outputs[Output];
  if constexpr (!output.of_rows && !is_written_in_place<Program, Output>()) {
    if constexpr (is_dense(output)) {
      const auto* const from =
          memory_of<output_access<Program, Output>, typename Program::real>(data, nullptr, 0);
      constexpr int elements = output.extents.elements();
      if constexpr (elements <= few_values)  // one by one, as they were made: a wider read would wait for all
        looping::for_each_index<0, elements>([&](auto i) { data.outputs[Output][i] = from[i]; });
      else
        std::memcpy(data.outputs[Output], from, std::size_t(elements) * sizeof(*from));
      return;
    }
    const loop_environment<typename Program::real> environment{&data};
    int at[max_rank] = {};
    auto* to = data.outputs[Output];
    looping::for_each_element<output.extents>(at, [&] {
      *to++ =
          looping::read<output_access<Program, Output>, output.extents.rank, 1, scalar_arch>(environment, at);
    });
  }
}

/// The steps of a tile, with what is repeated.
template <class Program> void run_repeated(const tile_work<Program>& work) noexcept {
  using arch = typename Program::arch;
  constexpr std::size_t rows = Program::tile_rows;
  repeating::step_numbers<Program> numbers;
  repeating::run_steps<Program, phase::rows, -1>(
      numbers,
      [&](auto which, int number) {
        begin_step<Program, decltype(which)::value, rows, arch>(work.environment(), number);
      },
      [&](auto which) {
        constexpr int index = decltype(which)::value;
        constexpr plan_step step = Program::plan.steps[index];
        constexpr int few = 4;  // elements
        if constexpr (step.kind == step_kind::move && step.letters.elements() <= few)
          run_move_inline<Program, index, rows, arch>(work.environment(), numbers.template of<index>());
        else if constexpr (step.kind == step_kind::move)
          run_move<Program, index, rows, arch>(work.environment(), numbers.template of<index>());
        else
          rows_step<Program, index, arch>(work);
      });
}

template <class Program, std::size_t... Output>
[[gnu::always_inline]] inline void run_tile(const tile_work<Program>& work, std::size_t begin,
                                            std::index_sequence<Output...>) noexcept {
  constexpr bool repeats = repeating::repeats<Program>;
  if constexpr (repeats) run_repeated(work);
  looping::for_each_index<0, int(Program::plan.steps.size())>([&](auto step) __attribute__((always_inline)) {
    constexpr plan_step what = Program::plan.steps[step];
    if constexpr (what.when == phase::rows && !repeats)
      rows_step<Program, step, typename Program::arch>(work);
    else if constexpr (what.when == phase::slices && what.kind != step_kind::label_mean)
      clear_operands<Program, step>(work);
  });
  (write_rows<Program, int(Output)>(work, begin), ...);
}

}  // namespace entry

}  // namespace fusegrad
