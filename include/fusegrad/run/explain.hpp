// SPDX-License-Identifier: BSL-1.0
// Says in words what the compiler made of a formula: its stable form, its gradients, the plan of its kernel.
// Only this door sees the formula's type; the formula goes as a plain graph to src/explain.cpp.
#pragma once

#include <iostream>
#include <string>
#include <string_view>

#include "fusegrad/compile.hpp"

namespace fusegrad {

/// A formula, and the machine that it was compiled for.
struct explained_formula {
  goal wanted = goal::rows;
  frozen_view formula;  // as written
  machine target;
  std::string_view instruction_set;
};

/// The explanation as text.
[[nodiscard]] std::string explanation_of(const explained_formula& formula);

/// A number with parameters is trained: its gradients are wanted. Of anything else the value of each row is.
template <class Formula> [[nodiscard]] consteval goal natural_goal() {
  constexpr const auto& formula = written_graph<Formula>;
  bool learned = false;
  for (const symbol& each : formula.symbols) learned = learned || each.role == symbol_role::parameter;
  const bool scalar = formula.nodes[std::size_t(formula.outputs[0].id.value)].extents.rank == 0;
  return learned && scalar ? goal::gradient : goal::rows;
}

/// A formula as a machine would run it.
template <class Formula>
[[nodiscard]] explained_formula formula_to_explain(const machine& target, std::string_view instruction_set) {
  constexpr goal wanted = natural_goal<Formula>();
  check_whole<Formula, settled_graph<Formula, wanted>.trouble>();
  return {wanted, view_of(written_graph<Formula>), target, instruction_set};
}

/// What the compiler made of a formula, as text.
/// Shape:  any formula; of a scalar with parameters the gradients are explained, too.
/// Errors: compile time, those of the formula's kernel.
/// Cost:   the passes run once more, at run time; no kernel is compiled for it.
template <class Formula, class Arch = native_arch> [[nodiscard]] std::string explanation(Formula) {
  const machine target{int(lane_count<float, Arch>)};
  return explanation_of(formula_to_explain<Formula>(target, simd::name_of<Arch>()));
}

/// Prints what the compiler made of a formula.
template <class Formula, class Arch = native_arch>
void explain(Formula formula, std::ostream& out = std::cout) {
  out << explanation<Formula, Arch>(formula);
}

}  // namespace fusegrad
