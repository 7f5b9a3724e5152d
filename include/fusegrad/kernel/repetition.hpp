// SPDX-License-Identifier: BSL-1.0
// What is repeated: steps of the plan several times, and the moves with which a repetition begins, goes on and
// ends. Values lie at the same place in every step; only moves know which one it is.
#pragma once

#include "fusegrad/kernel/placement.hpp"
#include "fusegrad/kernel/plain.hpp"

namespace fusegrad {

namespace repeating {

/// Whether a plan repeats anything.
template <class Program>
inline constexpr bool repeats = [] {
  for (const plan_step& step : Program::plan.steps)
    if (step.kind == step_kind::repeat) return true;
  return false;
}();

/// The number of the step that each `repeat` of a plan is at.
template <class Program> struct step_numbers {
  int at[Program::plan.steps.size()] = {};

  /// The one that a move counts with; 0 if it does not.
  template <int Step> [[nodiscard, gnu::always_inline]] int of() const noexcept {
    constexpr int counter = Program::plan.steps[Step].counter;
    if constexpr (counter >= 0)
      return at[counter];
    else
      return 0;
  }
};

/// Runs the steps of a phase: `one(step)` for each, those of a `repeat` as often as it says.
template <class Program, phase When, int Inside, class One, class Begin>
[[gnu::always_inline]] inline void run_steps(step_numbers<Program>& numbers, const Begin& begin,
                                             const One& one) noexcept {
  constexpr int first = Inside + 1;
  constexpr int last = Inside < 0 ? int(Program::plan.steps.size())
                                  : first + Program::plan.steps[std::size_t(Inside < 0 ? 0 : Inside)].body;
  looping::for_each_index<first, last - first>([&](auto which) __attribute__((always_inline)) {
    constexpr int index = decltype(which)::value;
    constexpr plan_step step = Program::plan.steps[index];
    if constexpr (step.inside == Inside && step.when == When) {
      if constexpr (step.kind == step_kind::repeat) {
        for (numbers.at[index] = 0; numbers.at[index] < step.times; ++numbers.at[index]) {
          begin(which, numbers.at[index]);
          run_steps<Program, When, index>(numbers, begin, one);
        }
      } else {
        one(which);
      }
    }
  });
}

}  // namespace repeating

/// Writes the number of the step where formulas read it.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::always_inline]] inline void begin_step(loop_environment<typename Program::real> in,
                                              int number) noexcept {
  using real = typename Program::real;
  constexpr int origin[max_rank] = {};
  placing::for_each_register<Rows, Arch>(
      in, [&]() __attribute__((always_inline)) {
        looping::write<step_letters::to_access<Program, Step>, 0, Rows, Arch>(
            in, origin, lanes<real, Arch>(real(number)));
      });
}

/// One move. The number of the step is the last coordinate, if it counts.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::always_inline]] inline void run_move_inline(loop_environment<typename Program::real> in,
                                                   int number) noexcept {
  using from = step_letters::left_access<Program, Step>;
  using to = step_letters::to_access<Program, Step>;
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr int rank = step.letters.rank + (step.counter >= 0 ? 1 : 0);
  int at[max_rank] = {};
  if constexpr (step.counter >= 0) at[step.letters.rank] = number;
  looping::for_each_element<step.letters>(
      at, [&]() __attribute__((always_inline)) {
        placing::for_each_register<Rows, Arch>(
            in, [&]() __attribute__((always_inline)) {
              looping::write<to, rank, Rows, Arch>(in, at, looping::read<from, rank, Rows, Arch>(in, at));
            });
      });
}

/// The same, as a call where many numbers are moved.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::noinline]] void run_move(loop_environment<typename Program::real> in, int number) noexcept {
  run_move_inline<Program, Step, Rows, Arch>(in, number);
}

}  // namespace fusegrad
