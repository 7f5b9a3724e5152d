// SPDX-License-Identifier: BSL-1.0
// Turns a plan into four functions: what runs before the rows, for a block of rows, for a slice of the large
// gradients, and after the rows.
#pragma once

#include "fusegrad/kernel/entry.hpp"
#include "fusegrad/kernel/narrow_rows.hpp"

namespace fusegrad {

/// The functions of one program.
/// A program is a type with `plan` (a frozen plan), `real`, `arch`, `columns` and `tile_rows`.
template <class Program> struct kernel {
  using real = typename Program::real;
  using arch = typename Program::arch;
  static constexpr int steps = int(Program::plan.steps.size());
  static constexpr auto outputs = std::make_index_sequence<Program::plan.outputs.size()>{};

  static void before_rows(const step_data<real>& data) noexcept {
    entry::single_steps<Program, phase::before_rows>(data);
  }

  /// Rows [begin, end) of the selection; `tile` is memory for one tile.
  static void rows(const step_data<real>& data, std::size_t begin, std::size_t end, real* tile,
                   block_sums<real>& sums) noexcept {
    rows_inline(data, begin, end, tile, sums);
  }
  [[gnu::always_inline]] static void rows_inline(const step_data<real>& data, std::size_t begin,
                                                 std::size_t end, real* tile,
                                                 block_sums<real>& sums) noexcept {
    if constexpr (Program::columns == column_elements::in_place)
      rows_in_place(data, begin, end);
    else if constexpr (entry::suits_narrow_rows<Program>())
      sum_narrow_rows<narrow_rows_of<Program>>(data, begin, end, sums);
    else
      rows_through_tiles(data, begin, end, tile, sums);
  }

  static void after_rows(const step_data<real>& data) noexcept {
    entry::single_steps<Program, phase::after_rows>(data);
    write_outputs(data, outputs);
  }

  static constexpr kernel_table<real> table{int(Program::tile_rows),
                                            Program::plan.tile_elements,
                                            Program::plan.shared_elements,
                                            Program::plan.matrix_elements,
                                            Program::plan.mean_elements,
                                            Program::plan.large_begin,
                                            Program::plan.large_elements,
                                            slicing::slice_count<Program>(),
                                            Program::plan.flops_per_row,
                                            simd::name_of<arch>(),
                                            before_rows,
                                            rows,
                                            slicing::run_slice<Program>,
                                            after_rows,
                                            combine_blocks<arch, real>};

 private:
  [[gnu::always_inline]] static void rows_through_tiles(const step_data<real>& data, std::size_t begin,
                                                        std::size_t end, real* tile,
                                                        block_sums<real>& sums) noexcept {
    constexpr std::size_t height = Program::tile_rows;
    const std::size_t foreseen = entry::rows_foreseen<Program>(data.rows);
    const row_selection own = entry::adds_up_stored_rows<Program>() ? data.rows.alone() : data.rows;
    bool streamed_finite = true;
    const real* loaded[Program::plan.light ? steps : 1];
    for (std::size_t at = begin, next; at < end; at = next) {
      next = tile_rows<height>::after(at, end);
      tile_rows<height> here(own, at, std::min(next, end));
      const tile_rows<height> later(data.rows, sums.row_after(next, end), foreseen);
      if (later.valid > 0) here.next = &later;
      const entry::tile_work<Program> work{data,
                                           here,
                                           tile,
                                           sums,
                                           at == begin && !sums.begun ? accumulate::no : accumulate::yes,
                                           entry::streamed_from<Program>(data, at, here, outputs),
                                           &streamed_finite,
                                           loaded};
      entry::run_tile<Program>(work, at, outputs);
      entry::find_bad_rows(work, at, outputs);
    }
    if constexpr (entry::streams<Program>(outputs)) simd::end_of_streams();
  }

  [[gnu::always_inline]] static void rows_in_place(const step_data<real>& data, std::size_t begin,
                                                   std::size_t end) noexcept {
    looping::for_each_index<0, steps>([&](auto which) {
      constexpr plan_step step = Program::plan.steps[which];
      if constexpr (step.when == phase::rows) {
        static_assert(step.kind == step_kind::loops, "formulas of single numbers are loops");
        run_loops_inline<Program, step.first_loop, step.loop_count, arch>({&data, nullptr, begin}, end);
      }
    });
    static_assert(outputs.size() == 1, "a rule has one result");
    using output = entry::output_access<Program, 0>;
    if constexpr (output::value.where != storage::output)  // no loop has computed it
      entry::copy_in_place<output, arch>(data, begin, end, data.outputs[0]);
  }

  template <std::size_t... Output>
  static void write_outputs(const step_data<real>& data, std::index_sequence<Output...>) noexcept {
    (entry::write_once<Program, int(Output)>(data), ...);
  }
};

}  // namespace fusegrad
