// SPDX-License-Identifier: BSL-1.0
// Drops every node that no output needs. Keeps the order, hence the topological order.
// In: verified graph. Out: verified graph without dead nodes.
#pragma once

#include <vector>

#include "fusegrad/graph/graph.hpp"

namespace fusegrad {

/// For each node, whether an output needs it.
[[nodiscard]] constexpr std::vector<char> reachable(const graph& from) {
  std::vector<char> needed(std::size_t(from.size()), 0);
  for (const output& each : from.outputs()) needed[std::size_t(each.id.value)] = 1;
  for (int i = from.size() - 1; i >= 0; --i) {
    if (!needed[std::size_t(i)]) continue;
    const node& each = from[node_id{i}];
    for (int k = 0; k < each.arity; ++k) needed[std::size_t(each.operands[k].value)] = 1;
  }
  return needed;
}

/// Copies what the outputs need into a new graph, through `hook` if there is one. The first `normal` nodes
/// are known to be as the hook wants them.
[[nodiscard]] constexpr graph rebuild(const graph& from, rewriting* hook, int normal = 0) {
  graph result;
  result.reserve(std::size_t(from.size()));
  for (const symbol& each : from.symbols()) result.add_symbol(each);
  result.rewrite_with(hook);
  const std::vector<char> needed = reachable(from);
  sequence<node_id> place(std::size_t(from.size()));
  for (int i = 0; i < from.size(); ++i) {
    if (!needed[std::size_t(i)]) continue;
    node copy = from[node_id{i}];
    for (int k = 0; k < copy.arity; ++k) copy.operands[k] = place[std::size_t(copy.operands[k].value)];
    place[std::size_t(i)] =
        hook == nullptr || i < normal ? result.append(copy) : result.add_like(copy, copy.operands);
  }
  result.rewrite_with(nullptr);
  for (output each : from.outputs()) {
    each.id = place[std::size_t(each.id.value)];
    result.add_output(each);
  }
  result.report(from.trouble());
  return result;
}

/// The graph without dead nodes.
[[nodiscard]] constexpr graph prune(const graph& from) { return rebuild(from, nullptr); }

}  // namespace fusegrad
