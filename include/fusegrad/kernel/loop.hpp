// SPDX-License-Identifier: BSL-1.0
// Turns one fused loop of a plan into code: every operation once per element, intermediate values in
// registers. The lanes are rows; before and after the rows, where there is one "row" only, the same code runs
// with one lane.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "fusegrad/kernel/element.hpp"
#include "fusegrad/kernel/elementary.hpp"
#include "fusegrad/kernel/memory.hpp"
#include "fusegrad/kernel/random.hpp"
#include "fusegrad/kernel/simd.hpp"
#include "fusegrad/op/identity.hpp"
#include "fusegrad/op/math.hpp"
#include "fusegrad/pass/frozen_plan.hpp"

namespace fusegrad {

/// What a loop works on: the step's data and the tile. Rows that pad the last tile are computed like others.
/// Eight words, no more: g++ copies a larger one through memory, which costs a small step more than its work.
template <class Real> struct loop_environment {
  const step_data<Real>* step = nullptr;
  Real* tile = nullptr;
  std::size_t row = 0;  // first of the rows in the lanes: of the tile, or of all if columns are in place
  std::size_t streamed_from = no_row;  // if results are: the row, of the selection, that the tile begins with
  bool* streamed_finite = nullptr;     // becomes false if one of those is NaN or infinite
  const Real* const* loaded = nullptr;   // per step that loads rows for loops alone: where they are
  const row_numbers* numbers = nullptr;  // of the rows of the tile
  drawn_numbers<Real>* drawn = nullptr;  // where a loop keeps random numbers for the elements that follow
};

static_assert(sizeof(loop_environment<float>) <= 8 * sizeof(void*));

/// How many registers of rows a loop takes at once, so that none of its operations waits for the one before.
template <class Program> constexpr std::size_t registers_at_once() {
  constexpr std::size_t most_operations = 64;  // more have enough to do, and compile for long
  const bool several = Program::plan.light && Program::plan.operations.size() <= most_operations;
  const std::size_t count = several ? register_count<typename Program::arch> / 8 : 1;
  return Program::tile_rows % (count * lane_count<typename Program::real, typename Program::arch>) == 0
             ? count
             : 1;
}

/// Registers of rows that hold rows together: what the last of them pads is computed, too, so that it has to be
/// filled. Two where a tile has pairs of them, since stages may take two.
template <class Program> constexpr std::size_t registers_filled() {
  constexpr std::size_t two = 2 * lane_count<typename Program::real, typename Program::arch>;
  constexpr bool has_pairs = Program::columns != column_elements::in_place && Program::tile_rows % two == 0;
  return has_pairs && registers_at_once<Program>() == 1 ? 2 : registers_at_once<Program>();
}

/// Registers at once of one stage of loops: two if they need few, so that the sums and elementary functions of one
/// are computed while those of the other wait.
template <class Program, int FirstLoop, int Count> constexpr std::size_t registers_of_stage() {
  constexpr int most_operations = 48, most_numbers = 12;
  int operations = 0, numbers = 0;
  for (std::size_t i = FirstLoop; i < std::size_t(FirstLoop + Count); ++i) {
    const fused_loop& loop = Program::plan.loops[i];
    operations += loop.count;
    if (loop.numbers > numbers) numbers = loop.numbers;
  }
  return operations <= most_operations && numbers <= most_numbers ? registers_filled<Program>()
                                                                  : registers_at_once<Program>();
}

/// The step of a light program that loads a place in the tile, if only loops read it and nothing else is
/// written there: they may then read the rows where they lie. Else -1.
template <class Program> constexpr int loaded_by(const element_access& place) {
  if (place.where != storage::tile || !Program::plan.light) return -1;
  int found = -1;
  for (std::size_t i = 0; i < Program::plan.steps.size(); ++i) {
    const plan_step& step = Program::plan.steps[i];
    if (step.when != phase::rows) continue;
    if (step.kind == step_kind::row_mean && step.left.offset == place.offset) return -1;
    if (step.kind != step_kind::load_rows || step.offset > place.offset ||
        place.offset >= step.offset + step.inputs)
      continue;
    if (found >= 0 || step.inputs != 1) return -1;
    found = int(i);
  }
  for (const plan_output& each : Program::plan.outputs)
    if (each.at.where == storage::tile && each.at.offset == place.offset) return -1;
  for (const fused_loop& loop : Program::plan.loops)
    for (int i = loop.first; i < loop.first + loop.count; ++i) {
      const int result = Program::plan.operations[std::size_t(i)].result;
      if (result < 0) continue;
      const element_access& to = Program::plan.accesses[std::size_t(result)];
      if (to.where == storage::tile && to.offset <= place.offset &&
          place.offset < to.offset + loop.domain.elements())
        return -1;
    }
  return found;
}

/// Whether an output is a number for every row that one operation of a loop, and nothing else, writes to its
/// place in the tile, and that nothing reads there.
template <class Program> constexpr bool is_written_once(const plan_output& output) {
  if (!output.of_rows || output.extents.rank != 0 || output.at.where != storage::tile) return false;
  const auto is_here = [&](const element_access& place) {
    return place.where == storage::tile && place.offset == output.at.offset;
  };
  for (const plan_step& step : Program::plan.steps)
    if (step.when == phase::rows && (is_here(step.left) || is_here(step.right))) return false;
  int writers = 0;
  for (const fused_loop& loop : Program::plan.loops)
    for (int i = loop.first; i < loop.first + loop.count; ++i) {
      const loop_operation& each = Program::plan.operations[std::size_t(i)];
      for (int k = 0; k < each.arity; ++k)
        if (!each.from_register(k) && is_here(Program::plan.accesses[each.access_index(k)])) return false;
      if (each.result >= 0 && is_here(Program::plan.accesses[std::size_t(each.result)]))
        writers += loop.domain.rank == 0 && loop.when == phase::rows ? 1 : 2;
    }
  return writers == 1;
}

/// The output that a place in the tile is, if it is written once; else -1.
template <class Program> constexpr int output_at(const element_access& place) {
  for (std::size_t i = 0; i < Program::plan.outputs.size(); ++i) {
    const plan_output& each = Program::plan.outputs[i];
    if (place.where == storage::tile && each.at.offset == place.offset && is_written_once<Program>(each))
      return int(i);
  }
  return -1;
}

/// So few values that each is handled by itself: a loop would keep them in memory.
inline constexpr int few_values = 16;

namespace looping {

// Accesses are named by types: clang 19 cannot mangle a class with a double as template argument, and names
// stay short.

template <class Program, std::size_t Index> struct plan_access {
  static constexpr element_access value = Program::plan.accesses[Index];
  static constexpr int loaded = loaded_by<Program>(value);
};

/// The step that loads the rows which an access reads, or -1 if they are in the tile.
template <class Where> constexpr int step_that_loads() {
  if constexpr (requires { Where::loaded; })
    return Where::loaded;
  else
    return -1;
}

/// The element at some coordinates, seen through strides that the compiler knows.
template <class Where, std::size_t... Axis>
[[gnu::always_inline]] inline std::size_t element_at(const int* at, std::index_sequence<Axis...>) noexcept {
  return std::size_t((Where::value.first + ... + (at[Axis] * Where::value.stride[Axis])));
}

/// Where the memory that holds a value begins. Loops over one axis, element after element, move all addresses
/// at one speed; others do not, see `simd::opaque`.
template <class Where, int Rank, class Pointer>
[[gnu::always_inline]] inline Pointer memory_at(Pointer begin) noexcept {
  if constexpr (Rank == 0 || (Rank == 1 && (Where::value.stride[0] == 0 || Where::value.stride[0] == 1)))
    return begin;
  else
    return simd::opaque(begin);
}

/// Where the reduced elements stand: the same for all rows.
template <class Arch, class Real>
[[gnu::always_inline]] inline lanes<Real, Arch> positions(const loop_environment<Real>&,
                                                          int position) noexcept {
  return lanes<Real, Arch>(Real(position));
}

/// Draws random numbers, or takes what a loop has kept.
template <class Arch, class Real>
[[gnu::always_inline]] inline lanes<Real, Arch> read_random(const loop_environment<Real>& in,
                                                            std::size_t stream,
                                                            std::size_t element) noexcept {
  const std::uint32_t* const rows = in.numbers->index + in.row;
  if (in.drawn != nullptr)
    return random_numbers<Arch, Real>(in.step->random, rows, in.numbers->first, stream, element, *in.drawn);
  return random_numbers<Arch, Real>(in.step->random, rows, in.numbers->first, stream, element);
}

/// Whether a loop reads random numbers.
template <class Program> constexpr bool draws(const fused_loop& loop) {
  for (int i = loop.first; i < loop.first + loop.count; ++i) {
    const loop_operation& each = Program::plan.operations[std::size_t(i)];
    for (int k = 0; k < each.arity; ++k)
      if (!each.from_register(k) && Program::plan.accesses[each.access_index(k)].where == storage::random)
        return true;
  }
  return false;
}

/// Reads one value of the plan into the lanes.
template <class Where, int Rank, std::size_t TileRows, class Arch, class Real>
[[gnu::always_inline]] inline lanes<Real, Arch> read(const loop_environment<Real>& in,
                                                     const int* at) noexcept {
  using value = lanes<Real, Arch>;
  const std::size_t element = element_at<Where>(at, std::make_index_sequence<std::size_t(Rank)>{});
  constexpr std::size_t offset = std::size_t(Where::value.offset);
  if constexpr (Where::value.where == storage::number)
    return value(Real(Where::value.number));
  else if constexpr (Where::value.where == storage::position)
    return value(Real(element));
  else if constexpr (Where::value.where == storage::random)
    return read_random<Arch, Real>(in, offset, element);
  else if constexpr (Where::value.where == storage::parameter)
    return value(in.step->parameters[offset][element]);
  else if constexpr (Where::value.where == storage::shared)
    return value(memory_at<Where, Rank>(in.step->shared)[offset + element]);
  else if constexpr (Where::value.where == storage::mean)
    return value(in.step->means[offset + element]);
  else if constexpr (Where::value.where == storage::column)
    return simd::load_aligned<Arch>(static_cast<const Real*>(in.step->columns[offset]->data) + in.row);
  else if constexpr (Where::value.where == storage::output)
    return value(memory_at<Where, Rank>(in.step->outputs[offset])[element]);
  else if constexpr (step_that_loads<Where>() >= 0)
    return simd::load<Arch, Real>(in.loaded[step_that_loads<Where>()] + in.row);
  else
    return simd::load_aligned<Arch>(memory_at<Where, Rank>(static_cast<const Real*>(in.tile)) +
                                    (offset + element) * TileRows + in.row);
}

template <class Where, int Rank, std::size_t TileRows, class Arch, class Real>
[[gnu::always_inline]] inline void write(const loop_environment<Real>& in, const int* at,
                                         lanes<Real, Arch> value) noexcept {
  const std::size_t element = element_at<Where>(at, std::make_index_sequence<std::size_t(Rank)>{});
  constexpr std::size_t offset = std::size_t(Where::value.offset);
  if constexpr (Where::value.where == storage::shared)
    memory_at<Where, Rank>(in.step->shared)[offset + element] = value;
  else if constexpr (Where::value.where == storage::output)
    simd::store_aligned(memory_at<Where, Rank>(in.step->outputs[offset]) + element + in.row, value);
  else
    simd::store_aligned(memory_at<Where, Rank>(in.tile) + (offset + element) * TileRows + in.row, value);
}

/// The accumulators of a loop: one per reduction, in the order of their slots.
template <class Program, int Loop, class Value, std::size_t... Slot>
auto accumulators_of(std::index_sequence<Slot...>) {
  [[maybe_unused]] constexpr auto operation_at = [](std::size_t slot) {
    constexpr fused_loop loop = Program::plan.loops[Loop];
    for (int i = loop.first; i < loop.first + loop.count; ++i)
      if (Program::plan.operations[std::size_t(i)].reduces &&
          Program::plan.operations[std::size_t(i)].slot == int(slot))
        return std::size_t(i);
    return std::size_t(0);
  };
  return std::tuple<typename operation_type<
      Program::plan.operations[operation_at(Slot)].op>::template accumulator<Value>...>{};
}

/// The registers of one loop body.
template <class Program, int Loop, class Arch> struct registers {
  using real = typename Program::real;
  using value = lanes<real, Arch>;
  static constexpr fused_loop loop = Program::plan.loops[Loop];

  value numbers[loop.numbers == 0 ? 1 : loop.numbers];
  lane_mask<real, Arch> conditions[loop.conditions == 0 ? 1 : loop.conditions];
};

/// One operand: a register of this loop, or a value in memory.
template <class Program, int Loop, int Operation, int Operand, class Arch, class Environment>
[[gnu::always_inline]] inline auto operand(const registers<Program, Loop, Arch>& held, const Environment& in,
                                           const int* at) noexcept {
  constexpr loop_operation what = Program::plan.operations[Operation];
  constexpr bool condition = what.operand_kind[Operand] == value_kind::condition;
  if constexpr (what.from_register(Operand) && condition) {
    return held.conditions[what.source[Operand]];
  } else if constexpr (what.from_register(Operand)) {
    return held.numbers[what.source[Operand]];
  } else {
    using where = plan_access<Program, what.access_index(Operand)>;
    constexpr int rank = Program::plan.loops[Loop].domain.rank;
    const auto value = read<where, rank, Program::tile_rows, Arch, typename Program::real>(in, at);
    if constexpr (condition)
      return value != lanes<typename Program::real, Arch>(0);
    else
      return value;
  }
}

template <class Program, int Loop, int Operation, class Arch, class Environment, std::size_t... Operand>
[[gnu::always_inline]] inline auto compute(const registers<Program, Loop, Arch>& held, const Environment& in,
                                           const int* at, std::index_sequence<Operand...>) noexcept {
  constexpr loop_operation what = Program::plan.operations[Operation];
  constexpr attributes payload = payload_of(Program::plan, what);
  using op = operation_type<what.op>;
  if constexpr (requires {
                  op::value(payload, operand<Program, Loop, Operation, int(Operand)>(held, in, at)...);
                })
    return op::value(payload, operand<Program, Loop, Operation, int(Operand)>(held, in, at)...);
  else
    return op::value(operand<Program, Loop, Operation, int(Operand)>(held, in, at)...);
}

/// One operation at one element.
template <class Program, int Loop, int Operation, class Arch, class Accumulators, class Environment>
[[gnu::always_inline]] inline void execute(registers<Program, Loop, Arch>& held, Accumulators& sums,
                                           Environment& in, const int* at) noexcept {
  using real = typename Program::real;
  using value = lanes<real, Arch>;
  constexpr loop_operation what = Program::plan.operations[Operation];
  constexpr fused_loop loop = Program::plan.loops[Loop];
  if constexpr (what.reduces) {
    int position = 0;
    for (int axis = 0; axis < loop.domain.rank; ++axis) position = position * loop.domain[axis] + at[axis];
    std::get<what.slot>(sums).add(operand<Program, Loop, Operation, 0>(held, in, at),
                                  positions<Arch>(in, position));
  } else {
    const auto result =
        compute<Program, Loop, Operation>(held, in, at, std::make_index_sequence<std::size_t(what.arity)>{});
    if constexpr (what.kind == value_kind::condition)
      held.conditions[what.slot] = result;
    else
      held.numbers[what.slot] = result;
    if constexpr (what.result >= 0) {
      const value stored = [&] {
        if constexpr (what.kind == value_kind::condition)
          return math::choose(result, value(real(1)), value(real(0)));
        else
          return result;
      }();
      using place = plan_access<Program, std::size_t(what.result)>;
      constexpr int output = output_at<Program>(place::value);
      if constexpr (output >= 0) {
        // A tile's results at once would fill the queue of writes, so that the next tile waits for memory.
        if (in.streamed_from != no_row) {
          simd::stream(in.step->outputs[output] + in.streamed_from + in.row, stored);
          *in.doubt = simd::fma(stored, value(real(0)), *in.doubt);
          return;
        }
      }
      write<place, loop.domain.rank, Program::tile_rows, Arch>(in, at, stored);
    }
  }
}

/// Writes what a reduction has gathered.
template <class Program, int Operation, class Arch, class Accumulators, class Environment>
[[gnu::always_inline]] inline void finish(Accumulators& sums, Environment& in) noexcept {
  constexpr loop_operation what = Program::plan.operations[Operation];
  if constexpr (what.reduces && what.result >= 0) {
    using value = lanes<typename Program::real, Arch>;
    const value stored = std::get<what.slot>(sums).result();
    constexpr int origin[max_rank] = {};
    write<plan_access<Program, std::size_t(what.result)>, 0, Program::tile_rows, Arch>(in, origin, stored);
  }
}

/// Calls `body` with each index from First on, as a constant. In halves: clang nests no fold beyond 256 deep.
template <int First, int Count, class Body>
[[gnu::always_inline]] constexpr void for_each_index(Body&& body) noexcept {
  constexpr int most = 64;
  if constexpr (Count > most) {
    for_each_index<First, Count / 2>(body);
    for_each_index<First + Count / 2, Count - Count / 2>(body);
  } else {
    [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
      (body(std::integral_constant<int, First + I>{}), ...);
    }
    (std::make_integer_sequence<int, Count>{});
  }
}

/// Calls `body` at every coordinate of a domain, row-major.
template <tensor_shape Domain, int Axis = 0, class Body>
[[gnu::always_inline]] inline void for_each_element(int* at, Body&& body) noexcept {
  if constexpr (Axis == Domain.rank)
    body();
  else
    for (at[Axis] = 0; at[Axis] < Domain[Axis]; ++at[Axis]) for_each_element<Domain, Axis + 1>(at, body);
}

}  // namespace looping

namespace looping {

/// The rows of one register, and what stays 0 while results that are streamed are finite.
template <class Real, class Arch> struct row_environment : loop_environment<Real> {
  lanes<Real, Arch>* doubt;
};

/// One register of rows on its way through a loop.
template <class Program, int Loop, class Arch> struct passage {
  using real = typename Program::real;
  static constexpr std::size_t slots = std::size_t(Program::plan.loops[Loop].accumulators);
  using accumulators =
      decltype(accumulators_of<Program, Loop, lanes<real, Arch>>(std::make_index_sequence<slots>{}));

  row_environment<real, Arch> in;
  registers<Program, Loop, Arch> held;
  accumulators sums;
};

}  // namespace looping

/// Runs one fused loop for some registers of rows, side by side: each operation for all of them, so that none
/// waits for the one before.
template <class Program, int Loop, class Arch, std::size_t... Side>
[[gnu::always_inline]] inline void run_loop(const looping::row_environment<typename Program::real, Arch>& in,
                                            std::index_sequence<Side...>) noexcept {
  using real = typename Program::real;
  constexpr fused_loop loop = Program::plan.loops[Loop];
  constexpr bool draws = looping::draws<Program>(loop);
  [[maybe_unused]] drawn_numbers<real> drawn[draws ? sizeof...(Side) : 1];
  const auto beside = [&in, &drawn ](std::size_t side) __attribute__((always_inline)) {
    auto result = in;
    if (draws) result.drawn = &drawn[side];
    result.row += side * lane_count<real, Arch>;
    return result;
  };
  std::tuple passages{looping::passage<Program, Loop, Arch>{beside(Side), {}, {}}...};
  int at[max_rank] = {};
  looping::for_each_element<loop.domain>(
      at, [&]() __attribute__((always_inline)) {
        looping::for_each_index<loop.first, loop.count>([&](auto operation) __attribute__((always_inline)) {
          (looping::execute<Program, Loop, decltype(operation)::value>(
               std::get<Side>(passages).held, std::get<Side>(passages).sums, std::get<Side>(passages).in, at),
           ...);
        });
      });
  if constexpr (loop.accumulators > 0)
    looping::for_each_index<loop.first, loop.count>([&](auto operation) __attribute__((always_inline)) {
      (looping::finish<Program, decltype(operation)::value, Arch>(std::get<Side>(passages).sums,
                                                                  std::get<Side>(passages).in),
       ...);
    });
}

/// Runs a stage: its loops one after the other, for rows from `first.row` up to `end`, whole registers.
template <class Program, int FirstLoop, int Count, class Arch>
[[gnu::always_inline]] inline void run_loops_inline(const loop_environment<typename Program::real>& first,
                                                    std::size_t end) noexcept {
  using real = typename Program::real;
  constexpr std::size_t at_once = registers_of_stage<Program, FirstLoop, Count>();
  const auto zero = simd::broadcast<Arch>(real(0));
  auto doubt = zero;
  looping::row_environment<real, Arch> in{first, &doubt};
  const auto stage = [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    (run_loop<Program, FirstLoop + int(I), Arch>(in, std::make_index_sequence<at_once>{}), ...);
  };
  for (; in.row < end; in.row += at_once * lane_count<real, Arch>)
    stage(std::make_index_sequence<std::size_t(Count)>{});
  if (in.streamed_from != no_row && !simd::all(doubt == zero)) *in.streamed_finite = false;
}
template <class Program, int FirstLoop, int Count, class Arch>
[[gnu::noinline]] void run_loops(loop_environment<typename Program::real> in, std::size_t end) noexcept {
  run_loops_inline<Program, FirstLoop, Count, Arch>(in, end);
}

}  // namespace fusegrad
