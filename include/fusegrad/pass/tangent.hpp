// SPDX-License-Identifier: BSL-1.0
// Forward-mode differentiation: adds to a graph the tangent of one value along given directions.
// In: verified graph. Out: verified graph with one more output, of role gradient and of no symbol.
// Source: Griewank, Walther 2008, "Evaluating Derivatives", ch. 3.
#pragma once

#include <span>
#include <vector>

#include "fusegrad/op/words.hpp"
#include "fusegrad/pass/singular.hpp"

namespace fusegrad {

/// How a symbol moves: along a value of its own shape, which is a node of the same graph.
struct direction {
  int symbol = -1;
  node_id along;
};

namespace forward_mode {

/// The tangent of a symbol: none where it does not move.
[[nodiscard]] constexpr ref seed(graph& in, const node& leaf, std::span<const direction> directions) {
  for (const direction& each : directions) {
    if (each.symbol != leaf.payload.symbol) continue;
    const tensor_shape found = in[each.along].extents;
    if (!(found == leaf.extents)) in.report({problem_kind::shapes_do_not_broadcast, leaf.extents, found});
    return {&in, each.along};
  }
  return {};
}

/// Which operations meet absolute zeros of a tangent beside something singular.
struct masking {
  bool masked = false;  // zeros of the directions are absolute
  node_flags singular;

  [[nodiscard]] constexpr bool operator()(const node& here) const {
    return masked && meets_singular(singular, here);
  }
};

/// The sum of what the operands' tangents hand up; none where no operand moves. `version`: the node that stands
/// for another one; tangents are kept by the nodes of the graph that is differentiated.
[[nodiscard]] constexpr ref push_forward(graph& in, const node& original, node_id version,
                                         std::span<const ref> tangents, const masking& masked) {
  ref sum;
  for (int k = 0; k < original.arity && original.op->pushforward != nullptr; ++k) {
    const ref below = tangents[std::size_t(original.operands[k].value)];
    if (!below.id) continue;
    const ref share{&in, original.op->pushforward(in, version, k, below.id, masked(original))};
    sum = sum.id ? sum + share : share;
  }
  return sum;
}

/// The tangent of a node that belongs to no repetition.
[[nodiscard]] constexpr ref tangent_of(graph& in, const graph& from, int id,
                                       std::span<const direction> directions, const masking& masked,
                                       std::span<const ref> tangents) {
  const node& here = from[node_id{id}];
  if (here.op == &row<symbol_op>()) return seed(in, here, directions);
  return push_forward(in, here, node_id{id}, tangents, masked);
}

/// Visits the nodes of `from` that belong to no repetition, each after all that it reads, and hands tangents
/// through the repetitions between them.
constexpr void forward_through_repetitions(graph& in, const graph& from,
                                           std::span<const direction> directions, const masking& masked,
                                           std::vector<ref>& tangents);

}  // namespace forward_mode

/// Adds the Jacobian-vector product of `of` along `directions` as an output: its rate of change while every
/// named symbol moves along its direction. Of a value of a row it is the tangent of that row.
/// Where zeros of the directions are absolute, `masked`, they stay so beside an infinite derivative.
/// Shape:  that of `of`.
/// Cost:   each node is visited once; the tangent costs at most three times the value.
[[nodiscard]] constexpr graph tangent(const graph& from, node_id of, std::span<const direction> directions,
                                      bool masked = false) {
  graph result = from;
  const forward_mode::masking guard{masked, singular_nodes(from)};
  std::vector<ref> tangents(std::size_t(from.size()));
  if (has_repetitions(from)) {
    forward_mode::forward_through_repetitions(result, from, directions, guard, tangents);
  } else {
    for (int i = 0; i <= of.value; ++i)
      tangents[std::size_t(i)] = forward_mode::tangent_of(result, from, i, directions, guard, tangents);
  }
  ref found = tangents[std::size_t(of.value)];
  if (!found.id) found = constant_like({&result, of}, 0);
  result.add_output({output_role::gradient, -1, found.id});
  return result;
}

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/pass/forward_repetition.hpp"
