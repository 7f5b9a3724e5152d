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

/// A loop whose elements fill lanes of one instruction set.
template <class Program, int Loop, class Arch> struct element_loop {
  using real = typename Program::real;
  static constexpr fused_loop loop = Program::plan.loops[Loop];
  static constexpr int last = loop.domain.rank - 1;
  static constexpr int count = int(lane_count<real, Arch>);
  using accumulators = decltype(looping::accumulators_of<Program, Loop, lanes<real, Arch>>(
      std::make_index_sequence<std::size_t(loop.accumulators)>{}));

  looping::element_environment<real, last, Arch> in;
  accumulators sums;

  /// Elements [begin, end) of the last axis.
  [[gnu::always_inline]] void run(int* at, int begin, int end) noexcept {
    for (at[last] = begin; at[last] < end; at[last] += count) {
      looping::registers<Program, Loop, Arch> held;
      looping::for_each_index<loop.first, loop.count>([&](auto which) __attribute__((always_inline)) {
        looping::execute<Program, Loop, decltype(which)::value>(held, sums, in, at);
      });
    }
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
  element_loop<Program, Loop, arch> registers{{&own.step}, {}};
  element_loop<Program, Loop, scalar_arch> rest{{&own.step}, {}};
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
      auto merged = merge_lanes<operation_type<what.op>, arch, real>(std::get<what.slot>(registers.sums));
      if constexpr (whole < extent) merged.merge(std::get<what.slot>(rest.sums));
      std::get<what.slot>(rest.sums) = merged;
    }
    looping::finish<Program, decltype(which)::value, scalar_arch>(rest.sums, rest.in);
  });
  report(data, simd::sum_of_lanes(registers.in.doubt) + rest.in.doubt);
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
