// SPDX-License-Identifier: BSL-1.0
// A step of few rows that cost little, as one function: four rows after four rows, all sums in registers until the
// last. What such a step waits for is the way from parameters to parameters, and what the processor can look ahead
// of it; so it has few instructions, and nothing on that way passes through memory.
#pragma once

#include <algorithm>
#include <cstddef>

#include "fusegrad/kernel/copied_rows.hpp"
#include "fusegrad/kernel/kernel.hpp"

namespace fusegrad {

/// The most that one operation of the rows of a program costs, in flops.
template <class Program> constexpr int flops_of_costliest() {
  int most = 0;
  for (const fused_loop& loop : Program::plan.loops)
    for (int i = loop.first; i < loop.first + loop.count && loop.when == phase::rows; ++i)
      most = std::max(most, Program::plan.operations[std::size_t(i)].op->flops);
  return most;
}

/// The same program for few rows, with tiles of one short register of them. Elementary functions are cheaper in wide
/// registers, once these are full.
template <class Program> struct few_rows_of : Program {
  using arch = short_arch<typename Program::real, typename Program::arch>;
  static constexpr bool keeps_lanes = true;
  static constexpr std::size_t tile_rows = lane_count<typename Program::real, arch>;
  static constexpr std::size_t most_rows = flops_of_costliest<Program>() < 10 ? 64 : 16;
};

namespace entry {

/// Whether few rows of a program are better computed like this. Costly rows are not, nor those that may not be copied.
template <class Program> constexpr bool suits_few_rows() {
  constexpr double little = 40;               // flops
  constexpr std::size_t most_numbers = 1024;  // of the rows, if they are copied
  const auto& plan = Program::plan;
  if (plan.flops_per_row > little || plan.large_elements > 0) return false;
  if (few_rows_of<Program>::most_rows * numbers_of_row<Program>() > most_numbers) return false;
  if (plan.mean_elements == 0 || plan.mean_elements > few_values) return false;
  if (!may_copy_rows<Program>() || has_results_of_rows<Program>()) return false;
  for (const plan_step& step : plan.steps)
    if (step.when == phase::rows && !is_inline(step)) return false;
  return true;
}

/// Sums over all rows of a step, four after four.
template <class Program>
[[gnu::always_inline]] inline void sum_few_rows(const step_data<typename Program::real>& data,
                                                typename Program::real* tile,
                                                sums_in_lanes<Program>& sums) noexcept {
  using real = typename Program::real;
  constexpr std::size_t height = Program::tile_rows;
  constexpr auto outputs = std::make_index_sequence<Program::plan.outputs.size()>{};
  block_sums<real> unused;
  const fusegrad::tile_rows<Program::most_rows, height> all(data.rows, 0, data.rows.count);
  for (std::size_t at = 0; at < all.valid; at += height) {
    const fusegrad::tile_rows<height> here(all, at);
    run_tile<Program>({data, here, tile, unused, accumulate::yes, no_row, nullptr, nullptr, &sums}, at,
                      outputs);
  }
}

}  // namespace entry

/// Runs a step of at most `most_rows` rows, whose columns are plain. Returns: whether the means over the rows are
/// finite; if they are not, the step should be run again by a kernel that finds the row.
/// Rounds:  lane l sums rows l, l + lanes, ...; then the lanes, in the order of `simd::reduce`; then the product with
///          one by the number of rows.
template <class Program>
[[nodiscard, gnu::always_inline]] inline bool run_few_rows(step_data<typename Program::real> data) noexcept {
  using real = typename Program::real;
  constexpr auto& plan = Program::plan;
  alignas(cache_line) real tile[std::size_t(plan.tile_elements) * Program::tile_rows + 1];
  alignas(cache_line) real shared[std::size_t(plan.shared_elements) + 1];
  entry::sums_in_lanes<Program> sums;
  alignas(cache_line) real means[sums.count + 1];
  data.shared = shared;
  data.means = means;
  kernel<Program>::before_rows(data);
  entry::sum_few_rows<Program>(data, tile, sums);
  if (!sums.add_up(real(1 / double(data.rows.count)), means)) return false;
  kernel<Program>::after_rows(data);
  return true;
}

/// The same for columns that are not plain.
template <class Program>
[[nodiscard, gnu::noinline]] bool run_copied_rows(const step_data<typename Program::real>& data) noexcept {
  const entry::copied_rows<Program> copied(data);
  return run_few_rows<Program>(copied.step());
}

}  // namespace fusegrad
