// SPDX-License-Identifier: BSL-1.0
// Sums over rows, of a few registers at a time, whose lanes are added up once, at the end.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/step.hpp"
#include "fusegrad/kernel/transpose.hpp"

namespace fusegrad::entry {

/// The sums over rows in the order of the means, each a register whose lanes are not yet added up.
template <class Program> struct sums_in_lanes {
  using real = typename Program::real;
  using arch = typename Program::arch;
  using value = lanes<real, arch>;
  static constexpr std::size_t sums_of_register = lane_count<real, arch>;
  static constexpr std::size_t registers =
      (std::size_t(Program::plan.mean_elements) + sums_of_register - 1) / sums_of_register;
  static constexpr std::size_t count = registers * sums_of_register;

  value at[count];

  [[gnu::always_inline]] sums_in_lanes() noexcept {
    looping::for_each_index<0, int(count)>([this](auto i) __attribute__((always_inline)) {
      at[i] = simd::broadcast<arch>(real(0));
    });
  }

  /// means[i] = scale * the sum of all lanes of at[i], which are destroyed; false if one is NaN or infinite.
  /// Shape:   `means` holds `count` numbers, aligned to registers.
  [[nodiscard, gnu::always_inline]] bool add_up(real scale, real* means) noexcept {
    const value zero = simd::broadcast<arch>(real(0)), scales = simd::broadcast<arch>(scale);
    value doubt = zero;  // stays 0 while everything is finite
    looping::for_each_index<0, int(registers)>([&](auto i) __attribute__((always_inline)) {
      constexpr std::size_t first = std::size_t(decltype(i)::value) * sums_of_register;
      const value mean = sums_of_lanes<real, arch>(at + first) * scales;
      simd::store_aligned(means + first, mean);
      doubt = doubt + (mean - mean);
    });
    return simd::all(doubt == zero);
  }
};

/// Adds the products of one register of rows to the sums that are a gradient.
template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void add_gradient_in_lanes(const tile_work<Program>& work) noexcept {
  using facts = step_facts<Program, Step>;
  constexpr bool by_output = facts::layout == weights_layout::outputs_by_inputs;
  clear_operands<Program, Step>(work);
  looping::for_each_index<0, int(facts::outputs * facts::inputs)>([&](
      auto place) __attribute__((always_inline)) {
    constexpr std::size_t i = std::size_t(decltype(place)::value);
    constexpr std::size_t m = by_output ? i / facts::inputs : i % facts::outputs;
    constexpr std::size_t k = by_output ? i % facts::inputs : i / facts::outputs;
    auto& sum = work.in_lanes->at[std::size_t(facts::step.offset) + i];
    sum = simd::fma(simd::load_aligned<Arch>(facts::left(work) + m * Program::tile_rows),
                    simd::load_aligned<Arch>(facts::right(work) + k * Program::tile_rows), sum);
  });
}

/// Adds one register of rows of a value to its sums.
template <class Program, int Step, class Arch>
[[gnu::always_inline]] inline void add_values_in_lanes(const tile_work<Program>& work) noexcept {
  constexpr plan_step step = Program::plan.steps[Step];
  work.clear_padding(step.left.offset, std::size_t(step.outputs));
  const auto* const from = work.result(step.left.offset);
  looping::for_each_index<0, step.outputs>([&](auto i) __attribute__((always_inline)) {
    auto& sum = work.in_lanes->at[step.offset + i];
    sum = sum + simd::load_aligned<Arch>(from + std::size_t(i) * Program::tile_rows);
  });
}

}  // namespace fusegrad::entry
