// SPDX-License-Identifier: BSL-1.0
// Sums over many rows of few features: a few rows are read, and all that is computed of them stays in registers,
// before the next few are read. What waits for memory then never stops: while some rows are computed, the
// processor has asked for the next ones.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "fusegrad/kernel/copied_rows.hpp"
#include "fusegrad/kernel/entry.hpp"

namespace fusegrad {

/// The same program with tiles of one short register of rows.
template <class Program> struct narrow_rows_of : Program {
  using wide_arch = typename Program::arch;
  using arch = shortest_arch<typename Program::real, wide_arch>;
  static constexpr bool keeps_lanes = true;
  static constexpr std::size_t tile_rows = lane_count<typename Program::real, arch>;
  static constexpr std::size_t most_rows = 64;  // whose sums stay in registers
};

namespace entry {

/// As many registers as may hold sums, or a row, and leave enough for the rest.
template <class Arch> inline constexpr std::size_t some_registers = register_count<Arch> / 4;

/// Flops of what a row needs besides the products with its stored numbers.
template <class Program> constexpr double flops_besides_products() {
  double flops = Program::plan.flops_per_row;
  for (const plan_step& step : Program::plan.steps)
    if (is_of_stored_rows(step)) flops -= 2.0 * step.outputs * step.inputs;
  return flops;
}

/// Whether a step reads rows longer than a cache line, which fit few registers.
template <class Real, class Arch> constexpr bool is_of_narrow_rows(const plan_step& step) {
  const std::size_t inputs = std::size_t(step.inputs);
  return is_of_stored_rows(step) && inputs * sizeof(Real) > cache_line &&
         std::size_t(step.outputs) * registers_of_row<Real, Arch>(inputs) <= some_registers<Arch> &&
         (!step.transposed || step.outputs == 1);
}

/// Whether the formula of a program bounds its memory, of which copied rows would be a part.
template <class Program> constexpr bool bounds_scratch() {
  if constexpr (requires { Program::target; })
    return Program::target.most_scratch > 0;
  else
    return false;
}

/// Whether the sums over the rows of a program are computed like this: where rows are read as they lie, are narrow, cost
/// little besides their products, and nothing is kept of them. Elementary functions are cheaper in wide registers.
template <class Program> constexpr bool suits_narrow_rows() {
  using real = typename Program::real;
  using arch = typename Program::arch;
  using narrow = narrow_rows_of<Program>;
  constexpr double little = double(some_registers<arch> * lane_count<real, typename narrow::arch>);  // flops
  constexpr std::size_t most_numbers = 256;  // of a row, if it is copied
  constexpr int most_values = 32;            // of a row
  const auto& plan = Program::plan;
  if (std::is_same_v<arch, scalar_arch> || Program::tile_rows <= lane_count<real, arch>) return false;
  if (!may_copy_rows<Program>() || has_results_of_rows<Program>() || bounds_scratch<Program>()) return false;
  if (repeating::repeats<Program> || plan.large_elements > 0 || sum_of_losses<Program>() == std::size_t(-1))
    return false;
  if (numbers_of_row<Program>() > most_numbers || plan.tile_elements > most_values) return false;
  const std::size_t gradients = registers_of_gradients<real, arch>(plan, plan.steps.size());
  if (gradients == 0 || gradients > some_registers<arch>) return false;
  if (flops_besides_products<Program>() > little) return false;
  int sums = plan.mean_elements;
  for (const plan_step& step : plan.steps) {
    if (step.when != phase::rows) continue;
    if (!is_inline(step) && !is_of_narrow_rows<real, arch>(step)) return false;
    if (step.kind == step_kind::gradient_from_rows) sums -= step.outputs * step.inputs;
  }
  return sums <= few_values;
}

/// The columns that a program reads as they lie.
template <class Program> constexpr auto stored_columns() {
  std::array<bool, Program::plan.symbols.size()> stored{};
  for (const plan_step& step : Program::plan.steps)
    if (is_of_stored_rows(step)) stored[std::size_t(step.symbol)] = true;
  return stored;
}

/// Notes where some rows lie in the columns that are read as they lie.
template <class Program>
[[gnu::always_inline]] inline void locate_rows(const tile_work<Program>& work) noexcept {
  using real = typename Program::real;
  looping::for_each_index<0, int(Program::plan.symbols.size())>([&](auto i) __attribute__((always_inline)) {
    if constexpr (stored_columns<Program>()[i]) {
      const auto rows =
          work.rows.row_numbers::template of<real, numbers_of_row<Program>(i)>(*work.step.columns[i]);
      looping::for_each_index<0, int(Program::tile_rows)>([&](auto t) __attribute__((always_inline)) {
        work.narrow->places[i][t] = rows.row(t);
      });
    }
  });
}

/// Asks for the rows of the next tile in the columns that are read as they lie: shuffled rows are unknown to the
/// processor until they are read.
template <class Program>
[[gnu::always_inline]] inline void fetch_rows(const step_data<typename Program::real>& data,
                                              const row_numbers& of) noexcept {
  using real = typename Program::real;
  looping::for_each_index<0, int(Program::plan.symbols.size())>([&](auto i) __attribute__((always_inline)) {
    if constexpr (stored_columns<Program>()[i]) {
      const auto rows = of.of<real, numbers_of_row<Program>(i)>(*data.columns[i]);
      constexpr std::size_t width = numbers_of_row<Program>(i);
      for (std::size_t t = 0; t < of.valid; ++t) {
        fetch<width>(rows.row(t), 0);
        __builtin_prefetch(rows.row(t) + width - 1, 0, 2);  // a row begins anywhere in a line
      }
    }
  });
}

/// Adds what the rows of a program have summed in registers to the sums of a block.
template <class Program>
[[gnu::always_inline]] inline void add_to_block(const narrow_work<Program>& narrow,
                                                const sums_in_lanes<Program>& in_lanes, accumulate onto,
                                                block_sums<typename Program::real>& to) noexcept {
  using real = typename Program::real;
  looping::for_each_index<0, int(Program::plan.steps.size())>([&](auto which) __attribute__((always_inline)) {
    constexpr plan_step step = Program::plan.steps[which];
    if constexpr (step.kind == step_kind::gradient_from_rows) {
      write_narrow_gradient<Program, which>(narrow, to, onto);
    } else if constexpr (step.kind == step_kind::gradient && step.when == phase::rows) {
      looping::for_each_index<0, step.outputs * step.inputs>([&](auto i) __attribute__((always_inline)) {
        real& place = to.matrices[step.offset + i];
        const real sum = simd::sum_of_lanes(in_lanes.at[step.offset + i]);
        place = onto == accumulate::yes ? place + sum : sum;
      });
    } else if constexpr (step.kind == step_kind::row_mean && step.when == phase::rows) {
      looping::for_each_index<0, step.outputs>([&](auto i) __attribute__((always_inline)) {
        double& place = to.numbers[step.offset - Program::plan.matrix_elements + i];
        const double sum = simd::sum_of_lanes(in_lanes.at[step.offset + i]);
        place = onto == accumulate::yes ? place + sum : sum;
      });
    }
  });
}

/// Runs the rows of a larger tile, and calls after(work, row) behind each few of them.
template <class Program, class After>
[[gnu::always_inline]] inline void run_narrow_rows(const step_data<typename Program::real>& data,
                                                   const row_numbers& all, sums_in_lanes<Program>& in_lanes,
                                                   narrow_work<Program>& narrow, After after) noexcept {
  using real = typename Program::real;
  constexpr std::size_t height = Program::tile_rows;
  constexpr auto outputs = std::make_index_sequence<Program::plan.outputs.size()>{};
  alignas(cache_line) real tile[std::size_t(Program::plan.tile_elements) * height + 1];
  block_sums<real> unused;
  for (std::size_t at = 0; at < all.valid; at += height) {
    const auto here = fusegrad::tile_rows<height>::part_of(all, at);
    const tile_work<Program> work{data,   here,    tile,    unused,    accumulate::yes,
                                  no_row, nullptr, nullptr, &in_lanes, &narrow};
    locate_rows<Program>(work);
    run_tile<Program>(work, at, outputs);
    after(work, at);
  }
}

/// Finds the first row of a tile whose loss is NaN or infinite, if there is one.
template <class Program>
[[gnu::noinline, gnu::cold]] void find_bad_narrow_row(const step_data<typename Program::real>& data,
                                                      const row_numbers& all, std::size_t begin,
                                                      std::size_t& bad) noexcept {
  sums_in_lanes<Program> in_lanes;
  narrow_work<Program> narrow;
  run_narrow_rows<Program>(
      data, all, in_lanes,
      narrow, [&](const tile_work<Program>& work, std::size_t row) __attribute__((always_inline)) {
        find_bad_row(work, Program::plan.loss_offset, begin + row, bad);
      });
}

/// Adds the rows of one tile to the sums of a block.
template <class Program>
[[gnu::always_inline]] inline void sum_narrow_tile(const step_data<typename Program::real>& data,
                                                   const row_numbers& all, std::size_t begin, accumulate onto,
                                                   block_sums<typename Program::real>& to) noexcept {
  sums_in_lanes<Program> in_lanes;
  narrow_work<Program> narrow;
  run_narrow_rows<Program>(data, all, in_lanes, narrow, [](const auto&, std::size_t) {});
  add_to_block<Program>(narrow, in_lanes, onto, to);
  const double losses = to.numbers[sum_of_losses<Program>()];
  if (!(losses - losses == 0) && to.bad.loss == no_row)
    find_bad_narrow_row<Program>(data, all, begin, to.bad.loss);
}

/// The same for columns that are not plain.
template <class Program>
[[gnu::noinline]] void sum_copied_tile(step_data<typename Program::real> data, std::size_t begin,
                                       std::size_t end, accumulate onto,
                                       block_sums<typename Program::real>& to) noexcept {
  const bool in_order = data.rows.index == nullptr;
  data.rows = {in_order ? nullptr : data.rows.index + begin, in_order ? data.rows.first + begin : 0,
               end - begin};
  const copied_rows<Program> copied(data);
  const auto step = copied.step();
  sum_narrow_tile<Program>(step, tile_rows<Program::most_rows, Program::tile_rows>(step.rows, 0, end - begin),
                           begin, onto, to);
}

}  // namespace entry

/// Sums over rows [begin, end) of the selection.
/// Rounds:  lane l of 64 rows sums rows l, l + lanes, ..., gradients of stored rows every second of them; then the lanes,
///          in the order of `simd::reduce`; then these sums of 64 rows, those of numbers in double.
template <class Program>
void sum_narrow_rows(const step_data<typename Program::real>& data, std::size_t begin, std::size_t end,
                     block_sums<typename Program::real>& sums) noexcept {
  constexpr std::size_t height = Program::most_rows;
  using numbered = tile_rows<height, Program::tile_rows>;
  const bool plain = entry::are_plain<Program>(data);
  // What lies in order, the processor fetches by itself.
  const std::size_t foreseen =
      plain && data.rows.index != nullptr ? entry::rows_foreseen<Program>(data.rows) : 0;
  for (std::size_t at = begin, next; at < end; at = next) {
    next = std::min(at + height, end);
    const auto onto = at == begin && !sums.begun ? accumulate::no : accumulate::yes;
    if (!plain) {
      entry::sum_copied_tile<Program>(data, at, next, onto, sums);
      continue;
    }
    entry::fetch_rows<Program>(data, numbered(data.rows, sums.row_after(next, end), foreseen));
    entry::sum_narrow_tile<Program>(data, numbered(data.rows.alone(), at, next), at, onto, sums);
  }
}

}  // namespace fusegrad
