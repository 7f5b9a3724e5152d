// SPDX-License-Identifier: BSL-1.0
// The whole compiler: from what the user wrote to a kernel, one constant per stage. Each stage can be
// printed.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fusegrad/expr/expression.hpp"
#include "fusegrad/expr/literals.hpp"
#include "fusegrad/expr/trace.hpp"
#include "fusegrad/graph/frozen.hpp"
#include "fusegrad/graph/verify.hpp"
#include "fusegrad/kernel/entry.hpp"
#include "fusegrad/pass/define.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/expand_gradients.hpp"
#include "fusegrad/pass/objective.hpp"
#include "fusegrad/pass/schedule.hpp"
#include "fusegrad/pass/stabilise.hpp"

namespace fusegrad {

/// What is wanted of a formula.
enum class goal {
  rows,      // its value for every row
  mean,      // the mean over the rows
  gradient,  // the mean and its gradient by every parameter
};

/// The parameters of a graph, in the order in which the formula names them.
[[nodiscard]] constexpr std::vector<int> parameters_of(const graph& in) {
  std::vector<int> result;
  for (std::size_t i = 0; i < in.symbols().size(); ++i)
    if (in.symbols()[i].role == symbol_role::parameter) result.push_back(int(i));
  return result;
}

/// The name that two different symbols of a formula share; empty if there is none.
[[nodiscard]] constexpr std::string_view name_of_two_symbols(const lowering_step& root) {
  graph symbols;
  std::vector<const lowering_step*> steps{&root};
  for (std::size_t next = 0; next < steps.size(); ++next) {
    const lowering_step& step = *steps[next];
    for (int i = 0; i < step.arity; ++i) {
      bool known = false;
      for (const lowering_step* each : steps) known = known || each == step.operands[i];
      if (!known) steps.push_back(step.operands[i]);
    }
    if (step.arity > 0) continue;
    graph leaf;
    step.build(leaf, nullptr);
    for (const symbol& each : leaf.symbols()) {
      symbols.add_symbol(each);
      if (symbols.trouble()) return each.name;
    }
  }
  return {};
}

template <class Formula, problem Trouble> constexpr auto describe_wrong_whole() {
  if constexpr (Trouble.kind == problem_kind::none) {
    return wrong_formula<"", extents<>, extents<>>{};
  } else {
    constexpr std::string_view name = name_of_two_symbols(step_of<Formula>);
    return wrong_formula<to_fixed_string<name.size() + 1>(name),
                         decltype(extents_type<Trouble.left>(std::make_index_sequence<Trouble.left.rank>{})),
                         decltype(extents_type<Trouble.right>(
                             std::make_index_sequence<Trouble.right.rank>{}))>{};
  }
}

/// What is wrong with a whole formula, where its parts were right: the facts for `diagnose`.
template <class Formula, problem Trouble>
using wrong_whole = decltype(describe_wrong_whole<Formula, Trouble>());

/// Stops the compilation with a sentence if a whole formula is wrong.
template <class Formula, problem Trouble> constexpr void check_whole() {
  diagnose<Trouble.kind, wrong_whole<Formula, Trouble>>();
}

/// The graph of a formula as it was written. A constant of its own, since much asks for nothing else.
template <class Formula>
inline constexpr auto written_graph = freeze<nodes_expected(step_of<Formula>)>([] {
  return verified(lower<Formula>());
});

/// The stages of one formula. `Formula` is the type of an expression, or a named struct with a `formula()`.
/// Each is told how many nodes it may expect: where it has more, it runs twice.
template <class Formula, goal Wanted> struct stages {
  static constexpr const auto& formula = written_graph<Formula>;
  static constexpr auto expanded = freeze<formula.nodes.size() * 4>([] {
    const graph from = thaw(formula);
    if (!first_gradient(from)) return from;
    return verified(expand_gradients(from));
  });
  static constexpr auto value = freeze<expanded.nodes.size() + 8>([] {
    // g++ 12 destroys the operands of a conditional expression twice.
    if (Wanted == goal::rows) return thaw(expanded);
    return verified(objective(thaw(expanded)));
  });
  static constexpr auto stable =
      freeze<value.nodes.size() * 2>([] { return verified(stabilise(thaw(value))); });
  static constexpr auto differentiated = freeze<stable.nodes.size() * 5>([] {
    const graph from = thaw(stable);
    if (Wanted != goal::gradient || from.trouble()) return from;
    return verified(differentiate(from, from.find_output(output_role::value), parameters_of(from), true));
  });
  static constexpr auto simplified = freeze<differentiated.nodes.size() + 16>(
      [] { return verified(stabilise(thaw(differentiated), nullptr, int(stable.nodes.size()))); });
  static constexpr auto composites_expanded =
      freeze<simplified.nodes.size() * 2>([] { return verified(expand_composites(thaw(simplified))); });
  static constexpr auto without_walls = freeze<composites_expanded.nodes.size()>(
      [] { return verified(drop_walls(thaw(composites_expanded)), strictness::written_out); });
  static constexpr auto settled = freeze<without_walls.nodes.size() + 32>(
      [] { return verified(settle(thaw(without_walls)), strictness::written_out); });

  static constexpr problem trouble = settled.trouble;
};

/// A program: a plan for one number type and one instruction set.
template <class Formula, goal Wanted, class Real, class Arch, column_elements Columns = column_elements::any>
struct program {
  using real = Real;
  using arch = Arch;
  static constexpr column_elements columns = Columns;
  using formula_stages = stages<Formula, Wanted>;

  static constexpr machine target{int(lane_count<Real, Arch>)};
  static constexpr auto plan = freeze_plan<formula_stages::settled.nodes.size()>(
      [] { return make_plan(thaw(formula_stages::settled), target); });
  static constexpr std::size_t tile_rows = std::size_t(plan.tile_registers) * lane_count<Real, Arch>;

  static_assert((check_whole<Formula, plan.trouble>(), true));
};

/// The kernel of a formula.
template <class Formula, goal Wanted, class Real = float, class Arch = native_arch>
using kernel_of = kernel<program<Formula, Wanted, Real, Arch>>;

}  // namespace fusegrad
