// SPDX-License-Identifier: BSL-1.0
// Placements: elements written to other places, of rows in the lanes or of one row. Zeros first, where not
// every place is written once.
#pragma once

#include "fusegrad/kernel/gather.hpp"
#include "fusegrad/kernel/once_elements.hpp"
#include "fusegrad/kernel/plain.hpp"
#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/gather.hpp"
#include "fusegrad/op/take.hpp"

namespace fusegrad {

namespace placing {

/// The result of a placement, element after element.
template <class Program, int Step> struct dense_access {
  static constexpr element_access value{
      Program::plan.steps[Step].to.where, Program::plan.steps[Step].to.offset, 0, {1}};
};

/// Whether no place is written twice: by strides, the smaller ones end before the next begins.
[[nodiscard]] constexpr bool writes_once(const plan_step& step) {
  if (step.op != &row<scatter_op>()) return step.op != &row<add_at_op>();
  const int rank = step.kind == step_kind::contraction ? step.result_letters : step.letters.rank;
  for (int axis = 0; axis < rank; ++axis) {
    const int stride = step.to.stride[axis] < 0 ? -step.to.stride[axis] : step.to.stride[axis];
    int reach = 0;
    for (int other = 0; other < rank; ++other) {
      const int smaller = step.to.stride[other] < 0 ? -step.to.stride[other] : step.to.stride[other];
      const bool before = smaller < stride || (smaller == stride && other > axis);
      if (before) reach += (step.letters[other] - 1) * smaller;
    }
    if (step.letters[axis] > 1 && reach >= stride) return false;
  }
  return true;
}

/// Calls `body` for each register of rows.
template <std::size_t Rows, class Arch, class Real, class Body>
[[gnu::always_inline]] inline void for_each_register(loop_environment<Real>& in, Body body) noexcept {
  for (in.row = 0; in.row < Rows; in.row += lane_count<Real, Arch>) body();
}

template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::always_inline]] inline void clear(loop_environment<typename Program::real>& in) noexcept {
  using real = typename Program::real;
  constexpr int elements = Program::plan.steps[Step].extents.elements();
  for (int at = 0; at < elements; ++at)
    for_each_register<Rows, Arch>(
        in, [&]() __attribute__((always_inline)) {
          looping::write<dense_access<Program, Step>, 1, Rows, Arch>(in, &at, lanes<real, Arch>(real(0)));
        });
}

/// Whether elements of one row can be copied by registers of them.
template <class Program, class From, class To, tensor_shape Domain>
[[nodiscard]] constexpr bool lie_side_by_side() {
  if constexpr (Domain.rank == 0)
    return false;
  else
    return once::fills_lanes<Program>(Domain[Domain.rank - 1]) &&
           once::lies_in_lanes(From::value, Domain.rank - 1) && To::value.stride[Domain.rank - 1] == 1;
}

/// Copies elements by registers. The last one begins early. A loop over single numbers would become a call of the C
/// library, which may copy byte by byte where both places are about a multiple of 4096 bytes apart.
template <class Program, class From, class To, tensor_shape Domain>
[[gnu::always_inline]] inline void copy_registers(const step_data<typename Program::real>& data) noexcept {
  using real = typename Program::real;
  using arch = typename Program::arch;
  constexpr int rank = Domain.rank, last = rank - 1, count = once::lane_count_of<Program>;
  const once::own_addresses<Program> own(data);
  looping::element_environment<real, last, arch> in{&own.step};
  int at[max_rank] = {};
  const auto copy = [&](int first) __attribute__((always_inline)) {
    at[last] = first;
    auto each = looping::read<From, rank, 1, arch, real>(in, at);
    simd::pin(each);
    looping::write<To, rank, 1, arch, real>(in, at, each);
  };
  looping::for_each_element<once::but_last(Domain)>(
      at, [&]() __attribute__((always_inline)) {
        for (int first = 0; first + count <= Domain[last]; first += count) copy(first);
        if constexpr (Domain[last] % count != 0) copy(Domain[last] - count);
      });
}

/// Copies, or adds, every element of a domain to its place.
template <class Program, class From, class To, tensor_shape Domain, bool Adds, std::size_t Rows, class Arch,
          class Real>
