// SPDX-License-Identifier: BSL-1.0
// Drops every node that no output needs. Keeps the order, hence the topological order.
// In: verified graph. Out: verified graph without dead nodes.
#pragma once

#include "fusegrad/graph/graph.hpp"

namespace fusegrad {

/// Marks also what marked nodes are made of.
constexpr void mark_operands(const graph& in, node_flags& marked) {
  const node* const nodes = in.nodes().data();
  for (int i = in.size() - 1; i >= 0; --i) {
    if (!marked.elements[i]) continue;
    for (int k = 0; k < nodes[i].arity; ++k) marked.elements[nodes[i].operands[k].value] = 1;
  }
}

/// For each node, whether an output needs it.
[[nodiscard]] constexpr node_flags reachable(const graph& from) {
  node_flags needed(std::size_t(from.size()));
  for (const output& each : from.outputs()) needed.elements[each.id.value] = 1;
  mark_operands(from, needed);
  return needed;
}

/// For each node, whether a value is made of it.
[[nodiscard]] constexpr node_flags reachable(const graph& from, node_id value) {
  node_flags needed(std::size_t(from.size()));
  needed.elements[value.value] = 1;
  mark_operands(from, needed);
  return needed;
}

/// Copies what the outputs need into a new graph, through `hook` if there is one. The first `normal` nodes
/// are known to be as the hook wants them.
[[nodiscard]] constexpr graph rebuild(const graph& from, const node_flags& needed, rewriting* hook,
                                      int normal = 0) {
  graph result;
  result.reserve(std::size_t(from.size()));
  result.copy_symbols(from.symbols());
  result.rewrite_with(hook);
  const node* const nodes = from.nodes().data();
  sequence<node_id> place(std::size_t(from.size()));
  for (int i = 0; i < from.size(); ++i) {
    if (!needed.elements[i]) continue;
    node copy = nodes[i];
    for (int k = 0; k < copy.arity; ++k) copy.operands[k] = place.elements[copy.operands[k].value];
    place.elements[i] = hook == nullptr || i < normal ? result.append(copy) : result.add_like(copy);
  }
  result.rewrite_with(nullptr);
  for (output each : from.outputs()) {
    each.id = place.elements[each.id.value];
    result.add_output(each);
  }
  result.report(from.trouble());
  return result;
}

/// The graph without dead nodes.
[[nodiscard]] constexpr graph prune(graph from) {
  const node_flags needed = reachable(from);
  int dead = 0;
  for (char each : needed) dead += each == 0;
  if (dead == 0) return from;  // no conditional expression: g++ 12 destroys its operands twice
  return rebuild(from, needed, nullptr);
}

}  // namespace fusegrad
