// SPDX-License-Identifier: BSL-1.0
// Placements: elements written to other places, of rows in the lanes or of one row. Zeros first, where not
// every place is written once.
#pragma once

#include "fusegrad/kernel/plain.hpp"
#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/take.hpp"

namespace fusegrad {

namespace placing {

/// The result of a placement: over its loop, and element after element.
template <class Program, int Step> struct placed_access {
  static constexpr element_access value = Program::plan.steps[Step].to;
};
template <class Program, int Step> struct dense_access {
  static constexpr element_access value{
      Program::plan.steps[Step].to.where, Program::plan.steps[Step].to.offset, 0, {1}};
};

/// Whether no place is written twice: by strides, the smaller ones end before the next begins.
[[nodiscard]] constexpr bool writes_once(const plan_step& step) {
  if (step.op != &row<scatter_op>()) return step.op != &row<add_at_op>();
  for (int axis = 0; axis < step.letters.rank; ++axis) {
    const int stride = step.to.stride[axis] < 0 ? -step.to.stride[axis] : step.to.stride[axis];
    int reach = 0;
    for (int other = 0; other < step.letters.rank; ++other) {
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

}  // namespace placing

/// One placement.
/// Rounds: where several elements meet, they are added in their row-major order.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::noinline]] void run_placement(loop_environment<typename Program::real> in) noexcept {
  using real = typename Program::real;
  using value = lanes<real, Arch>;
  using left = step_letters::left_access<Program, Step>;
  using right = step_letters::right_access<Program, Step>;
  using to = placing::placed_access<Program, Step>;
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr int rank = step.letters.rank;
  constexpr bool adds = !placing::writes_once(step);
  int at[max_rank] = {};
  if constexpr (step.op == &row<scatter_op>() || adds) placing::clear<Program, Step, Rows, Arch>(in);
  looping::for_each_element<step.letters>(
      at, [&]() __attribute__((always_inline)) {
        int from[max_rank] = {}, place[max_rank] = {};
        for (int axis = 0; axis < rank; ++axis) from[axis] = place[axis] = at[axis];
        bool second = false;
        if constexpr (step.op == &row<concat_op>()) {
          second = at[step.axis] >= step.outputs;
          if (second) from[step.axis] -= step.outputs;
        } else if constexpr (step.op == &row<take_op>()) {
          from[step.axis] = place_on_axis(step.indices[at[step.axis]], step.outputs);
        } else if constexpr (step.op == &row<add_at_op>()) {
          place[step.axis] = place_on_axis(step.indices[at[step.axis]], step.outputs);
          if (place[step.axis] < 0) return;
        }
        placing::for_each_register<Rows, Arch>(
            in, [&]() __attribute__((always_inline)) {
              value each(real(0));
              if constexpr (step.op == &row<concat_op>()) {
                if (second)
                  each = looping::read<right, rank, Rows, Arch>(in, from);
                else
                  each = looping::read<left, rank, Rows, Arch>(in, from);
              } else if constexpr (step.op == &row<take_op>()) {
                if (from[step.axis] >= 0) each = looping::read<left, rank, Rows, Arch>(in, from);
              } else {
                each = looping::read<left, rank, Rows, Arch>(in, from);
              }
              if constexpr (adds) each = each + looping::read<to, rank, Rows, Arch>(in, place);
              looping::write<to, rank, Rows, Arch>(in, place, each);
            });
      });
}

}  // namespace fusegrad
