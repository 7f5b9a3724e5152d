// SPDX-License-Identifier: BSL-1.0
// The contractions and reductions that run once per step: registers of results, or of what is summed; one
// lane where neither lies side by side.
#pragma once

#include <algorithm>

#include "fusegrad/kernel/once_elements.hpp"

namespace fusegrad::once {

/// A contraction as an operation that gathers: products, added up.
struct sum_of_products {
  template <class Value> struct accumulator {
    Value total = Value(0);
    void add(Value left, Value right) { total = simd::fma(left, right, total); }
    void merge(const accumulator& other) { total = total + other.total; }
    [[nodiscard]] Value result() const { return total; }
  };
};

template <class Program, int Step> constexpr auto gathering_operation() {
  constexpr plan_step step = Program::plan.steps[Step];
  if constexpr (step.kind == step_kind::contraction)
    return sum_of_products{};
  else
    return operation_type<step.op>{};
}

/// Which letter of a contraction or a reduction fills the lanes: the last of the result, so that a register
/// holds as many results; the last that is summed, whose lanes are then put together; or none.
enum class filled { nothing, result, summed };

template <class Program, int Step> struct gathering {
  using real = typename Program::real;
  using arch = typename Program::arch;
  using operation = decltype(gathering_operation<Program, Step>());
  template <class Arch> using accumulator = typename operation::template accumulator<lanes<real, Arch>>;
  static constexpr plan_step step = Program::plan.steps[Step];
  static constexpr tensor_shape outer = step_letters::letters_of<Program, Step, false>();
  static constexpr tensor_shape inner = step_letters::letters_of<Program, Step, true>();
  static constexpr int last_outer = outer.rank - 1;
  static constexpr int last_inner = step.letters.rank - 1;
  static constexpr bool product = step.kind == step_kind::contraction;

  /// The result, in the order of its elements.
  struct target {
    static constexpr element_access value = [] {
      element_access result;
      result.where = step.target;
      result.offset = step.offset;
      for (int axis = 0; axis < outer.rank; ++axis) result.stride[axis] = outer.stride(axis);
      return result;
    }();
  };

  static constexpr bool fills(int letter) {
    return letter >= 0 && fills_lanes<Program>(step.letters[letter]) && lies_in_lanes(step.left, letter) &&
           (!product || lies_in_lanes(step.right, letter));
  }
  static constexpr filled by = fills(last_outer) ? filled::result
                               : inner.rank > 0 && mergeable<operation, real>&& fills(last_inner)
                                   ? filled::summed
                                   : filled::nothing;
  static constexpr int axis = by == filled::result   ? last_outer
                              : by == filled::summed ? last_inner
                                                     : max_rank;
  template <class Arch> using environment = looping::element_environment<real, axis, Arch>;

  /// Takes one register of elements in.
  template <class Arch>
  [[gnu::always_inline]] static void add(accumulator<Arch>& to, const environment<Arch>& in,
                                         const int* at) noexcept {
    constexpr int rank = step.letters.rank;
    const auto left = looping::read<step_letters::left_access<Program, Step>, rank, 1, Arch, real>(in, at);
    if constexpr (product) {
      to.add(left, looping::read<step_letters::right_access<Program, Step>, rank, 1, Arch, real>(in, at));
    } else {
      int position = 0;
      for (int letter = outer.rank; letter < rank; ++letter)
        position = position * step.letters[letter] + at[letter];
      if constexpr (by == filled::summed)
        to.add(left, looping::positions<Arch>(in, position));
      else
        to.add(left, lanes<real, Arch>(real(position)));
    }
  }

  template <class Arch>
  [[gnu::always_inline]] static void write(const step_data<real>& data, const int* at,
                                           lanes<real, Arch> result) noexcept {
    environment<Arch> in{&data};
    looping::write<target, outer.rank, 1, Arch, real>(in, at, result);
  }
};

/// Results that one pass over the operands finds: as many registers of them as accumulators may fill, in passes
/// of one size.
template <class Of> struct passes {
  using arch = typename Of::arch;
  static constexpr int lanes = int(lane_count<typename Of::real, arch>);
  static constexpr int registers = (Of::outer[Of::last_outer] + lanes - 1) / lanes;
  static constexpr int of_accumulator =
      int(sizeof(typename Of::template accumulator<arch>) / sizeof(fusegrad::lanes<typename Of::real, arch>));
  static constexpr int most = std::max(int(register_count<arch>) * 3 / 4 / of_accumulator, 1);
  static constexpr int count = (registers + most - 1) / most;
  static constexpr int width = (registers + count - 1) / count;
};

/// Results along the last letter of the result, as many registers at once, from `first` on. None reaches beyond
/// the last result: the last registers rather begin early, and find the same as those before.
template <class Of, std::size_t... Register>
[[gnu::always_inline]] inline void gather_results(const step_data<typename Of::real>& data, int* at,
                                                  int first, std::index_sequence<Register...>) noexcept {
  using arch = typename Of::arch;
  constexpr int count = passes<Of>::lanes, last = Of::last_outer;
  const auto begin = [&](int which) { return std::min(first + count * which, Of::outer[last] - count); };
  const typename Of::template environment<arch> in{&data};
  typename Of::template accumulator<arch> gathered[sizeof...(Register)];
  looping::for_each_element<Of::inner>(
      at + Of::outer.rank, [&]() __attribute__((always_inline)) {
        ((at[last] = begin(int(Register)), Of::template add<arch>(gathered[Register], in, at)), ...);
      });
  ((at[last] = begin(int(Register)), Of::template write<arch>(data, at, gathered[Register].result())), ...);
}

template <class Of>
[[gnu::always_inline]] inline void gather_by_results(const step_data<typename Of::real>& data) {
  using pass = passes<Of>;
  int at[max_rank] = {};
  looping::for_each_element<but_last(Of::outer)>(at, [&] {
    for (int first = 0; first < Of::outer[Of::last_outer]; first += pass::width * pass::lanes)
      gather_results<Of>(data, at, first, std::make_index_sequence<std::size_t(pass::width)>{});
  });
}

/// How elements are divided: blocks of registers, then what is left.
template <class Of, int Extent> struct division {
  static constexpr int lanes = int(lane_count<typename Of::real, typename Of::arch>);
  static constexpr int blocks = Extent / (lanes * registers_summed) * (lanes * registers_summed);
  static constexpr int whole = Extent / lanes * lanes;
  static constexpr int rest_in_registers = (whole - blocks) / lanes;
};

/// Takes as many registers in, along the last letter that is summed, from `first` on.
template <class Of, std::size_t... Register>
[[gnu::always_inline]] inline void add_registers(auto& gathered, const auto& in, int* at, int first,
                                                 std::index_sequence<Register...>) noexcept {
  using arch = typename Of::arch;
  constexpr int count = int(lane_count<typename Of::real, arch>);
  ((at[Of::last_inner] = first + count * int(Register), Of::template add<arch>(gathered[Register], in, at)),
   ...);
}

template <class Of>
[[gnu::always_inline]] inline void gather_by_elements(const step_data<typename Of::real>& data) {
  using arch = typename Of::arch;
  constexpr int extent = Of::inner[Of::inner.rank - 1], last = Of::last_inner;
  using divided = division<Of, extent>;
  constexpr int registers = divided::blocks > 0 ? registers_summed : divided::rest_in_registers;
  int at[max_rank] = {};
  looping::for_each_element<Of::outer>(at, [&] {
    const typename Of::template environment<arch> in{&data};
    const typename Of::template environment<scalar_arch> in_rest{&data};
    typename Of::template accumulator<arch> gathered[registers];
    typename Of::template accumulator<scalar_arch> rest;
    looping::for_each_element<but_last(Of::inner)>(
        at + Of::outer.rank, [&]() __attribute__((always_inline)) {
          if constexpr (divided::blocks > 0)
            for (int first = 0; first < divided::blocks; first += divided::lanes * registers_summed)
              add_registers<Of>(gathered, in, at, first,
                                std::make_index_sequence<std::size_t(registers_summed)>{});
          if constexpr (divided::rest_in_registers > 0)
            add_registers<Of>(gathered, in, at, divided::blocks,
                              std::make_index_sequence<std::size_t(divided::rest_in_registers)>{});
          for (at[last] = divided::whole; at[last] < extent; ++at[last])
            Of::template add<scalar_arch>(rest, in_rest, at);
        });
    for (int i = 1; i < registers; ++i) gathered[0].merge(gathered[i]);
    auto all = merge_lanes<typename Of::operation, arch, typename Of::real>(gathered[0]);
    if constexpr (divided::whole < extent) all.merge(rest);
    Of::template write<scalar_arch>(data, at, all.result());
  });
}

/// A contraction or a reduction.
/// Rounds: results that lie side by side, one accumulator each; otherwise one accumulator per lane of up to
///         four registers, added in their order at the end.
template <class Program, int Step>
[[gnu::noinline]] void run_gathering(const step_data<typename Program::real>& data) noexcept {
  using gathered = gathering<Program, Step>;
  if constexpr (gathered::by == filled::result)
    gather_by_results<gathered>(data);
  else if constexpr (gathered::by == filled::summed)
    gather_by_elements<gathered>(data);
  else if constexpr (gathered::product)
    run_contraction<Program, Step, 1, scalar_arch>({&data});
  else
    run_reduction<Program, Step, 1, scalar_arch>({&data});
  if constexpr (gathered::step.target == storage::output) check_output<Program, gathered::step.offset>(data);
}

}  // namespace fusegrad::once
