// SPDX-License-Identifier: BSL-1.0
// A graph of fixed size: what one pass leaves behind as a constant for the next.
// A vector cannot outlive a constant evaluation, an array can.
#pragma once

#include <array>
#include <cstddef>

#include "fusegrad/graph/graph.hpp"

namespace fusegrad {

/// The contents of a graph in arrays of exactly its size.
template <std::size_t Nodes, std::size_t Symbols, std::size_t Outputs> struct frozen_graph {
  std::array<node, Nodes> nodes{};
  std::array<symbol, Symbols> symbols{};
  std::array<output, Outputs> outputs{};
  problem trouble;
};

/// The same graph, growing again.
template <class Frozen> [[nodiscard]] constexpr graph thaw(const Frozen& frozen) {
  graph result;
  result.reserve(frozen.nodes.size());
  for (const symbol& each : frozen.symbols) result.add_symbol(each);
  for (const node& each : frozen.nodes) result.append(each);
  for (const output& each : frozen.outputs) result.add_output(each);
  result.report(frozen.trouble);
  return result;
}

/// The graph that `build()` returns, as a constant. `build` is a stateless callable; it runs twice, once for
/// the sizes.
template <class Build> [[nodiscard]] consteval auto freeze(Build build) {
  struct sizes {
    std::size_t nodes, symbols, outputs;
  };
  constexpr sizes size = [] {
    const graph built = Build{}();
    return sizes{built.nodes().size(), built.symbols().size(), built.outputs().size()};
  }();
  const graph built = build();
  frozen_graph<size.nodes, size.symbols, size.outputs> result;
  for (std::size_t i = 0; i < size.nodes; ++i) result.nodes[i] = built.nodes()[i];
  for (std::size_t i = 0; i < size.symbols; ++i) result.symbols[i] = built.symbols()[i];
  for (std::size_t i = 0; i < size.outputs; ++i) result.outputs[i] = built.outputs()[i];
  result.trouble = built.trouble();
  return result;
}

}  // namespace fusegrad
