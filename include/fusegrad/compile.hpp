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
#include "fusegrad/pass/sweeps.hpp"

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
    small = small && !each.op->promise && !is_step_number(each);  // few nodes, of which many will come
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

/// A plan that sweeps over the rows once.
template <class Formula, goal Wanted, machine Target> struct one_sweep {
  static constexpr int earlier_sweeps = 0;
  static constexpr auto plan =
      freeze_plan<settled_graph<Formula, Wanted>.nodes.size(), settled_graph<Formula, Wanted>.symbols.size()>(
          [] { return make_plan(thaw(settled_graph<Formula, Wanted>), Target); });
};

/// What one of several sweeps computes.
template <class Formula, goal Wanted, int Sweep>
inline constexpr auto sweep_graph = freeze<settled_graph<Formula, Wanted>.nodes.size()>([] {
  return verified(sweep_of(thaw(settled_graph<Formula, Wanted>), Sweep));
});

template <class Formula, goal Wanted, machine Target, int Sweep> struct plan_of_sweep {
  static constexpr auto plan = freeze_plan<sweep_graph<Formula, Wanted, Sweep>.nodes.size(),
                                           sweep_graph<Formula, Wanted, Sweep>.symbols.size()>(
      [] { return make_plan(thaw(sweep_graph<Formula, Wanted, Sweep>), Target); });
};

/// The plan of the last sweep, after those that find the means it needs.
template <class Formula, goal Wanted, machine Target, int Sweeps>
struct last_sweep : plan_of_sweep<Formula, Wanted, Target, Sweeps> {
  static constexpr int earlier_sweeps = Sweeps - 1;
};

template <class Formula, goal Wanted, machine Target> constexpr auto choose_sweeps() {
  if constexpr (one_sweep<Formula, Wanted, Target>::plan.trouble.kind != problem_kind::two_row_phases) {
    return std::type_identity<one_sweep<Formula, Wanted, Target>>{};
  } else {
    constexpr int sweeps = count_sweeps(thaw(settled_graph<Formula, Wanted>));
    return std::type_identity<last_sweep<Formula, Wanted, Target, sweeps>>{};
  }
}

/// What kernels ask of a program: its plan, for one number type and one instruction set.
template <class Plan, class Real, class Arch, column_elements Columns = column_elements::any>
struct planned_program : Plan {
  using real = Real;
  using arch = Arch;
  static constexpr column_elements columns = Columns;
  static constexpr std::size_t tile_rows = std::size_t(Plan::plan.tile_registers) * lane_count<Real, Arch>;
};

template <class Real, class Arch, column_elements Columns>
inline constexpr machine machine_of{int(lane_count<Real, Arch>), Columns == column_elements::in_place};

/// A program: a formula with what is wanted of it.
template <class Formula, goal Wanted, class Real, class Arch, column_elements Columns = column_elements::any>
struct program
    : planned_program<
          typename decltype(choose_sweeps<Formula, Wanted, machine_of<Real, Arch, Columns>>())::type, Real,
          Arch, Columns> {
  static constexpr machine target = machine_of<Real, Arch, Columns>;

  /// The program of an earlier sweep, from 1.
  template <int Sweep>
  using sweep = planned_program<plan_of_sweep<Formula, Wanted, target, Sweep>, Real, Arch, Columns>;

  static_assert((check_whole<Formula, program::plan.trouble>(), true));
  static_assert(Columns == column_elements::any || program::plan.tile_elements == 0,
                "a formula of single numbers keeps nothing between its loops");
};

/// The kernel of a formula.
template <class Formula, goal Wanted, class Real = float, class Arch = native_arch>
using kernel_of = kernel<program<Formula, Wanted, Real, Arch>>;

}  // namespace fusegrad
