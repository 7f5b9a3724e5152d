// SPDX-License-Identifier: BSL-1.0
// The fused loops that run once per step: registers of elements along the last axis; one lane where they do
// not lie side by side.
#pragma once

#include "fusegrad/kernel/once_elements.hpp"

namespace fusegrad::once {

/// Whether one operation of a loop allows that elements along an axis of its domain fill the lanes.
template <class Program, int Operation> [[nodiscard]] constexpr bool operation_fills_lanes(int axis) {
  constexpr loop_operation what = Program::plan.operations[Operation];
  bool fills = true;
  for (int k = 0; k < what.arity; ++k)
    if (!what.from_register(k))
      fills = fills && lies_in_lanes(Program::plan.accesses[what.access_index(k)], axis);
  if constexpr (what.reduces)
    return fills && mergeable<operation_type<what.op>, typename Program::real>;
  else if constexpr (what.result >= 0)
    return fills && Program::plan.accesses[std::size_t(what.result)].stride[axis] == 1;
  else
    return fills;
}

/// Whether the last axis of a loop's domain can fill the lanes.
template <class Program, int Loop> [[nodiscard]] constexpr bool loop_fills_lanes() {
  constexpr fused_loop loop = Program::plan.loops[Loop];
  constexpr int last = loop.domain.rank - 1;
  if constexpr (last < 0)
    return false;
  else if constexpr (!fills_lanes<Program>(loop.domain[last]))
    return false;
  else
    return []<int... I>(std::integer_sequence<int, I...>) {
      return (operation_fills_lanes<Program, loop.first + I>(last) && ...);
    }
  (std::make_integer_sequence<int, loop.count>{});
}

/// Whether a loop gathers something over its elements: sums, or whether its results are finite.
template <class Program, int Loop> [[nodiscard]] constexpr bool gathers() {
  constexpr fused_loop loop = Program::plan.loops[Loop];
  bool found = loop.accumulators > 0;
  for (int i = loop.first; i < loop.first + loop.count; ++i) {
    const int result = Program::plan.operations[std::size_t(i)].result;
    found = found || (result >= 0 && Program::plan.accesses[std::size_t(result)].where == storage::output);
  }
  return found;
}

/// How many registers of elements a loop takes at once: several where it gathers something and has so little work
/// that each register would wait for what the one before has gathered.
template <class Program, int Loop> [[nodiscard]] constexpr int registers_of_elements() {
  constexpr int little_work = 16;  // operations on numbers, per element
  constexpr fused_loop loop = Program::plan.loops[Loop];
  int work = 0;
  for (int i = loop.first; i < loop.first + loop.count; ++i)
    work += Program::plan.operations[std::size_t(i)].op->flops;
  const bool several = gathers<Program, Loop>() && work <= little_work &&
                       loop.domain[loop.domain.rank - 1] >= registers_summed * lane_count_of<Program>;
  return several ? registers_summed : 1;
}

/// A loop whose elements fill lanes of one instruction set, some registers of them at once.
template <class Program, int Loop, class Arch, int AtOnce> struct element_loop {
  using real = typename Program::real;
  static constexpr fused_loop loop = Program::plan.loops[Loop];
  static constexpr int last = loop.domain.rank - 1;
  static constexpr int count = int(lane_count<real, Arch>);
  using accumulators = decltype(looping::accumulators_of<Program, Loop, lanes<real, Arch>>(
      std::make_index_sequence<std::size_t(loop.accumulators)>{}));

  /// What one of the registers at once gathers.
  struct passage {
    looping::element_environment<real, last, Arch> in;
    accumulators sums;
  };
  template <std::size_t... Side>
  [[gnu::always_inline]] static auto make_passages(const step_data<real>& step,
                                                   std::index_sequence<Side...>) noexcept {
    return std::tuple{((void)Side, passage{{&step}, {}})...};
  }
  static constexpr auto all = std::make_index_sequence<std::size_t(AtOnce)>{};
  // Separate objects: g++ keeps no array of them in registers.
  decltype(make_passages(std::declval<const step_data<real>&>(), all)) passages;

  [[gnu::always_inline]] explicit element_loop(const step_data<real>& step) noexcept
      : passages(make_passages(step, all)) {}

  /// Elements [begin, end) of the last axis, some registers at once: each operation for all of them.
  template <std::size_t... Side>
  [[gnu::always_inline]] void run(int* at, int begin, int end, std::index_sequence<Side...>) noexcept {
    for (int first = begin; first < end; first += count * int(sizeof...(Side))) {
      looping::registers<Program, Loop, Arch> held[sizeof...(Side)];
      looping::for_each_index<loop.first, loop.count>([&](auto which) __attribute__((always_inline)) {
        ((at[last] = first + count * int(Side),
          looping::execute<Program, Loop, decltype(which)::value>(held[Side], std::get<Side>(passages).sums,
                                                                  std::get<Side>(passages).in, at)),
         ...);
      });
    }
  }

  /// Elements [begin, end) of the last axis, whole registers.
  [[gnu::always_inline]] void run(int* at, int begin, int end) noexcept {
    const int blocks = begin + (end - begin) / (count * AtOnce) * (count * AtOnce);
    run(at, begin, blocks, all);
    if constexpr (AtOnce > 1) run(at, blocks, end, std::index_sequence<0>{});
  }

  /// What all registers have gathered with one reduction.
  template <int Slot> [[nodiscard, gnu::always_inline]] auto gathered() const noexcept {
    auto result = std::get<Slot>(std::get<0>(passages).sums);
    looping::for_each_index<1, AtOnce - 1>([&](auto side) __attribute__((always_inline)) {
      result.merge(std::get<Slot>(std::get<std::size_t(side)>(passages).sums));
    });
    return result;
  }

  /// 0 if all results were finite.
  [[nodiscard, gnu::always_inline]] real doubt() const noexcept {
    return simd::sum_of_lanes(
        std::apply([](const auto&... each) { return (each.in.doubt + ...); }, passages));
  }
};

/// Whether the last register of a row may begin early, over elements that the one before has written: nothing
/// is summed, and the same elements come out.
template <class Program, int Loop> [[nodiscard]] constexpr bool last_register_overlaps() {
  return Program::plan.loops[Loop].accumulators == 0;
}

/// One loop: along the last axis registers of elements, then the few that fill none.
template <class Program, int Loop>
[[gnu::always_inline]] inline void run_elements(const step_data<typename Program::real>& data) noexcept {
  using real = typename Program::real;
  using arch = typename Program::arch;
  constexpr fused_loop loop = Program::plan.loops[Loop];
  constexpr int extent = loop.domain[loop.domain.rank - 1];
  constexpr int whole = extent / lane_count_of<Program> * lane_count_of<Program>;
  const own_addresses<Program> own(data);
  element_loop<Program, Loop, arch, registers_of_elements<Program, Loop>()> registers(own.step);
  element_loop<Program, Loop, scalar_arch, 1> rest(own.step);
  int at[max_rank] = {};
  looping::for_each_element<but_last(loop.domain)>(
      at, [&]() __attribute__((always_inline)) {
        registers.run(at, 0, whole);
        if constexpr (whole < extent && last_register_overlaps<Program, Loop>())
          registers.run(at, extent - lane_count_of<Program>, extent);
        else if constexpr (whole < extent)
          rest.run(at, whole, extent);
      });
  looping::for_each_index<loop.first, loop.count>([&](auto which) __attribute__((always_inline)) {
    constexpr loop_operation what = Program::plan.operations[decltype(which)::value];
    if constexpr (what.reduces) {
      auto merged =
          merge_lanes<operation_type<what.op>, arch, real>(registers.template gathered<what.slot>());
      if constexpr (whole < extent) merged.merge(rest.template gathered<what.slot>());
      std::get<what.slot>(std::get<0>(rest.passages).sums) = merged;
    }
    looping::finish<Program, decltype(which)::value, scalar_arch>(std::get<0>(rest.passages).sums,
                                                                  std::get<0>(rest.passages).in);
  });
  report(data, registers.doubt() + rest.doubt());
}

/// One loop, with one lane.
template <class Program, int Loop>
[[gnu::always_inline]] inline void run_singly(const step_data<typename Program::real>& data) noexcept {
  using real = typename Program::real;
  real doubt = 0;
  run_loop<Program, Loop, scalar_arch>({{&data}, &doubt}, std::index_sequence<0>{});
  constexpr fused_loop loop = Program::plan.loops[Loop];
  looping::for_each_index<loop.first, loop.count>([&](auto which) __attribute__((always_inline)) {
    constexpr loop_operation what = Program::plan.operations[decltype(which)::value];
    if constexpr (what.result >= 0) {
      constexpr element_access result = Program::plan.accesses[std::size_t(what.result)];
      if constexpr (result.where == storage::output) check_output<Program, result.offset>(data);
    }
  });
}

/// The loops of a stage, one after the other.
template <class Program, int FirstLoop, int Count>
[[gnu::always_inline]] inline void run_loops_inline(const step_data<typename Program::real>& data) noexcept {
  [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    const auto run = [&]<int Loop>(std::integral_constant<int, Loop>) __attribute__((always_inline)) {
      if constexpr (loop_fills_lanes<Program, Loop>())
        run_elements<Program, Loop>(data);
      else
        run_singly<Program, Loop>(data);
    };
    (run(std::integral_constant<int, FirstLoop + int(I)>{}), ...);
  }
  (std::make_index_sequence<std::size_t(Count)>{});
}

template <class Program, int FirstLoop, int Count>
[[gnu::noinline]] void run_loops(const step_data<typename Program::real>& data) noexcept {
  run_loops_inline<Program, FirstLoop, Count>(data);
}

}  // namespace fusegrad::once
