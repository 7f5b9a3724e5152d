// SPDX-License-Identifier: BSL-1.0
// What the user writes: an empty object per formula. Its type is opaque: a closure stands between it and its
// operands, so that a type name never spells a formula and compile time stays linear.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "fusegrad/expr/diagnose.hpp"
#include "fusegrad/expr/symbol.hpp"

namespace fusegrad {

/// A call of a function of refs on formulas; the closure of an expression returns it.
template <class Function, class... Operands> struct recorded_call {};

#ifdef __clang__
// A formula belongs to its translation unit. g++ knows that from the closure; clang gives closures in default
// template arguments names that translation units share, so that different kernels would be merged by the
// linker.
namespace {
struct translation_unit {};
}  // namespace
#else
struct translation_unit {};
#endif

/// A formula. Empty: nothing is captured, nothing can dangle, `auto` is always safe.
template <class Closure, class Unit = translation_unit> struct expression final {
  using formula_tag = void;

  /// The element of the last axis that a label names, or each of several labels.
  template <formula Label> constexpr auto operator[](Label label) const {
    return call<pick_function>(*this, label);
  }
  template <number Index> constexpr auto operator[](Index) const { refuse_index<Index>(); }
};

/// What an expression's type knows of its value.
struct formula_facts {
  tensor_shape extents;
  value_kind kind = value_kind::real;
  problem trouble;
  int depth = 0;
  int classes = 0;  // of labels that are part of others
};

/// One step of lowering: what is known of a formula, and how to build its node once its operands stand. The
/// steps of a formula form a graph of constants, so that lowering is an ordinary loop and needs no recursion
/// over types.
struct lowering_step {
  formula_facts facts;
  ref (*build)(graph&, const ref* operands) = nullptr;
  const lowering_step* const* operands = nullptr;
  int arity = 0;
};

/// Stands for an operand while the shape of one call is found.
struct placeholder_op : leaf_operation {
  static constexpr std::string_view name = "placeholder";
  static constexpr inference infer(const graph&, const node& of) { return {of.extents, of.kind, {}}; }
};

template <class Function, std::size_t... Operand>
constexpr ref call_on(const ref* operands, std::index_sequence<Operand...>) {
  return Function{}(operands[Operand]...);
}

/// Builds the nodes of one call: the same code for all calls of a function.
template <class Function, std::size_t Arity> constexpr ref build_call(graph&, const ref* operands) {
  return call_on<Function>(operands, std::make_index_sequence<Arity>{});
}

/// The lowering of one type of formula: of a named model, that of its formula.
template <class Formula> struct lowering { static constexpr lowering_step step(); };

template <class Formula> inline constexpr lowering_step step_of = lowering<Formula>::step();

template <class Formula> inline constexpr const formula_facts& facts_of = step_of<Formula>.facts;

/// The steps of some operands, in one place that outlives constant evaluation.
template <class... Operands> inline constexpr const lowering_step* steps_of[] = {&step_of<Operands>...};

template <fixed_string Name, symbol_role Role, int Classes, int... Extents>
struct lowering<named_symbol<Name, Role, Classes, Extents...>> {
  static constexpr ref build(graph& in, const ref*) {
    return symbol_in(in, named_symbol<Name, Role, Classes, Extents...>::description());
  }
  static constexpr lowering_step step() {
    constexpr value_kind kind = Role == symbol_role::label ? value_kind::category : value_kind::real;
    return {{tensor_shape{Extents...}, kind, {}, 0}, build, nullptr, 0};
  }
};

template <double Value> struct lowering<literal<Value>> {
  static constexpr ref build(graph& in, const ref*) { return constant_in(in, Value); }
  static constexpr lowering_step step() { return {{}, build, nullptr, 0}; }
};

/// An operand of a trial call: a leaf is itself, anything else its shape and kind only.
[[nodiscard]] constexpr ref stand_in(graph& trial, const lowering_step& operand) {
  if (operand.arity == 0) return operand.build(trial, nullptr);
  node placeholder;
  placeholder.op = &row<placeholder_op>();
  placeholder.extents = operand.facts.extents;
  placeholder.kind = operand.facts.kind;
  placeholder.payload.number = operand.facts.classes;
  return {&trial, trial.append(placeholder)};
}

template <class Closure> struct lowering<expression<Closure>> {
  static constexpr lowering_step step() { return step_of_call(decltype(Closure{}()){}); }

 private:
  template <class Function, class... Operands>
  static constexpr lowering_step step_of_call(recorded_call<Function, Operands...>) {
    constexpr std::size_t arity = sizeof...(Operands);
    graph trial;
    const ref operands[] = {stand_in(trial, step_of<Operands>)...};
    const ref result = build_call<Function, arity>(trial, operands);
    int depth = 0;
    ((depth = step_of<Operands>.facts.depth > depth ? step_of<Operands>.facts.depth : depth), ...);
    const int classes = result->kind == value_kind::category ? classes_of(trial, *result) : 0;
    return {{result.extents(), result->kind, trial.trouble(), depth + 1, classes},
            build_call<Function, arity>,
            steps_of<Operands...>,
            int(arity)};
  }
};

template <class Formula> constexpr lowering_step lowering<Formula>::step() {
  return step_of<decltype(Formula::formula())>;
}

/// Builds the nodes of a formula. A worklist, since recursion would meet the compilers' limits at a few
/// hundred levels.
[[nodiscard]] constexpr ref lower_into(graph& in, const lowering_step& root) {
  struct built {
    const lowering_step* step;
    ref value;
  };
  std::vector<std::vector<built>> done(std::size_t(root.facts.depth) + 1);
  const auto find = [&](const lowering_step* step) {
    for (const built& each : done[std::size_t(step->facts.depth)])
      if (each.step == step) return each.value;
    return ref{};
  };
  std::vector<const lowering_step*> waiting{&root};
  while (!waiting.empty()) {
    const lowering_step* const step = waiting.back();
    std::vector<ref> operands(std::size_t(step->arity));
    bool ready = true;
    for (int i = step->arity - 1; i >= 0;
         --i) {  // the first operand is built first: symbols keep the reader's order
      operands[std::size_t(i)] = find(step->operands[i]);
      if (operands[std::size_t(i)].id) continue;
      ready = false;
      waiting.push_back(step->operands[i]);
    }
    if (!ready) continue;
    waiting.pop_back();
    if (!find(step).id)
      done[std::size_t(step->facts.depth)].push_back({step, step->build(in, operands.data())});
  }
  return find(&root);
}

/// A guess at how many nodes a formula becomes: seldom more than two for each level.
[[nodiscard]] constexpr std::size_t nodes_expected(const lowering_step& root) {
  return 32 + 2 * std::size_t(root.facts.depth);
}

/// The graph of one formula, with the formula as its value.
template <class Formula> [[nodiscard]] constexpr graph lowered() {
  graph result;
  const ref value = lower_into(result, step_of<Formula>);
  result.add_output({output_role::value, -1, value.id});
  return result;
}

/// How a call was written, from its operands; only a wrong call is ever printed here. A function of refs says
/// how by `printed_as`, an operation, or by `word`, a name; else its operands stand alone.
template <class Function, class... Operands>
constexpr text text_of_call(recorded_call<Function, Operands...>) {
  const auto text_of = []<class Formula>(std::type_identity<Formula>) {
    const graph whole = lowered<Formula>();
    return print_node(whole, whole.outputs()[0].id);
  };
  const printed operands[] = {text_of(std::type_identity<Operands>{})...};
  if constexpr (requires { typename Function::printed_as; }) {
    node shown;
    shown.arity = sizeof...(Operands);
    return row<typename Function::printed_as>().print(graph{}, shown, operands).text;
  } else {
    text call;
    for (const printed& each : operands) {
      if (!call.empty()) call += ", ";
      call += each.text;
    }
    if constexpr (requires { Function::word; }) call = text(Function::word) + "(" + call + ")";
    return call;
  }
}

template <tensor_shape Of, std::size_t... Axis> constexpr auto extents_type(std::index_sequence<Axis...>) {
  return extents<Of[int(Axis)]...>{};
}

/// What is wrong with the outermost call of a formula, if anything.
template <class Formula> inline constexpr problem_kind trouble_of = facts_of<Formula>.trouble.kind;

template <class Closure> constexpr auto describe_wrong_call(expression<Closure> call) {
  constexpr problem trouble = facts_of<decltype(call)>.trouble;
  constexpr std::size_t size = text_of_call(decltype(Closure{}()){}).size();
  constexpr auto written = to_fixed_string<size + 1>(text_of_call(decltype(Closure{}()){}).view());
  return wrong_formula<
      written, decltype(extents_type<trouble.left>(std::make_index_sequence<trouble.left.rank>{})),
      decltype(extents_type<trouble.right>(std::make_index_sequence<trouble.right.rank>{}))>{};
}

/// The facts of a wrong call, for `diagnose`.
template <class Formula> using wrong_call = decltype(describe_wrong_call(Formula{}));

/// The user's formulas: what is not a ref.
template <class Type>
concept recordable = formula<Type> && !std::same_as<Type, ref>;

/// A model with a name of its own, such as one in a header: `struct model { static constexpr auto formula()
/// {...} };`
template <class Type>
concept named_model = requires {
  { Type::formula() } -> formula;
};

/// What can be trained and evaluated as a whole.
template <class Type>
concept whole_formula = recordable<Type> || named_model<Type>;

/// The formula of a call. The default argument makes a closure type of its own for each; never defined.
template <class Function, class... Operands,
          class Closure = decltype([] { return recorded_call<Function, Operands...>{}; })>
expression<Closure> record(std::type_identity<Operands>...);

// A compiler names every level between the user's line and the sentence: what records a call checks it, too.

/// Records a call on the user's formulas.
template <class Function, recordable... Operands> constexpr auto call(Operands...) {
  using recorded = decltype(record<Function>(std::type_identity<Operands>{}...));
  static_assert(step_of<recorded>.facts.depth >
                0);  // made here, level by level, so that depth meets no limit
  if constexpr (trouble_of<recorded> != problem_kind::none)
    diagnose<trouble_of<recorded>, wrong_call<recorded>>();
  return recorded{};
}

/// Records an operator on the user's formulas.
template <class Function, recordable Left, recordable Right> constexpr auto call_operator(Left, Right) {
  using recorded = decltype(record<Function>(std::type_identity<Left>{}, std::type_identity<Right>{}));
  static_assert(step_of<recorded>.facts.depth > 0);
  if constexpr (trouble_of<recorded> != problem_kind::none)
    diagnose<trouble_of<recorded>, wrong_call<recorded>>();
  return recorded{};
}

}  // namespace fusegrad
