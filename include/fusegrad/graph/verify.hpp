// SPDX-License-Identifier: BSL-1.0
// The grammar of a graph, checked between every two passes: a pass that breaks it is found where it did, not
// stages later. In a constant evaluation a broken rule calls a function that is no constant: its name is the
// message.
#pragma once

#include <stdexcept>

#include "fusegrad/graph/graph.hpp"

namespace fusegrad {

namespace grammar {

[[noreturn]] inline void a_node_has_no_operation() { throw std::logic_error("a node has no operation"); }
[[noreturn]] inline void a_node_has_a_wrong_number_of_operands() {
  throw std::logic_error("a node has a wrong number of operands");
}
[[noreturn]] inline void an_operand_does_not_stand_before_its_node() {
  throw std::logic_error("an operand does not stand before its node");
}
[[noreturn]] inline void a_node_has_a_wrong_level() { throw std::logic_error("a node has a wrong level"); }
[[noreturn]] inline void a_node_has_a_wrong_shape() { throw std::logic_error("a node has a wrong shape"); }
[[noreturn]] inline void an_output_is_no_node() { throw std::logic_error("an output is no node"); }
[[noreturn]] inline void a_composite_is_left() { throw std::logic_error("a composite is left"); }

}  // namespace grammar

/// How much of the grammar is checked. Each includes those before it.
enum class strictness {
  order,        // operands stand before their nodes, levels are those of the operands, outputs exist
  written_out,  // and no composite is left: what kernels are made of
};

/// The graph, if it keeps the grammar.
/// Errors: a constant evaluation that names the rule; at run time std::logic_error with the same words.
/// Cost:   one look at every node; shapes are not inferred again, see `verify_shapes`.
[[nodiscard]] constexpr graph verified(graph in, strictness wanted = strictness::order) {
  const node* const nodes = in.nodes().data();
  for (int i = 0; i < in.size(); ++i) {
    const node& here = nodes[i];
    if (here.op == nullptr) grammar::a_node_has_no_operation();
    if (here.arity != here.op->arity) grammar::a_node_has_a_wrong_number_of_operands();
    const operation_family family = here.op->family;
    level highest = level::constant;
    for (int k = 0; k < here.arity; ++k) {
      const int operand = here.operands[k].value;
      if (operand < 0 || operand >= i) grammar::an_operand_does_not_stand_before_its_node();
      if (nodes[operand].depends > highest) highest = nodes[operand].depends;
    }
    if (family == operation_family::row_mean) highest = level::parameter;
    if (begins_repetition(here)) highest = level(here.payload.axes);
    if (family != operation_family::leaf && here.depends != highest) grammar::a_node_has_a_wrong_level();
    if (wanted == strictness::written_out && family == operation_family::composite)
      grammar::a_composite_is_left();
  }
  for (const output& each : in.outputs())
    if (each.id.value < 0 || each.id.value >= in.size()) grammar::an_output_is_no_node();
  return in;
}

/// Checks that every shape and kind is what its operation infers from its operands.
/// Errors: as `verified`.
constexpr void verify_shapes(const graph& in) {
  for (const node& each : in.nodes()) {
    const inference found = each.op->infer(in, each);
    if (!(found.extents == each.extents) || found.kind != each.kind) grammar::a_node_has_a_wrong_shape();
  }
}

}  // namespace fusegrad
