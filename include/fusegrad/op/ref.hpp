// SPDX-License-Identifier: BSL-1.0
// A handle of a node with which formulas are written inside the compiler: derivatives, rules, traced lambdas.
// What an operator or a word means is said once, on refs; the user's expressions lower to the same functions.
#pragma once

#include <array>
#include <concepts>
#include <type_traits>

#include "fusegrad/graph/graph.hpp"
#include "fusegrad/op/identity.hpp"

namespace fusegrad {

/// Something that formulas are made of: a `ref` or an expression of the user's.
template <class Type>
concept formula = requires {
  typename Type::formula_tag;
};

/// A bare number in a formula.
template <class Type>
concept number = std::is_arithmetic_v<Type>;

/// A node of a graph that is being built. Trivially copyable; valid as long as the graph.
struct ref {
  using formula_tag = void;

  graph* in = nullptr;
  node_id id;

  [[nodiscard]] constexpr const node& operator*() const { return (*in)[id]; }
  [[nodiscard]] constexpr const node* operator->() const { return &(*in)[id]; }
  [[nodiscard]] constexpr tensor_shape extents() const { return (*in)[id].extents; }
  [[nodiscard]] constexpr int rank() const { return (*in)[id].extents.rank; }
  [[nodiscard]] constexpr ref operand(int i) const { return {in, (*in)[id].operands[i]}; }

  /// Picks the element of the class that a label names.
  template <class Label> constexpr auto operator[](Label label) const;
};

[[nodiscard]] constexpr bool same(ref a, ref b) { return a.id == b.id; }

/// Whether a node is made by the given operation.
template <class Op> [[nodiscard]] constexpr bool is(ref a) { return a->op == &row_of<Op>; }

/// Applies an operation to refs of one graph, without broadcasting.
template <class Op, std::same_as<ref>... Rest>
constexpr ref apply(attributes payload, ref first, Rest... rest) {
  return {first.in, first.in->add(row<Op>(), {first.id, rest.id...}, payload)};
}
template <class Op, std::same_as<ref>... Rest> constexpr ref apply(ref first, Rest... rest) {
  return apply<Op>(attributes{}, first, rest...);
}

/// A number known to the C++ compiler, as a formula of its own: it takes its place beside refs and
/// expressions alike.
template <double Value> struct literal {
  using formula_tag = void;
  static constexpr double value = Value;
};

/// A number in a formula: `constant<0.5> * x`.
template <auto Value> inline constexpr literal<double(Value)> constant{};

template <class Type> inline constexpr bool is_literal = false;
template <double Value> inline constexpr bool is_literal<literal<Value>> = true;

/// What can stand in a formula of refs.
template <class Type>
concept ref_or_literal = std::same_as<Type, ref> || is_literal<Type>;

constexpr ref constant_in(graph& in, double value, const tensor_shape& extents);

template <class Type> constexpr ref to_ref(graph& in, Type operand) {
  if constexpr (is_literal<Type>)
    return constant_in(in, Type::value, {});
  else
    return operand;
}

/// The graph of the operands that are refs.
template <class... Operands> constexpr graph* graph_of(Operands... operands) {
  graph* found = nullptr;
  const auto look = [&](auto operand) {
    if constexpr (std::same_as<decltype(operand), ref>) found = operand.in;
  };
  (look(operands), ...);
  return found;
}

/// Calls a function of refs; the user's expressions have an overload that only records the call.
template <class Function, ref_or_literal... Operands>
requires(std::same_as<Operands, ref> || ...) constexpr ref call(Operands... operands) {
  if constexpr ((std::same_as<Operands, ref> && ...)) {
    return Function{}(operands...);
  } else {
    graph* const in = graph_of(operands...);
    return Function{}(to_ref(*in, operands)...);
  }
}

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/op/describe.hpp"
