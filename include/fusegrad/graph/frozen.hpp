// SPDX-License-Identifier: BSL-1.0
// A graph of fixed size: what one pass leaves behind as a constant for the next.
// A vector cannot outlive a constant evaluation, an array can.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "fusegrad/graph/graph.hpp"

namespace fusegrad {

/// How many entries each list of a graph has.
struct graph_sizes {
  std::size_t nodes = 0, symbols = 0, outputs = 0;
};

[[nodiscard]] constexpr graph_sizes sizes_of(const graph& of) {
  return {of.nodes().size(), of.symbols().size(), of.outputs().size()};
}

/// The contents of a graph in arrays.
template <graph_sizes Sizes> struct frozen_graph {
  std::array<node, Sizes.nodes> nodes{};
  std::array<symbol, Sizes.symbols> symbols{};
  std::array<output, Sizes.outputs> outputs{};
  problem trouble;
};

/// A frozen graph of any size.
struct frozen_view {
  std::span<const node> nodes;
  std::span<const symbol> symbols;
  std::span<const output> outputs;
  problem trouble;
};

template <graph_sizes Sizes> [[nodiscard]] constexpr frozen_view view_of(const frozen_graph<Sizes>& frozen) {
  return {frozen.nodes, frozen.symbols, frozen.outputs, frozen.trouble};
}

/// The same graph, growing again.
[[nodiscard]] constexpr graph thaw(const frozen_view& frozen) {
  graph result;
  result.copy_symbols(frozen.symbols);
  result.append(frozen.nodes);
  for (const output& each : frozen.outputs) result.add_output(each);
  result.report(frozen.trouble);
  return result;
}
template <graph_sizes Sizes> [[nodiscard]] constexpr graph thaw(const frozen_graph<Sizes>& frozen) {
  return thaw(view_of(frozen));
}

namespace freezing {

/// Copies as many entries as both lists have.
constexpr void copy(const auto& from, auto& to) {
  const std::size_t count = from.size() < to.size() ? from.size() : to.size();
  for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

/// A graph in arrays of which a part may be unused, and the sizes that it would need.
template <graph_sizes Room> struct attempt {
  frozen_graph<Room> contents;
  graph_sizes needed;

  [[nodiscard]] constexpr bool fits() const {
    return needed.nodes <= Room.nodes && needed.symbols <= Room.symbols && needed.outputs <= Room.outputs;
  }
};

template <graph_sizes Room> [[nodiscard]] constexpr attempt<Room> pour(const graph& from) {
  attempt<Room> result;
  copy(from.nodes(), result.contents.nodes);
  copy(from.symbols(), result.contents.symbols);
  copy(from.outputs(), result.contents.outputs);
  result.contents.trouble = from.trouble();
  result.needed = sizes_of(from);
  return result;
}

template <graph_sizes Size> [[nodiscard]] constexpr frozen_graph<Size> trim(const auto& from) {
  frozen_graph<Size> result;
  copy(from.nodes, result.nodes);
  copy(from.symbols, result.symbols);
  copy(from.outputs, result.outputs);
  result.trouble = from.trouble;
  return result;
}

/// A constant of its own: as a local one clang computes it again with every evaluation of its function.
template <class Build, graph_sizes Room> inline constexpr auto first_attempt = pour<Room>(Build{}());

}  // namespace freezing

/// The graph that `build()` returns, as a constant of exactly its size. `build` is a stateless callable.
/// Cost: `build` runs once if its graph has at most `Room` nodes and few symbols and outputs, else twice.
template <std::size_t Room = 64, class Build> [[nodiscard]] consteval auto freeze(Build) {
  constexpr std::size_t few = 24;
  constexpr const auto& guess = freezing::first_attempt<Build, graph_sizes{Room, few, few}>;
  if constexpr (guess.fits())
    return freezing::trim<guess.needed>(guess.contents);
  else
    return freezing::pour<guess.needed>(Build{}()).contents;
}

}  // namespace fusegrad
