// SPDX-License-Identifier: BSL-1.0
// Writes a product with a reciprocal that nothing else reads as a quotient: x * (1 / y) = x / y, an operation and a
// rounding less. Derivatives are full of them: that of log(y) is 1 / y times what comes from above. A reciprocal
// that several products share stays, since a division takes longer than a few products.
// In: simplified graph. Out: simplified graph.
#pragma once

#include "fusegrad/op/words.hpp"
#include "fusegrad/pass/repetitions.hpp"
#include "fusegrad/pass/rewrite.hpp"

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

/// The operand of a product that is a reciprocal, for every row anew as the product; else -1.
[[nodiscard]] constexpr int reciprocal_of(const graph& in, const node& product) {
  if (product.op != &row<multiply_op>() || product.depends != level::row) return -1;
  for (int k = 0; k < 2; ++k) {
    const node& operand = in[product.operands[k]];
    if (operand.depends == level::row && is_reciprocal(in, operand)) return k;
  }
  return -1;
}

/// The node, or the quotient in its place.
[[nodiscard]] constexpr node joined(const graph& in, node of, const sequence<int>& uses) {
  const int k = reciprocal_of(in, of);
  if (k < 0 || uses.elements[of.operands[k].value] > 1) return of;
  const node_id divisor = in[of.operands[k]].operands[1];
  of.op = &row<divide_op>();
  of.operands[0] = of.operands[1 - k];
  of.operands[1] = divisor;
  return of;
}

/// Whether there may be something to do. Repetitions stay as they are: a reciprocal may be the same for all steps.
[[nodiscard]] constexpr bool may_join(const graph& in) {
  for (const node& each : in.nodes())
    if (reciprocal_of(in, each) >= 0) return !has_repetitions(in);
  return false;
}

}  // namespace quotients

/// The graph with x / y for x * (1 / y).
[[nodiscard]] constexpr graph join_quotients(graph from) {
  if (!quotients::may_join(from)) return from;
  const sequence<int> uses = quotients::count_uses(from);
  graph result;
  result.copy_symbols(from.symbols());
  for (const node& each : from.nodes()) result.append(quotients::joined(from, each, uses));
  for (const output& each : from.outputs()) result.add_output(each);
  result.report(from.trouble());
  return rewrite(result, {});  // a quotient may be there already; reciprocals are read no more
}

}  // namespace fusegrad
