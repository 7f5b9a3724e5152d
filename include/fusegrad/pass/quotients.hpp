// SPDX-License-Identifier: BSL-1.0
// Writes a product with a reciprocal that nothing else reads as a quotient: x * (1 / y) = x / y, an operation and a
// rounding less. Derivatives are full of them: that of log(y) is 1 / y times what comes from above. A reciprocal
// that several products share stays, since a division takes longer than a few products.
// In: simplified graph. Out: simplified graph.
#pragma once

#include "fusegrad/op/words.hpp"
#include "fusegrad/pass/prune.hpp"
#include "fusegrad/pass/repetitions.hpp"

namespace fusegrad {

namespace quotients {

/// For each node, how many operands and outputs it is.
[[nodiscard]] constexpr sequence<int> count_uses(const graph& in) {
  sequence<int> uses(std::size_t(in.size()));
  for (const node& each : in.nodes())
    for (int k = 0; k < each.arity; ++k) ++uses.elements[each.operands[k].value];
  for (const output& each : in.outputs()) ++uses.elements[each.id.value];
  return uses;
}

[[nodiscard]] constexpr bool is_reciprocal(const graph& in, const node& of) {
  return of.op == &row<divide_op>() && in[of.operands[0]].op == &row<constant_op>() &&
         in[of.operands[0]].payload.number == 1;
}

/// The operand of a product that is a reciprocal, for every row anew as the product, and that nothing else reads;
/// else -1.
[[nodiscard]] constexpr int own_reciprocal(const graph& in, const node& product, const sequence<int>& uses) {
  if (product.op != &row<multiply_op>() || product.depends != level::row) return -1;
  for (int k = 0; k < 2; ++k) {
    const node_id id = product.operands[k];
    if (is_reciprocal(in, in[id]) && in[id].depends == level::row && uses.elements[id.value] == 1) return k;
  }
  return -1;
}

}  // namespace quotients

/// The graph with x / y for x * (1 / y). Repetitions stay as they are: a reciprocal may be the same for all steps.
[[nodiscard]] constexpr graph join_quotients(graph from) {
  if (has_repetitions(from)) return from;
  const sequence<int> uses = quotients::count_uses(from);
  bool found = false;
  for (const node& each : from.nodes()) found = found || quotients::own_reciprocal(from, each, uses) >= 0;
  if (!found) return from;

  graph result;
  result.reserve(std::size_t(from.size()));
  result.copy_symbols(from.symbols());
  sequence<node_id> place(std::size_t(from.size()));
  for (int i = 0; i < from.size(); ++i) {
    node copy = from[node_id{i}];
    const int k = quotients::own_reciprocal(from, copy, uses);
    if (k >= 0) {
      copy.op = &row<divide_op>();
      copy.operands[0] = copy.operands[1 - k];
      copy.operands[1] = from[from[node_id{i}].operands[k]].operands[1];
    }
    for (int operand = 0; operand < copy.arity; ++operand)
      copy.operands[operand] = place.elements[copy.operands[operand].value];
    place.elements[i] = result.append(copy);
  }
  for (output each : from.outputs()) {
    each.id = place.elements[each.id.value];
    result.add_output(each);
  }
  result.report(from.trouble());
  return prune(static_cast<graph&&>(result));
}

}  // namespace fusegrad
