// SPDX-License-Identifier: BSL-1.0
// A plan of fixed size: what the compiler leaves to the kernels as a constant.
#pragma once

#include <array>
#include <cstddef>

#include "fusegrad/graph/frozen.hpp"
#include "fusegrad/pass/plan.hpp"

namespace fusegrad {

/// How many entries each list of a plan has.
struct plan_sizes {
  std::size_t symbols, steps, loops, operations, accesses, payloads, outputs;
};

[[nodiscard]] constexpr plan_sizes sizes_of(const plan& of) {
  return {of.symbols.size(),  of.steps.size(),    of.loops.size(),  of.operations.size(),
          of.accesses.size(), of.payloads.size(), of.outputs.size()};
}

/// The contents of a plan in arrays.
template <plan_sizes Sizes> struct frozen_plan : plan_totals {
  std::array<symbol, Sizes.symbols> symbols{};
  std::array<layout, Sizes.symbols> column_layouts{};
  std::array<plan_step, Sizes.steps> steps{};
  std::array<fused_loop, Sizes.loops> loops{};
  std::array<loop_operation, Sizes.operations> operations{};
  std::array<element_access, Sizes.accesses> accesses{};
  std::array<attributes, Sizes.payloads> payloads{};
  std::array<plan_output, Sizes.outputs> outputs{};
};

namespace freezing {

/// Copies as much of a plan as a frozen one has room for.
template <plan_sizes Room> [[nodiscard]] constexpr frozen_plan<Room> pour_plan(const auto& from) {
  frozen_plan<Room> result;
  static_cast<plan_totals&>(result) = from;
  copy(from.symbols, result.symbols);
  copy(from.column_layouts, result.column_layouts);
  copy(from.steps, result.steps);
  copy(from.loops, result.loops);
  copy(from.operations, result.operations);
  copy(from.accesses, result.accesses);
  copy(from.payloads, result.payloads);
  copy(from.outputs, result.outputs);
  return result;
}

template <plan_sizes Room> struct plan_attempt {
  frozen_plan<Room> contents;
  plan_sizes needed;

  [[nodiscard]] constexpr bool fits() const {
    return needed.symbols <= Room.symbols && needed.steps <= Room.steps && needed.loops <= Room.loops &&
           needed.operations <= Room.operations && needed.accesses <= Room.accesses &&
           needed.payloads <= Room.payloads && needed.outputs <= Room.outputs;
  }
};

template <plan_sizes Room> [[nodiscard]] constexpr plan_attempt<Room> try_plan(const plan& from) {
  return {pour_plan<Room>(from), sizes_of(from)};
}

template <class Build, plan_sizes Room> inline constexpr auto first_plan = try_plan<Room>(Build{}());

}  // namespace freezing

/// The plan that `build()` returns, as a constant of exactly its size. `build` is a stateless callable.
/// Cost: `build` runs once if the plan of a graph of so many nodes and symbols is of the usual size, else
/// twice.
template <std::size_t Nodes, std::size_t Symbols, class Build>
[[nodiscard]] consteval auto freeze_plan(Build) {
  constexpr std::size_t few = 24, steps = Nodes > 2 * few ? Nodes * 11 / 20 : few;
  constexpr std::size_t outputs = few > Symbols ? few : Symbols + 1;
  constexpr const auto& guess =
      freezing::first_plan<Build, plan_sizes{Symbols, steps, steps, Nodes, Nodes / 4 + few, few, outputs}>;
  if constexpr (guess.fits())
    return freezing::pour_plan<guess.needed>(guess.contents);
  else
    return freezing::pour_plan<guess.needed>(Build{}());
}

}  // namespace fusegrad
