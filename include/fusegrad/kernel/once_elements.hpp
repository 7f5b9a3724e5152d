// SPDX-License-Identifier: BSL-1.0
// What runs once per step, before or after the rows, has no rows to fill the lanes. The elements of a value
// do, where they lie side by side for every operand: how they are read, written and put together.
#pragma once

#include <array>
#include <bit>

#include "fusegrad/kernel/combine.hpp"
#include "fusegrad/kernel/plain.hpp"

namespace fusegrad {

namespace looping {

/// The data of a step whose elements along one axis are in the lanes.
template <class Real, int Axis, class Arch> struct element_environment {
  const step_data<Real>* step = nullptr;
  lanes<Real, Arch> doubt = lanes<Real, Arch>(Real(0));  // stays 0 while what is written to outputs is finite
};

template <class Where, class Real>
[[gnu::always_inline]] inline const Real* step_memory(const step_data<Real>& step) noexcept {
  constexpr std::size_t offset = std::size_t(Where::value.offset);
  if constexpr (Where::value.where == storage::parameter)
    return step.parameters[offset];
  else if constexpr (Where::value.where == storage::mean)
    return step.means + offset;
  else if constexpr (Where::value.where == storage::output)
    return step.outputs[offset];
  else
    return step.shared + offset;
}

/// Reads elements that lie side by side, or one for all lanes.
template <class Where, int Rank, std::size_t, class Arch, class Real, int Axis>
[[gnu::always_inline]] inline lanes<Real, Arch> read(const element_environment<Real, Axis, Arch>& in,
                                                     const int* at) noexcept {
  using value = lanes<Real, Arch>;
  constexpr int stride = Axis < Rank ? Where::value.stride[Axis] : 0;
  const std::size_t element = element_at<Where>(at, std::make_index_sequence<std::size_t(Rank)>{});
  if constexpr (Where::value.where == storage::number)
    return value(Real(Where::value.number));
  else if constexpr (Where::value.where == storage::position)
    return value(Real(element)) + value(Real(stride)) * simd::lane_numbers<Arch, Real>();
  else if constexpr (stride == 0)
    return value(memory_at<Where, Rank>(step_memory<Where>(*in.step))[element]);
  else
    return simd::load<Arch, Real>(memory_at<Where, Rank>(step_memory<Where>(*in.step)) + element);
}

template <class Where, int Rank, std::size_t, class Arch, class Real, int Axis>
[[gnu::always_inline]] inline void write(element_environment<Real, Axis, Arch>& in, const int* at,
                                         lanes<Real, Arch> value) noexcept {
  const std::size_t element = element_at<Where>(at, std::make_index_sequence<std::size_t(Rank)>{});
  constexpr std::size_t offset = std::size_t(Where::value.offset);
  if constexpr (Where::value.where == storage::output) {
    simd::store(memory_at<Where, Rank>(in.step->outputs[offset]) + element, value);
    in.doubt = simd::fma(value, lanes<Real, Arch>(Real(0)), in.doubt);
  } else {
    simd::store(memory_at<Where, Rank>(in.step->shared) + offset + element, value);
  }
}

template <class Arch, class Real, int Axis>
[[gnu::always_inline]] inline lanes<Real, Arch> positions(const element_environment<Real, Axis, Arch>&,
                                                          int first) noexcept {
  return lanes<Real, Arch>(Real(first)) + simd::lane_numbers<Arch, Real>();
}

}  // namespace looping

namespace once {

/// Shorter runs of elements are not worth a second piece of code.
inline constexpr int least_registers = 2;

/// Registers at once of elements that are summed: they do not wait for each other.
inline constexpr int registers_summed = 4;

template <class Program>
inline constexpr int lane_count_of = int(lane_count<typename Program::real, typename Program::arch>);

/// Whether elements along one axis can fill lanes for a reader of an operand.
[[nodiscard]] constexpr bool lies_in_lanes(const element_access& operand, int axis) {
  const bool in_memory = operand.where != storage::number && operand.where != storage::position;
  return !in_memory || operand.stride[axis] == 0 || operand.stride[axis] == 1;
}

template <class Program> [[nodiscard]] constexpr bool fills_lanes(int extent) {
  return lane_count_of<Program> > 1 && extent >= least_registers * lane_count_of<Program>;
}

/// Whether what one lane has gathered can be put together with what another has.
template <class Op, class Real>
concept mergeable = requires(typename Op::template accumulator<Real> a) {
  a.merge(a);
};

/// An accumulator whose lanes have changed places with those at a distance. An accumulator is an aggregate of
/// numbers, or of registers.
template <std::size_t Distance, class Register, class Accumulator>
[[nodiscard, gnu::always_inline]] inline Accumulator with_lanes_swapped(const Accumulator& of) noexcept {
  auto registers = std::bit_cast<std::array<Register, sizeof(Accumulator) / sizeof(Register)>>(of);
  for (Register& each : registers) each = simd::swapped<Distance>(each);
  return std::bit_cast<Accumulator>(registers);
}

/// Puts the lanes of an accumulator together: halves first, neighbours last. It is copied, since one whose
/// address is known lives in memory all the while.
template <class Op, class Arch, class Real, std::size_t Distance = lane_count<Real, Arch> / 2>
[[nodiscard, gnu::always_inline]] inline auto merge_lanes(
    typename Op::template accumulator<lanes<Real, Arch>> of) noexcept {
  using single = typename Op::template accumulator<Real>;
  if constexpr (Distance > 0) {
    of.merge(with_lanes_swapped<Distance, lanes<Real, Arch>>(of));
    return merge_lanes<Op, Arch, Real, Distance / 2>(of);
  } else {
    const auto all = std::bit_cast<std::array<lanes<Real, Arch>, sizeof(single) / sizeof(Real)>>(of);
    std::array<Real, all.size()> first;
    for (std::size_t i = 0; i < all.size(); ++i) first[i] = simd::first_lane(all[i]);
    return std::bit_cast<single>(first);
  }
}

/// All axes of a domain but the last.
[[nodiscard]] constexpr tensor_shape but_last(const tensor_shape& domain) {
  tensor_shape result;
  for (int axis = 0; axis + 1 < domain.rank; ++axis) result.push_back(domain[axis]);
  return result;
}

/// The addresses of a step in memory of one's own: a compiler that cannot know where a store goes would load
/// them again after each.
template <class Program> struct own_addresses {
  using real = typename Program::real;
  const real* parameters[Program::plan.symbols.size() + 1];
  real* outputs[Program::plan.outputs.size() + 1];
  step_data<real> step;

  [[gnu::always_inline]] explicit own_addresses(const step_data<real>& of) noexcept : step(of) {
    for (std::size_t i = 0; i < Program::plan.symbols.size(); ++i) parameters[i] = of.parameters[i];
    for (std::size_t i = 0; i < Program::plan.outputs.size(); ++i) outputs[i] = of.outputs[i];
    step.parameters = parameters;
    step.outputs = outputs;
  }
};

/// Says that something in the place of an output is not finite.
template <class Real>
[[gnu::always_inline]] inline void report(const step_data<Real>& data, Real doubt) noexcept {
  if (data.made_finite != nullptr && !(doubt == 0)) *data.made_finite = false;
}

/// Looks at what has been made in the place of an output.
template <class Program, int Output>
void check_output(const step_data<typename Program::real>& data) noexcept {
  constexpr std::size_t elements = std::size_t(Program::plan.outputs[Output].extents.elements());
  if (data.made_finite == nullptr) return;
  if (!all_finite<typename Program::arch>(data.outputs[Output], elements)) *data.made_finite = false;
}

}  // namespace once
}  // namespace fusegrad
