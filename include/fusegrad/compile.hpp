// SPDX-License-Identifier: BSL-1.0
// The whole compiler: from what the user wrote to a kernel, one constant per stage. Each stage can be
// printed.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fusegrad/expr/expression.hpp"
#include "fusegrad/expr/literals.hpp"
#include "fusegrad/expr/trace.hpp"
#include "fusegrad/graph/frozen.hpp"
#include "fusegrad/graph/verify.hpp"
#include "fusegrad/kernel/entry.hpp"
#include "fusegrad/pass/pipeline.hpp"
#include "fusegrad/pass/schedule.hpp"

namespace fusegrad {

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

/// The symbols that a formula asks to be differentiated by: none, which stands for all parameters, or those
/// of its `gradient_symbols`.
template <class Formula> constexpr std::span<const symbol> gradient_symbols_of() {
  if constexpr (requires { Formula::gradient_symbols; })
    return Formula::gradient_symbols;
  else
    return {};
}

/// The stages of one formula, one constant for each pass. `Formula` is the type of an expression, or a named
/// struct with a `formula()`. Each is told how many nodes it may expect: where it has more, it runs twice.
template <class Formula, goal Wanted> struct stages {
  static constexpr const auto& formula = written_graph<Formula>;
  static constexpr auto expanded =
      freeze<formula.nodes.size() * 4>([] { return pipeline::expanded(thaw(formula), Wanted); });
  static constexpr auto value =
      freeze<expanded.nodes.size() + 8>([] { return pipeline::value(thaw(expanded), Wanted); });
  static constexpr auto stable = freeze<value.nodes.size() * 2>([] { return pipeline::stable(thaw(value)); });
  static constexpr auto differentiated = freeze<stable.nodes.size() * 5>(
      [] { return pipeline::differentiated(thaw(stable), Wanted, gradient_symbols_of<Formula>()); });
  static constexpr auto simplified = freeze<differentiated.nodes.size() + 16>(
      [] { return pipeline::simplified(thaw(differentiated), int(stable.nodes.size())); });
  static constexpr auto composites_expanded =
      freeze<simplified.nodes.size() * 2>([] { return pipeline::composites_expanded(thaw(simplified)); });
  static constexpr auto without_walls = freeze<composites_expanded.nodes.size()>(
      [] { return pipeline::without_walls(thaw(composites_expanded)); });
  static constexpr auto settled =
      freeze<without_walls.nodes.size() + 32>([] { return pipeline::settled(thaw(without_walls)); });
};

/// Whether a formula passes through the whole pipeline in one constant evaluation, or in one for each pass:
/// compilers limit the steps of an evaluation, and each evaluation costs time of its own.
template <class Formula> constexpr bool passes_at_once() {
  constexpr std::size_t few_nodes = 24;
  bool small = written_graph<Formula>.nodes.size() <= few_nodes;
  for (const node& each : written_graph<Formula>.nodes)
    small = small && each.op != &row<gradient_op>();  // few nodes, of which many will come
  return small;
}

template <class Formula, goal Wanted> consteval auto settle_formula() {
  if constexpr (passes_at_once<Formula>())
    return freeze<written_graph<Formula>.nodes.size() * 4 + 32>([] {
      return run_passes(thaw(written_graph<Formula>), Wanted, gradient_symbols_of<Formula>()).settled;
    });
  else
    return stages<Formula, Wanted>::settled;
}

/// What all passes make of a formula: the graph of its plan.
template <class Formula, goal Wanted> inline constexpr auto settled_graph = settle_formula<Formula, Wanted>();

/// A program: a plan for one number type and one instruction set.
template <class Formula, goal Wanted, class Real, class Arch, column_elements Columns = column_elements::any>
struct program {
  using real = Real;
  using arch = Arch;
  static constexpr column_elements columns = Columns;

  static constexpr machine target{int(lane_count<Real, Arch>), Columns == column_elements::in_place};
  static constexpr auto plan = freeze_plan<settled_graph<Formula, Wanted>.nodes.size()>(
      [] { return make_plan(thaw(settled_graph<Formula, Wanted>), target); });
  static constexpr std::size_t tile_rows = std::size_t(plan.tile_registers) * lane_count<Real, Arch>;

  static_assert((check_whole<Formula, plan.trouble>(), true));
  static_assert(Columns == column_elements::any || plan.tile_elements == 0,
                "a formula of single numbers keeps nothing between its loops");
};

/// The kernel of a formula.
template <class Formula, goal Wanted, class Real = float, class Arch = native_arch>
using kernel_of = kernel<program<Formula, Wanted, Real, Arch>>;

}  // namespace fusegrad
