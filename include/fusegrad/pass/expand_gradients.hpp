// SPDX-License-Identifier: BSL-1.0
// Keeps the promise of grad(loss, w): replaces each by the derivative of its loss, inner ones first.
// In: graph. Out: graph without gradient nodes, in stable form. The loss is made stable before it is
// differentiated.
#pragma once

#include <array>

#include "fusegrad/op/gradient.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/stabilise.hpp"

namespace fusegrad {

/// The first gradient node, whose operands hold none; or none.
[[nodiscard]] constexpr node_id first_gradient(const graph& in) {
  for (int i = 0; i < in.size(); ++i)
    if (in[node_id{i}].op == &row<gradient_op>()) return node_id{i};
  return {};
}

/// Replaces the node `gradient` by the last output of the graph, which is its value.
[[nodiscard]] constexpr graph replace_by_last_output(const graph& from, node_id gradient) {
  graph result;
  result.copy_symbols(from.symbols());
  std::vector<node_id> place(std::size_t(from.size()));
  const node_id derivative = from.outputs().back().id;
  const auto copy = [&](int i) {
    const node& each = from[node_id{i}];
    node_id operands[max_operands];
    for (int k = 0; k < each.arity; ++k) operands[k] = place[std::size_t(each.operands[k].value)];
    place[std::size_t(i)] = result.add(*each.op, operands, each.arity, each.payload);
  };
  // What the derivative needs lies after the promise in the order of nodes, but never depends on it.
  node_flags after(std::size_t(from.size()));
  for (int i = gradient.value; i < from.size(); ++i) {
    const node& each = from[node_id{i}];
    after[std::size_t(i)] = i == gradient.value;
    for (int k = 0; k < each.arity; ++k) after[std::size_t(i)] |= after[std::size_t(each.operands[k].value)];
  }
  for (int i = 0; i < from.size(); ++i)
    if (!after[std::size_t(i)]) copy(i);
  place[std::size_t(gradient.value)] = place[std::size_t(derivative.value)];
  for (int i = gradient.value + 1; i < from.size(); ++i)
    if (after[std::size_t(i)]) copy(i);
  for (std::size_t i = 0; i + 1 < from.outputs().size(); ++i) {
    output each = from.outputs()[i];
    each.id = place[std::size_t(each.id.value)];
    result.add_output(each);
  }
  result.report(from.trouble());
  return prune(static_cast<graph&&>(result));
}

/// The graph with every gradient written out, in stable form.
[[nodiscard]] constexpr graph expand_gradients(const graph& from, rule_counts* fired = nullptr) {
  graph result = stabilise(from, fired);
  for (node_id promise = first_gradient(result); promise; promise = first_gradient(result)) {
    const node wanted = result[promise];
    const std::array by{result[wanted.operands[1]].payload.symbol};
    const bool average = result[wanted.operands[0]].depends < level::row;
    const bool contained = reverse_mode::active_nodes(result, by)[std::size_t(wanted.operands[0].value)];
    if (!contained) {
      result.report({problem_kind::not_a_parameter, wanted.extents, {}});
      return result;
    }
    graph differentiated = differentiate(result, wanted.operands[0], by, average);
    if (average) differentiated = shares_of_rows(static_cast<graph&&>(differentiated));
    result = stabilise(replace_by_last_output(differentiated, promise));
  }
  return result;
}

}  // namespace fusegrad
