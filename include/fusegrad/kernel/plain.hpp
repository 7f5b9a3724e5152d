// SPDX-License-Identifier: BSL-1.0
// Contractions and reductions that no micro-kernel fits, and scans: plain loops over letters, rows in the
// lanes.
#pragma once

#include "fusegrad/kernel/loop.hpp"

namespace fusegrad {

namespace step_letters {

/// The extents of some letters of a step: the result's, or those that are summed.
template <class Program, int Step, bool Summed> constexpr tensor_shape letters_of() {
  constexpr plan_step step = Program::plan.steps[Step];
  tensor_shape result;
  for (int letter = 0; letter < step.letters.rank; ++letter)
    if ((letter >= step.result_letters) == Summed) result.push_back(step.letters[letter]);
  return result;
}

template <class Program, int Step> struct left_access {
  static constexpr element_access value = Program::plan.steps[Step].left;
};
template <class Program, int Step> struct right_access {
  static constexpr element_access value = Program::plan.steps[Step].right;
};
template <class Program, int Step> struct to_access {
  static constexpr element_access value = Program::plan.steps[Step].to;
};
/// The result, element after element.
template <class Program, int Step> struct target_access {
  static constexpr element_access value{
      Program::plan.steps[Step].target, Program::plan.steps[Step].offset, 0, {1}};
};

}  // namespace step_letters

/// result[r] = sum over s of left[r, s] * right[r, s].
/// Rounds: the summed letters in row-major order, one accumulator.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::noinline]] void run_contraction(loop_environment<typename Program::real> in) noexcept {
  using real = typename Program::real;
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr tensor_shape outer = step_letters::letters_of<Program, Step, false>();
  constexpr tensor_shape inner = step_letters::letters_of<Program, Step, true>();
  using target = step_letters::target_access<Program, Step>;
  for (in.row = 0; in.row < Rows; in.row += lane_count<real, Arch>) {
    int at[max_rank] = {};
    int result = 0;
    looping::for_each_element<outer>(at, [&] {
      lanes<real, Arch> total(real(0));
      looping::for_each_element<inner>(at + outer.rank, [&] {
        const auto left =
            looping::read<step_letters::left_access<Program, Step>, step.letters.rank, Rows, Arch>(in, at);
        const auto right =
            looping::read<step_letters::right_access<Program, Step>, step.letters.rank, Rows, Arch>(in, at);
        total = simd::fma(left, right, total);
      });
      looping::write<target, 1, Rows, Arch>(in, &result, total);
      ++result;
    });
  }
}

/// result[r] = the reduction over s of operand[r, s].
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::noinline]] void run_reduction(loop_environment<typename Program::real> in) noexcept {
  using real = typename Program::real;
  using value = lanes<real, Arch>;
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr tensor_shape outer = step_letters::letters_of<Program, Step, false>();
  constexpr tensor_shape inner = step_letters::letters_of<Program, Step, true>();
  using target = step_letters::target_access<Program, Step>;
  for (in.row = 0; in.row < Rows; in.row += lane_count<real, Arch>) {
    int at[max_rank] = {};
    int result = 0;
    looping::for_each_element<outer>(at, [&] {
      typename operation_type<step.op>::template accumulator<value> gathered;
      int position = 0;
      looping::for_each_element<inner>(at + outer.rank, [&] {
        gathered.add(
            looping::read<step_letters::left_access<Program, Step>, step.letters.rank, Rows, Arch>(in, at),
            value(real(position)));
        ++position;
      });
      looping::write<target, 1, Rows, Arch>(in, &result, gathered.result());
      ++result;
    });
  }
}

/// result[r, s] = what is gathered of operand[r, ...] from the first element of the last letter, or from the
/// last, up to s.
/// Rounds: one accumulator per r.
template <class Program, int Step, std::size_t Rows, class Arch>
[[gnu::noinline]] void run_scan(loop_environment<typename Program::real> in) noexcept {
  using real = typename Program::real;
  using value = lanes<real, Arch>;
  constexpr plan_step step = Program::plan.steps[Step];
  constexpr tensor_shape outer = step_letters::letters_of<Program, Step, false>();
  constexpr int rank = step.letters.rank;
  constexpr int length = step.letters[rank - 1];
  for (in.row = 0; in.row < Rows; in.row += lane_count<real, Arch>) {
    int at[max_rank] = {};
    looping::for_each_element<outer>(at, [&] {
      typename operation_type<step.op>::template accumulator<value> gathered;
      for (int i = 0; i < length; ++i) {
        at[rank - 1] = step.transposed ? length - 1 - i : i;
        gathered.add(looping::read<step_letters::left_access<Program, Step>, rank, Rows, Arch>(in, at),
                     value(real(at[rank - 1])));
        looping::write<step_letters::right_access<Program, Step>, rank, Rows, Arch>(in, at,
                                                                                    gathered.result());
      }
    });
  }
}

}  // namespace fusegrad
