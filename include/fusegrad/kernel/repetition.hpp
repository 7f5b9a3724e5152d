// SPDX-License-Identifier: BSL-1.0
// What is repeated: steps of the plan several times, and the moves with which a repetition begins, goes on and
// ends. Values lie at the same place in every step; only moves know which one it is. Where all of them are single
// numbers, their places are registers: each step would wait for what the one before wrote to memory.
#pragma once

#include "fusegrad/kernel/placement.hpp"
#include "fusegrad/kernel/plain.hpp"

namespace fusegrad {

namespace repeating {

/// Whether one step of a repetition computes single numbers, or moves one.
template <class Program> [[nodiscard]] constexpr bool is_of_single_numbers(const plan_step& step) {
  if (step.kind == step_kind::move) return step.letters.elements() == 1;
  if (step.kind != step_kind::loops) return false;
  for (int i = step.first_loop; i < step.first_loop + step.loop_count; ++i) {
    const fused_loop& loop = Program::plan.loops[std::size_t(i)];
    if (loop.domain.elements() != 1 || loop.accumulators != 0) return false;
  }
  return true;
}

/// Calls `visit` with each place that a repetition of single numbers writes in every step.
template <class Program, class Visit> constexpr void for_each_place(int repeat, Visit visit) {
  const auto& all = Program::plan;
  const auto visit_shared = [&](const element_access& place) {
    if (place.where == storage::shared) visit(place.offset + place.first);
  };
  visit_shared(all.steps[std::size_t(repeat)].to);
  for (int index = repeat + 1; index <= repeat + all.steps[std::size_t(repeat)].body; ++index) {
    const plan_step& step = all.steps[std::size_t(index)];
    const bool stacks = step.counter >= 0 && step.to.stride[step.letters.rank] != 0;
    if (step.kind == step_kind::move && !stacks) visit_shared(step.to);
    if (step.kind != step_kind::loops) continue;
    for (int i = step.first_loop; i < step.first_loop + step.loop_count; ++i) {
      const fused_loop& loop = all.loops[std::size_t(i)];
      for (int k = loop.first; k < loop.first + loop.count; ++k)
        if (const int result = all.operations[std::size_t(k)].result; result >= 0)
          visit_shared(all.accesses[std::size_t(result)]);
    }
  }
}

/// Whether a repetition that runs once, and none within it, is of single numbers: few enough for registers.
template <class Program, int Repeat> [[nodiscard]] constexpr bool fits_registers() {
  constexpr plan_step repeat = Program::plan.steps[Repeat];
  if (repeat.kind != step_kind::repeat || repeat.when == phase::rows) return false;
  constexpr int most = 64;
  int places = 0;
  for_each_place<Program>(Repeat, [&](int) { ++places; });
  bool fits = places <= most;
  for (int index = Repeat + 1; index <= Repeat + repeat.body; ++index)
    fits = fits && is_of_single_numbers<Program>(Program::plan.steps[std::size_t(index)]);
  return fits;
}

/// The places in shared memory that registers stand for, each once.
template <class Program, int Repeat> struct held_places {
  static constexpr std::size_t most = [] {
    std::size_t result = 0;
    for_each_place<Program>(Repeat, [&](int) { ++result; });
    return result;
  }();
  int offsets[most] = {};
  int count = 0;

  constexpr held_places() {
    for_each_place<Program>(Repeat, [&](int offset) {
      if (find(offset) < 0) offsets[count++] = offset;
    });
  }
  /// Which register stands for a place, or -1.
  [[nodiscard]] constexpr int find(int offset) const {
    for (int i = 0; i < count; ++i)
      if (offsets[i] == offset) return i;
    return -1;
  }
};

/// What the steps of such a repetition work on: numbers in registers, and memory for what stands outside.
template <class Program, int Repeat> struct held_environment {
  using real = typename Program::real;
  static constexpr held_places<Program, Repeat> places{};
  /// The register for an access, or -1.
  template <class Where>
  static constexpr int held = Where::value.where == storage::shared
                                  ? places.find(Where::value.offset + Where::value.first)
                                  : -1;

  loop_environment<real> memory;
  real numbers[std::size_t(places.count)];
};

template <class Where, int Rank, std::size_t Rows, class Arch, class Real, class Program, int Repeat>
[[gnu::always_inline]] inline Real read(const held_environment<Program, Repeat>& in, const int* at) noexcept {
  constexpr int held = held_environment<Program, Repeat>::template held<Where>;
  if constexpr (held >= 0)
    return in.numbers[held];
  else
    return looping::read<Where, Rank, Rows, Arch, Real>(in.memory, at);
}

template <class Where, int Rank, std::size_t Rows, class Arch, class Program, int Repeat>
[[gnu::always_inline]] inline void write(held_environment<Program, Repeat>& in, const int* at,
                                         typename Program::real value) noexcept {
  constexpr int held = held_environment<Program, Repeat>::template held<Where>;
  if constexpr (held >= 0)
    in.numbers[held] = value;
  else
    looping::write<Where, Rank, Rows, Arch>(in.memory, at, value);
}

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

/// Runs the steps of a phase: `one(step)` for each, those of a `repeat` as often as it says. One whose numbers
/// registers hold is a step like any other.
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
      if constexpr (step.kind == step_kind::repeat && !fits_registers<Program, index>()) {
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

/// One step of a repetition of single numbers.
template <class Program, int Step, int Repeat>
[[gnu::always_inline]] inline void run_held(repeating::held_environment<Program, Repeat>& in,
                                            int number) noexcept {
  using real = typename Program::real;
  constexpr plan_step step = Program::plan.steps[Step];
  int at[max_rank] = {};
  if constexpr (step.kind == step_kind::move) {
    constexpr int rank = step.letters.rank + (step.counter >= 0 ? 1 : 0);
    if constexpr (step.counter >= 0) at[step.letters.rank] = number;
    repeating::write<step_letters::to_access<Program, Step>, rank, 1, scalar_arch>(
        in, at,
        repeating::read<step_letters::left_access<Program, Step>, rank, 1, scalar_arch, real>(in, at));
  } else {
    looping::for_each_index<step.first_loop, step.loop_count>([&](auto loop) __attribute__((always_inline)) {
      constexpr int which = decltype(loop)::value;
      constexpr fused_loop body = Program::plan.loops[which];
      looping::registers<Program, which, scalar_arch> held;
      std::tuple<> sums;
      looping::for_each_index<body.first, body.count>([&](auto operation) __attribute__((always_inline)) {
        looping::execute<Program, which, decltype(operation)::value>(held, sums, in, at);
      });
    });
  }
}

/// A repetition of single numbers: in registers from its first step to its last.
template <class Program, int Repeat>
[[gnu::always_inline]] inline void run_in_registers(const step_data<typename Program::real>& data,
                                                    repeating::step_numbers<Program>& numbers) noexcept {
  using real = typename Program::real;
  using environment = repeating::held_environment<Program, Repeat>;
  constexpr plan_step repeat = Program::plan.steps[Repeat];
  constexpr int origin[max_rank] = {};
  environment in{{&data}, {}};
  looping::for_each_index<0, environment::places.count>([&](auto i) __attribute__((always_inline)) {
    in.numbers[i] = data.shared[environment::places.offsets[i]];
  });
  for (int& at = numbers.at[Repeat] = 0; at < repeat.times; ++at) {
    repeating::write<step_letters::to_access<Program, Repeat>, 0, 1, scalar_arch>(in, origin, real(at));
    looping::for_each_index<Repeat + 1, repeat.body>([&](auto step) __attribute__((always_inline)) {
      run_held<Program, decltype(step)::value>(in, numbers.template of<decltype(step)::value>());
    });
  }
  looping::for_each_index<0, environment::places.count>([&](auto i) __attribute__((always_inline)) {
    data.shared[environment::places.offsets[i]] = in.numbers[i];
  });
}

}  // namespace fusegrad
