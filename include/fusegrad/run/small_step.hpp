// SPDX-License-Identifier: BSL-1.0
// Steps of few rows: on the caller's stack. Finding an executor and asking it through a table of functions
// would take longer than the work.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/few_rows.hpp"
#include "fusegrad/run/executor.hpp"
#include "fusegrad/run/sweeps.hpp"

namespace fusegrad {

/// Whether the memory of one tile, and all sums, may lie on the stack.
template <class Program> constexpr bool fits_on_stack() {
  constexpr std::size_t most_numbers = 4096;
  const auto& plan = Program::plan;
  return std::size_t(plan.tile_elements) * Program::tile_rows + std::size_t(plan.shared_elements) +
                 2 * std::size_t(plan.mean_elements) <=
             most_numbers &&
         plan.large_elements == 0;
}

/// The same program with tiles of one register of rows: the products of a tile are those of all its rows.
template <class Program> struct short_tile : Program {
  static constexpr std::size_t tile_rows = lane_count<typename Program::real, typename Program::arch>;
};

/// Whether steps of few rows have a kernel of their own: where a row costs little, one more kernel is compiled soon,
/// and the rows that pad a tile are most of the work.
template <class Program> constexpr bool has_kernel_of_few_rows() {
  constexpr double little = 100;  // flops
  return !entry::has_results_of_rows<Program>() && Program::earlier_sweeps == 0 &&
         Program::plan.flops_per_row < little && short_tile<Program>::tile_rows < Program::tile_rows &&
         fits_on_stack<short_tile<Program>>();
}

/// The means over the rows of a single block; false if one is NaN or infinite.
/// Rounds:  as an executor, which adds nothing to the sums of one block.
template <class Program>
[[gnu::always_inline]] inline bool means_of_block(const block_sums<typename Program::real>& sums,
                                                  std::size_t rows, typename Program::real* means) noexcept {
  using real = typename Program::real;
  constexpr int matrices = Program::plan.matrix_elements;
  constexpr int numbers = Program::plan.mean_elements - matrices;
  const double scale = 1 / double(rows);
  bool finite = true;
  if constexpr (matrices > few_values) {
    finite = combine_blocks<typename Program::arch>(sums.matrices, 0, 1, real(scale), means, 0,
                                                    std::size_t(matrices));
  } else {
    real doubt = 0;  // stays 0 while everything is finite
    looping::for_each_index<0, matrices>([&](auto i) __attribute__((always_inline)) {
      means[i] = sums.matrices[i] * real(scale);
      doubt += means[i] - means[i];
    });
    finite = doubt == 0;
  }
  double doubt = 0;
  const auto mean_of = [&](auto i) __attribute__((always_inline)) {
    means[matrices + i] = real(sums.numbers[i] * scale);
    doubt += sums.numbers[i] - sums.numbers[i];
  };
  if constexpr (numbers <= few_values)
    looping::for_each_index<0, numbers>(mean_of);
  else
    for (int i = 0; i < numbers; ++i) mean_of(i);
  return finite && doubt == 0;
}

/// Runs a program over one block of rows.
/// Rounds:  as an executor that has one block: the same bits.
template <class Program>
[[gnu::always_inline]] inline step_report run_on_stack(step_data<typename Program::real> data) noexcept {
  using real = typename Program::real;
  constexpr auto& plan = Program::plan;
  constexpr std::size_t matrices = std::size_t(plan.matrix_elements);
  constexpr std::size_t numbers = std::size_t(plan.mean_elements) - matrices;
  constexpr std::size_t alignment = aligned_memory<real>::alignment;
  alignas(alignment) real tile[std::size_t(plan.tile_elements) * Program::tile_rows + 1];
  alignas(alignment) real shared[std::size_t(plan.shared_elements) + 1];
  alignas(alignment) real means[std::size_t(plan.mean_elements) + 1];
  double sums_of_numbers[numbers + 1] = {};
  alignas(alignment) real sums_of_matrices[matrices + 1] = {};
  data.shared = shared;
  data.means = means;
  kernel<Program>::before_rows(data);
  block_sums<real> sums{.matrices = sums_of_matrices, .numbers = sums_of_numbers};
  if constexpr (entry::is_one_register<Program>)
    kernel<Program>::rows_inline(data, 0, data.rows.count, tile, sums);
  else
    kernel<Program>::rows(data, 0, data.rows.count, tile, sums);
  step_report report;
  report.set(sums.bad, data.rows);
  report.finite_gradient = means_of_block<Program>(sums, data.rows.count, means);
  kernel<Program>::after_rows(data);
  return report;
}

/// Tries to run a step of few rows, as a part of its caller: values stay in registers unless another call may look for
/// them in memory. Returns: whether there is a kernel for such a step, and its means are finite. If not, the step is
/// still to be run, by `step_runner::run_many`.
template <class Program>
[[nodiscard, gnu::always_inline]] inline bool try_few(
    const step_data<typename Program::real>& data) noexcept {
  if constexpr (!has_kernel_of_few_rows<Program>())
    return false;
  else if constexpr (entry::suits_few_rows<Program>())
    return data.rows.count <= few_rows_of<Program>::most_rows && entry::are_plain<Program>(data) &&
           run_few_rows<few_rows_of<Program>>(data);
  else
    return data.rows.count <= short_tile<Program>::tile_rows && run_on_stack<short_tile<Program>>(data).ok();
}

/// The same for a step of few rows whose columns have to be converted: the bits do not depend on their types.
template <class Program>
[[nodiscard, gnu::always_inline]] inline bool try_few_copied(
    const step_data<typename Program::real>& data) noexcept {
  if constexpr (has_kernel_of_few_rows<Program>() && entry::suits_few_rows<Program>())
    return data.rows.count <= few_rows_of<Program>::most_rows && !entry::are_plain<Program>(data) &&
           run_copied_rows<few_rows_of<Program>>(data);
  else
    return false;
}

/// Runs steps of a program: few rows by a kernel of their own, a single tile on the stack, more rows by an executor on
/// loan. Which of them it is
/// depends on the number of rows only, and so do the bits.
/// Cost:    as that of an executor; nothing is allocated or locked for a single tile.
template <class Program> class step_runner {
 public:
  using real = typename Program::real;

  explicit step_runner(executor_pool<real>& pool) : pool_(pool) {}

  [[gnu::always_inline]] step_report run(const step_data<real>& data) {
    if (try_few<Program>(data)) return {};
    return run_many(data);
  }

  /// The same for a step that `try_few` has refused.
  [[gnu::always_inline]] step_report run_many(const step_data<real>& data) {
    if constexpr (Program::earlier_sweeps > 0) {
      return run_sweeps<Program>(pool_, data);
    } else {
      if (try_few_copied<Program>(data)) return {};
      if constexpr (fits_on_stack<Program>())
        if (data.rows.count <= Program::tile_rows) return run_on_stack<Program>(data);
      return pool_.borrow(kernel<Program>::table)->run(data);
    }
  }

 private:
  executor_pool<real>& pool_;
};

}  // namespace fusegrad