[[gnu::always_inline]] inline void move_elements(loop_environment<Real>& in) noexcept {
  if constexpr (Rows == 1 && !Adds && lie_side_by_side<Program, From, To, Domain>())
    return copy_registers<Program, From, To, Domain>(*in.step);
  int at[max_rank] = {};
  looping::for_each_element<Domain>(
      at, [&]() __attribute__((always_inline)) {
        for_each_register<Rows, Arch>(
            in, [&]() __attribute__((always_inline)) {
              auto each = looping::read<From, Domain.rank, Rows, Arch>(in, at);
              if constexpr (Adds) each = each + looping::read<To, Domain.rank, Rows, Arch>(in, at);
              looping::write<To, Domain.rank, Rows, Arch>(in, at, each);
            });
      });
}

/// The operands of a concat, one after the other: the second begins where the first ends.
template <class Program, int Step> struct second_access {
  static constexpr element_access value = [] {
    constexpr plan_step step = Program::plan.steps[Step];
    element_access result = step.to;
    result.first += step.outputs * step.to.stride[step.axis];
    return result;
  }();
};
template <class Program, int Step> constexpr tensor_shape domain_of_operand(int which) {
  constexpr plan_step step = Program::plan.steps[Step];
  tensor_shape result = step.letters;
  result.set(step.axis, which == 0 ? step.outputs : step.letters[step.axis] - step.outputs);
  return result;
}

/// Elements of one axis by a table: taken from where it says, or added there.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::always_inline]] inline void move_by_table(loop_environment<typename Program::real>& in) noexcept {
  using real = typename Program::real;
  using left = step_letters::left_access<Program, Step>;
  using to = step_letters::to_access<Program, Step>;
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr int rank = step.letters.rank;
  constexpr bool adds = step.op == &row<add_at_op>();
  int at[max_rank] = {};
  looping::for_each_element<step.letters>(at, [&] {
    int there[max_rank] = {};
    for (int axis = 0; axis < rank; ++axis) there[axis] = at[axis];
    there[step.axis] = place_on_axis(step.indices[at[step.axis]], step.outputs);
    const bool found = there[step.axis] >= 0;
    for_each_register<Rows, Arch>(in, [&] {
      if constexpr (adds) {
        if (!found) return;
        const auto sum =
            looping::read<to, rank, Rows, Arch>(in, there) + looping::read<left, rank, Rows, Arch>(in, at);
        looping::write<to, rank, Rows, Arch>(in, there, sum);
      } else {
        lanes<real, Arch> each(real(0));
        if (found) each = looping::read<left, rank, Rows, Arch>(in, there);
        looping::write<to, rank, Rows, Arch>(in, at, each);
      }
    });
  });
}

/// Whether a placement leaves places that it does not write.
[[nodiscard]] constexpr bool needs_zeros(const plan_step& step) {
  if (!writes_once(step)) return true;
  int written = 1;
  const int rank = step.kind == step_kind::contraction ? step.result_letters : step.letters.rank;
  for (int axis = 0; axis < rank; ++axis) written *= step.letters[axis];
  return written < step.extents.elements();
}

}  // namespace placing

/// One placement.
/// Rounds: where several elements meet, they are added in their row-major order.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::noinline]] void run_placement(loop_environment<typename Program::real> in) noexcept {
  using left = step_letters::left_access<Program, Step>;
  using right = step_letters::right_access<Program, Step>;
  using to = step_letters::to_access<Program, Step>;
  constexpr plan_step step = Program::plan.steps[Step];
  if constexpr (step.op == &row<gather_op>()) return run_gather<Program, Step, Rows, Arch>(in);
  if constexpr (step.op == &row<place_at_label_op>())
    return run_place_at_label<Program, Step, Rows, Arch>(in);
  if constexpr (placing::needs_zeros(step)) placing::clear<Program, Step, Rows, Arch>(in);
  if constexpr (step.op == &row<concat_op>()) {
    placing::move_elements<Program, left, to, placing::domain_of_operand<Program, Step>(0), false, Rows,
                           Arch>(in);
    placing::move_elements<Program, right, placing::second_access<Program, Step>,
                           placing::domain_of_operand<Program, Step>(1), false, Rows, Arch>(in);
  } else if constexpr (step.op == &row<scatter_op>()) {
    placing::move_elements<Program, left, to, step.letters, !placing::writes_once(step), Rows, Arch>(in);
  } else if constexpr (step.indices != nullptr) {
    placing::move_by_table<Program, Step, Rows, Arch>(in);
  }
}

}  // namespace fusegrad
