// SPDX-License-Identifier: BSL-1.0
// The whole compiler: from what the user wrote to a kernel, one constant per stage. Each stage can be
// printed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fusegrad/expr/expression.hpp"
#include "fusegrad/expr/literals.hpp"
#include "fusegrad/expr/trace.hpp"
#include "fusegrad/graph/frozen.hpp"
#include "fusegrad/graph/verify.hpp"
#include "fusegrad/kernel/kernel.hpp"
#include "fusegrad/pass/economise.hpp"

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
  return verified(lowered<Formula>());
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
/// `MostKept`: how many numbers of a row derivatives may keep of the steps of a repetition.
template <class Formula, goal Wanted, int MostKept = reverse_mode::most_kept> struct stages {
  static constexpr const auto& formula = written_graph<Formula>;
  static constexpr auto expanded =
      freeze<formula.nodes.size() * 4>([] { return pipeline::expanded(thaw(formula), Wanted, MostKept); });
  static constexpr auto value =
      freeze<expanded.nodes.size() + 8>([] { return pipeline::value(thaw(expanded), Wanted); });
  static constexpr auto stable = freeze<value.nodes.size() * 2>([] { return pipeline::stable(thaw(value)); });
  static constexpr auto differentiated = freeze<stable.nodes.size() * 5>([] {
    return pipeline::differentiated(thaw(stable), Wanted, gradient_symbols_of<Formula>(), MostKept);
  });
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

template <class Formula, goal Wanted, int MostKept> consteval auto settle_formula() {
  if constexpr (passes_at_once<Formula>())
    return freeze<written_graph<Formula>.nodes.size() * 4 + 32>([] {
      return run_passes(thaw(written_graph<Formula>), Wanted, gradient_symbols_of<Formula>()).settled;
    });
  else
    return stages<Formula, Wanted, MostKept>::settled;
}

/// What all passes make of a formula: the graph of its plan.
template <class Formula, goal Wanted, int MostKept = reverse_mode::most_kept>
inline constexpr auto settled_graph = settle_formula<Formula, Wanted, MostKept>();

/// A plan that sweeps over the rows once. `Choice`: of what is kept, see `economy_at`.
template <class Formula, goal Wanted, machine Target, int Choice> struct one_sweep {
  static constexpr int earlier_sweeps = 0;
  static constexpr int choice = Choice;
  static constexpr const auto& settled = settled_graph<Formula, Wanted, economy_at(Choice).most_kept>;
  static constexpr auto plan = freeze_plan<settled.nodes.size(), settled.symbols.size()>(
      [] { return make_plan(thaw(settled), Target, economy_at(Choice).again); });
  static constexpr long long scratch = scratch_bytes(plan, Target);
};

/// What one of several sweeps computes.
template <class Formula, goal Wanted, int MostKept, int Sweep>
inline constexpr auto sweep_graph = freeze<settled_graph<Formula, Wanted, MostKept>.nodes.size()>([] {
  return verified(sweep_of(thaw(settled_graph<Formula, Wanted, MostKept>), Sweep));
});

template <class Formula, goal Wanted, machine Target, int Choice, int Sweep> struct plan_of_sweep {
  static constexpr const auto& settled = sweep_graph<Formula, Wanted, economy_at(Choice).most_kept, Sweep>;
  static constexpr auto plan = freeze_plan<settled.nodes.size(), settled.symbols.size()>(
      [] { return make_plan(thaw(settled), Target, economy_at(Choice).again); });
  static constexpr long long scratch = scratch_bytes(plan, Target);
};

/// The memory of a tile: the greatest of all sweeps.
template <class Formula, goal Wanted, machine Target, int Choice, int... Earlier>
constexpr long long peak_of_sweeps(std::integer_sequence<int, Earlier...>) {
  return std::max({plan_of_sweep<Formula, Wanted, Target, Choice, Earlier + 1>::scratch...});
}

/// The plan of the last sweep, after those that find the means it needs.
template <class Formula, goal Wanted, machine Target, int Choice, int Sweeps>
struct last_sweep : plan_of_sweep<Formula, Wanted, Target, Choice, Sweeps> {
  static constexpr int earlier_sweeps = Sweeps - 1;
  static constexpr int choice = Choice;
  static constexpr long long scratch =
      peak_of_sweeps<Formula, Wanted, Target, Choice>(std::make_integer_sequence<int, Sweeps>{});
};

template <class Formula, goal Wanted, machine Target, int Choice> constexpr auto choose_sweeps() {
  using one = one_sweep<Formula, Wanted, Target, Choice>;
  if constexpr (one::plan.trouble.kind != problem_kind::two_row_phases) {
    return std::type_identity<one>{};
  } else {
    constexpr int sweeps = count_sweeps(thaw(one::settled));
    return std::type_identity<last_sweep<Formula, Wanted, Target, Choice, sweeps>>{};
  }
}

template <class Formula> inline constexpr int last_economy = economies_of(thaw(written_graph<Formula>)) - 1;

/// The plan of the first choice, from `Choice` on, that is within the bound of the formula, else of the one
/// that needs least: as `run_passes_on` chooses at run time.
template <class Formula, goal Wanted, machine Target, int Choice = 0> constexpr auto choose_plan() {
  constexpr auto found = choose_sweeps<Formula, Wanted, Target, Choice>();
  using found_plan = typename decltype(found)::type;
  if constexpr (Target.most_scratch == 0) {
    return found;
  } else if constexpr (found_plan::scratch <= Target.most_scratch || Choice == last_economy<Formula>) {
    return found;
  } else {
    constexpr auto next = choose_plan<Formula, Wanted, Target, Choice + 1>();
    if constexpr (decltype(next)::type::scratch < found_plan::scratch)
      return next;
    else
      return found;
  }
}

/// Bytes of scratch memory as a type, for diagnostics.
template <long long Bytes> struct needs_bytes {};
template <int Bytes> struct allows_bytes {};

/// Stops the compilation with a sentence if the tile of a plan takes more than its formula allows.
template <long long Needed, int Allowed, class = needs_bytes<Needed>, class = allows_bytes<Allowed>>
constexpr void check_scratch() {
  static_assert(
      Allowed == 0 || Needed <= Allowed,
      "scratch_within<bytes>(formula): a tile of one register of rows needs more bytes than are "
      "allowed: allow as many as needs_bytes<...> says, or give the formula fewer or smaller values");
}

/// What kernels ask of a program: its plan, for one number type and one instruction set.
template <class Plan, class Real, class Arch, column_elements Columns = column_elements::any>
struct planned_program : Plan {
  using real = Real;
  using arch = Arch;
  static constexpr column_elements columns = Columns;
  static constexpr std::size_t tile_rows = std::size_t(Plan::plan.tile_registers) * lane_count<Real, Arch>;
};

/// A machine as one formula may use it.
template <class Formula, class Real, class Arch, column_elements Columns>
inline constexpr machine machine_of{int(lane_count<Real, Arch>), Columns == column_elements::in_place,
                                    int(sizeof(Real)), scratch_bound(written_graph<Formula>.nodes)};

/// A program: a formula with what is wanted of it.
template <class Formula, goal Wanted, class Real, class Arch, column_elements Columns = column_elements::any>
struct program
    : planned_program<
          typename decltype(choose_plan<Formula, Wanted, machine_of<Formula, Real, Arch, Columns>>())::type,
          Real, Arch, Columns> {
  static constexpr machine target = machine_of<Formula, Real, Arch, Columns>;

  /// The program of an earlier sweep, from 1.
  template <int Sweep>
  using sweep =
      planned_program<plan_of_sweep<Formula, Wanted, target, program::choice, Sweep>, Real, Arch, Columns>;

  static_assert((check_whole<Formula, program::plan.trouble>(), true));
  static_assert((check_scratch<program::scratch, target.most_scratch>(), true));
  static_assert(Columns == column_elements::any || program::plan.tile_elements == 0,
                "a formula of single numbers keeps nothing between its loops");
};

/// The kernel of a formula.
template <class Formula, goal Wanted, class Real = float, class Arch = native_arch>
using kernel_of = kernel<program<Formula, Wanted, Real, Arch>>;

}  // namespace fusegrad
