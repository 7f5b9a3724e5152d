// SPDX-License-Identifier: BSL-1.0
// The contractions and reductions that run once per step: registers of results, or of what is summed; one
// lane where neither lies side by side.
#pragma once

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
  static constexpr shape outer = step_letters::letters_of<Program, Step, false>();
  static constexpr shape inner = step_letters::letters_of<Program, Step, true>();
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

/// Results [begin, end) along the last letter of the result, as many registers at once.
template <class Of, class Arch, std::size_t... Register>
[[gnu::always_inline]] inline void gather_results(const step_data<typename Of::real>& data, int* at,
                                                  int begin, int end,
                                                  std::index_sequence<Register...>) noexcept {
  constexpr int count = int(lane_count<typename Of::real, Arch>);
  constexpr int last = Of::last_outer;
  const typename Of::template environment<Arch> in{&data};
  for (int first = begin; first < end; first += count * int(sizeof...(Register))) {
    typename Of::template accumulator<Arch> gathered[sizeof...(Register)];
    looping::for_each_element<Of::inner>(
        at + Of::outer.rank, [&]() __attribute__((always_inline)) {
          ((at[last] = first + count * int(Register), Of::template add<Arch>(gathered[Register], in, at)),
           ...);
        });
    ((at[last] = first + count * int(Register),
      Of::template write<Arch>(data, at, gathered[Register].result())),
     ...);
  }
}

/// Elements [begin, end) along the last letter that is summed, as many registers at once.
template <class Of, class Arch, std::size_t... Register>
[[gnu::always_inline]] inline auto gather_elements(const step_data<typename Of::real>& data, int* at,
                                                   int begin, int end,
                                                   std::index_sequence<Register...>) noexcept {
  constexpr int count = int(lane_count<typename Of::real, Arch>);
  constexpr int last = Of::last_inner;
  const typename Of::template environment<Arch> in{&data};
  typename Of::template accumulator<Arch> gathered[sizeof...(Register)];
  looping::for_each_element<but_last(Of::inner)>(
      at + Of::outer.rank, [&]() __attribute__((always_inline)) {
        for (int first = begin; first < end; first += count * int(sizeof...(Register)))
          ((at[last] = first + count * int(Register), Of::template add<Arch>(gathered[Register], in, at)),
           ...);
      });
  for (std::size_t i = 1; i < sizeof...(Register); ++i) gathered[0].merge(gathered[i]);
  return merge_lanes<typename Of::operation, Arch, typename Of::real>(gathered[0]);
}

/// Registers at once: their sums do not wait for each other.
inline constexpr std::size_t registers_at_once = 4;

template <class Of>
[[gnu::always_inline]] inline void gather_by_results(const step_data<typename Of::real>& data) {
  using arch = typename Of::arch;
  constexpr int extent = Of::outer[Of::last_outer];
  constexpr int count = int(lane_count<typename Of::real, arch>);
  constexpr int block = count * int(registers_at_once);
  constexpr int blocks = extent / block * block;
  constexpr int whole = extent / count * count;
  int at[max_rank] = {};
  looping::for_each_element<but_last(Of::outer)>(at, [&] {
    gather_results<Of, arch>(data, at, 0, blocks, std::make_index_sequence<registers_at_once>{});
    if constexpr (blocks < whole) gather_results<Of, arch>(data, at, blocks, whole, std::index_sequence<0>{});
    if constexpr (whole < extent)
      gather_results<Of, scalar_arch>(data, at, whole, extent, std::index_sequence<0>{});
  });
}

template <class Of>
[[gnu::always_inline]] inline void gather_by_elements(const step_data<typename Of::real>& data) {
  using arch = typename Of::arch;
  constexpr int extent = Of::inner[Of::inner.rank - 1];
  constexpr int count = int(lane_count<typename Of::real, arch>);
  constexpr int block = count * int(registers_at_once);
  constexpr int blocks = extent / block * block;
  constexpr int whole = extent / count * count;
  int at[max_rank] = {};
  looping::for_each_element<Of::outer>(at, [&] {
    auto gathered =
        gather_elements<Of, arch>(data, at, 0, blocks, std::make_index_sequence<registers_at_once>{});
    if constexpr (blocks < whole)
      gathered.merge(gather_elements<Of, arch>(data, at, blocks, whole, std::index_sequence<0>{}));
    if constexpr (whole < extent)
      gathered.merge(gather_elements<Of, scalar_arch>(data, at, whole, extent, std::index_sequence<0>{}));
    Of::template write<scalar_arch>(data, at, gathered.result());
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
