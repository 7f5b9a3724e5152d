// SPDX-License-Identifier: BSL-1.0
// A plan of fixed size: what the compiler leaves to the kernels as a constant.
#pragma once

#include <array>
#include <cstddef>

#include "fusegrad/pass/plan.hpp"

namespace fusegrad {

/// How many entries each list of a plan has.
struct plan_sizes {
  std::size_t symbols, steps, loops, operations, outputs;
};

[[nodiscard]] constexpr plan_sizes sizes_of(const plan& of) {
  return {of.symbols.size(), of.steps.size(), of.loops.size(), of.operations.size(), of.outputs.size()};
}

/// The contents of a plan in arrays.
template <plan_sizes Sizes> struct frozen_plan {
  std::array<symbol, Sizes.symbols> symbols{};
  std::array<layout, Sizes.symbols> column_layouts{};
  std::array<plan_step, Sizes.steps> steps{};
  std::array<fused_loop, Sizes.loops> loops{};
  std::array<loop_operation, Sizes.operations> operations{};
  std::array<plan_output, Sizes.outputs> outputs{};
  int tile_elements = 0;
  int shared_elements = 0;
  int matrix_elements = 0;
  int mean_elements = 0;
  int loss_offset = -1;
  int tile_registers = 1;
  double flops_per_row = 0;
  double flops_per_step = 0;
  double bytes_per_row = 0;
  problem trouble;
};

/// The plan that `build()` returns, as a constant. `build` is a stateless callable; it runs twice, once for
/// the sizes.
template <class Build> [[nodiscard]] consteval auto freeze_plan(Build build) {
  constexpr plan_sizes sizes = sizes_of(Build{}());
  const plan from = build();
  frozen_plan<sizes> result;
  const auto copy = [](const auto& source, auto& target) {
    for (std::size_t i = 0; i < target.size(); ++i) target[i] = source[i];
  };
  copy(from.symbols, result.symbols);
  copy(from.column_layouts, result.column_layouts);
  copy(from.steps, result.steps);
  copy(from.loops, result.loops);
  copy(from.operations, result.operations);
  copy(from.outputs, result.outputs);
  result.tile_elements = from.tile_elements;
  result.shared_elements = from.shared_elements;
  result.matrix_elements = from.matrix_elements;
  result.mean_elements = from.mean_elements;
  result.loss_offset = from.loss_offset;
  result.tile_registers = from.tile_registers;
  result.flops_per_row = from.flops_per_row;
  result.flops_per_step = from.flops_per_step;
  result.bytes_per_row = from.bytes_per_row;
  result.trouble = from.trouble;
  return result;
}

}  // namespace fusegrad
