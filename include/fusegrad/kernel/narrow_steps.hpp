// SPDX-License-Identifier: BSL-1.0
// Rows of few features, read as they lie: their products with parameters, and the gradients of these. A few rows
// lie in the lanes of a short register; each of them is read in order, through the widest registers there are.
#pragma once

#include <cstddef>

#include "fusegrad/kernel/step.hpp"
#include "fusegrad/kernel/transpose.hpp"

namespace fusegrad::entry {

/// Whether a step reads rows as they lie.
constexpr bool is_of_stored_rows(const plan_step& step) {
  return step.kind == step_kind::product_from_rows || step.kind == step_kind::gradient_from_rows;
}

/// Registers that hold a row's features, the last of them perhaps in part.
template <class Real, class Arch> constexpr std::size_t registers_of_row(std::size_t features) {
  return (features + lane_count<Real, Arch> - 1) / lane_count<Real, Arch>;
}

/// Registers that hold the gradients which the first steps of a plan add up from rows as they lie.
template <class Real, class Arch, class Plan>
constexpr std::size_t registers_of_gradients(const Plan& plan, std::size_t steps) {
  std::size_t registers = 0;
  for (std::size_t i = 0; i < steps; ++i) {
    const plan_step& step = plan.steps[i];
    if (step.kind == step_kind::gradient_from_rows)
      registers += std::size_t(step.outputs) * registers_of_row<Real, Arch>(std::size_t(step.inputs));
  }
  return registers;
}

/// Where some rows lie, and what they and those before have added up. Even rows and odd ones are summed apart, so
/// that fewer additions wait for the one before.
template <class Program> struct narrow_work {
  using real = typename Program::real;
  using wide = typename Program::wide_arch;
  static constexpr std::size_t rows = Program::tile_rows;
  static constexpr std::size_t symbols = Program::plan.symbols.size();
  static constexpr std::size_t registers =
      registers_of_gradients<real, wide>(Program::plan, Program::plan.steps.size());

  const real* places[symbols][rows];
  lanes<real, wide> sums[registers][2];

  [[gnu::always_inline]] narrow_work() noexcept {
    looping::for_each_index<0, int(registers)>([this](auto i) __attribute__((always_inline)) {
      sums[i][0] = sums[i][1] = simd::broadcast<wide>(real(0));
    });
  }

  /// The first register of the gradient that a step adds up.
  template <int Step>
  static constexpr std::size_t first = registers_of_gradients<real, wide>(Program::plan, std::size_t(Step));
};

/// Calls body<features>(register, first) for each register of a row; `features` of its lanes hold some.
template <class Program, int Step, class Body>
[[gnu::always_inline]] inline void for_each_register(Body body) noexcept {
  using facts = step_facts<Program, Step>;
  constexpr std::size_t count = lane_count<typename Program::real, typename Program::wide_arch>;
  constexpr std::size_t registers =
      registers_of_row<typename Program::real, typename Program::wide_arch>(facts::inputs);
  looping::for_each_index<0, int(registers)>([&](auto i) __attribute__((always_inline)) {
    constexpr std::size_t first = std::size_t(decltype(i)::value) * count;
    constexpr std::size_t left = facts::inputs - first;
    body.template operator()<(left < count ? left : count)>(std::size_t(i), first);
  });
}

/// out[m][t] = sum over k of W[m][k] * x[row t][k].
/// Rounds:  lane l sums k = l, l + lanes, ... ascending; lanes then pairwise: neighbours first, halves last.
template <class Program, int Step>
[[gnu::always_inline]] inline void multiply_narrow_rows(const tile_work<Program>& work) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  using wide = typename Program::wide_arch;
  using arch = typename Program::arch;
  constexpr std::size_t rows = Program::tile_rows;
  const auto& places = work.narrow->places[facts::step.symbol];
  looping::for_each_index<0, int(facts::outputs)>([&](auto m) __attribute__((always_inline)) {
    const real* const weights = facts::left(work) + std::size_t(m) * facts::inputs;
    lanes<real, wide> sums[rows];
    looping::for_each_index<0, int(rows)>([&](auto t) __attribute__((always_inline)) {
      auto sum = simd::broadcast<wide>(real(0));
      for_each_register<Program, Step>([&]<std::size_t Features>(
          std::size_t, std::size_t first) __attribute__((always_inline)) {
        sum = simd::fma(simd::load<wide, real, Features>(weights + first),
                        simd::load<wide, real, Features>(places[t] + first), sum);
      });
      simd::pin_in_order(sum);
      sums[t] = sum;
    });
    const auto sum = simd::sum_of_parts<arch>(sum_into_lanes<1, rows, real, wide>(sums));
    simd::store_aligned(work.result(facts::step.offset) + std::size_t(m) * rows, sum);
  });
}

/// Adds adjoint[m][t] * x[row t][k], of all rows t, to the gradient that a step adds up.
template <class Program, int Step>
[[gnu::always_inline]] inline void add_narrow_gradient(const tile_work<Program>& work) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  using wide = typename Program::wide_arch;
  constexpr std::size_t rows = Program::tile_rows;
  constexpr std::size_t first_register = narrow_work<Program>::template first<Step>;
  constexpr std::size_t registers = registers_of_row<real, wide>(facts::inputs);
  const auto& places = work.narrow->places[facts::step.symbol];
  work.clear_padding(facts::step.left.offset, facts::outputs);
  looping::for_each_index<0, int(facts::outputs)>([&](auto m) __attribute__((always_inline)) {
    const real* const adjoint = facts::left(work) + std::size_t(m) * rows;
    auto* const sums = work.narrow->sums + first_register + std::size_t(m) * registers;
    looping::for_each_index<0, int(rows)>([&](auto t) __attribute__((always_inline)) {
      const auto factor = simd::broadcast<wide>(adjoint[t]);
      for_each_register<Program, Step>([&]<std::size_t Features>(
          std::size_t i, std::size_t first) __attribute__((always_inline)) {
        auto& sum = sums[i][t % 2];
        sum = simd::fma(factor, simd::load<wide, real, Features>(places[t] + first), sum);
      });
    });
  });
}

/// Writes the gradient that a step has added up, or adds it to what is there.
template <class Program, int Step>
[[gnu::always_inline]] inline void write_narrow_gradient(const narrow_work<Program>& work,
                                                         block_sums<typename Program::real>& to,
                                                         accumulate onto) noexcept {
  using facts = step_facts<Program, Step>;
  using real = typename Program::real;
  using wide = typename Program::wide_arch;
  constexpr std::size_t registers = registers_of_row<real, wide>(facts::inputs);
  looping::for_each_index<0, int(facts::outputs)>([&](auto m) __attribute__((always_inline)) {
    for_each_register<Program, Step>([&]<std::size_t Features>(
        std::size_t i, std::size_t first) __attribute__((always_inline)) {
      const auto& sums =
          work.sums[narrow_work<Program>::template first<Step> + std::size_t(m) * registers + i];
      const auto sum = sums[0] + sums[1];
      real* const place = to.matrices + facts::step.offset + std::size_t(m) * facts::inputs + first;
      simd::store<Features>(place,
                            onto == accumulate::yes
                                ? simd::load<wide, real, Features>(static_cast<const real*>(place)) + sum
                                : sum);
    });
  });
}

}  // namespace fusegrad::entry
