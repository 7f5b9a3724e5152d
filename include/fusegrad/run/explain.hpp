// SPDX-License-Identifier: BSL-1.0
// Says in words what the compiler made of a formula: its stable form, its gradients, the plan of its kernel.
// Only this door sees the formula's type; the stages go as plain graphs to src/explain.cpp.
#pragma once

#include <iostream>
#include <string>
#include <string_view>

#include "fusegrad/compile.hpp"

namespace fusegrad {

/// The stages of one formula, and the machine that it was compiled for.
struct explained_formula {
  goal wanted = goal::rows;
  graph formula;         // as written
  graph value;           // what is computed: the formula, or its mean over the rows
  graph differentiated;  // with the gradients, as differentiation leaves them
  graph simplified;      // the same in stable form
  graph settled;         // what the plan is made of
  machine target;
  std::string_view instruction_set;
};

/// The explanation as text.
[[nodiscard]] std::string explain_stages(const explained_formula& stages);

/// A number with parameters is trained: its gradients are wanted. Of anything else the value of each row is.
template <class Formula> [[nodiscard]] consteval goal natural_goal() {
  constexpr const auto& formula = written_graph<Formula>;
  bool learned = false;
  for (const symbol& each : formula.symbols) learned = learned || each.role == symbol_role::parameter;
  const bool scalar = formula.nodes[std::size_t(formula.outputs[0].id.value)].extents.rank == 0;
  return learned && scalar ? goal::gradient : goal::rows;
}

/// The stages of a formula as a machine would run them.
template <class Formula>
[[nodiscard]] explained_formula stages_to_explain(const machine& target, std::string_view instruction_set) {
  constexpr goal wanted = natural_goal<Formula>();
  using compiled = stages<Formula, wanted>;
  check_whole<Formula, compiled::trouble>();
  return {wanted,
          thaw(compiled::formula),
          thaw(compiled::value),
          thaw(compiled::differentiated),
          thaw(compiled::simplified),
          thaw(compiled::settled),
          target,
          instruction_set};
}

/// What the compiler made of a formula, as text.
/// Shape:  any formula; of a scalar with parameters the gradients are explained, too.
/// Errors: compile time, those of the formula's kernel.
/// Cost:   the passes run once more, at run time; no kernel is compiled for it.
template <class Formula, class Arch = native_arch> [[nodiscard]] std::string explanation(Formula) {
  const machine target{int(lane_count<float, Arch>)};
  return explain_stages(stages_to_explain<Formula>(target, simd::name_of<Arch>()));
}

/// Prints what the compiler made of a formula.
template <class Formula, class Arch = native_arch>
void explain(Formula formula, std::ostream& out = std::cout) {
  out << explanation<Formula, Arch>(formula);
}

}  // namespace fusegrad
