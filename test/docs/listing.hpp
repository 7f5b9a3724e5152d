// SPDX-License-Identifier: BSL-1.0
// Graphs and plans as text, a node or an operation per line, as the pages of docs/stages show them.
#pragma once

#include <iomanip>
#include <sstream>
#include <string>

#include "fusegrad/graph/print.hpp"
#include "fusegrad/pass/plan.hpp"

namespace fusegrad::test {

[[nodiscard]] inline std::string name_of(level of) {
  return of == level::row ? "row" : of == level::parameter ? "parameter" : "constant";
}

// A graph, one node per line: its number, its operation on the numbers of others, its shape, its level.

[[nodiscard]] inline std::string call_of(const graph& in, const node& of) {
  if (of.arity == 0) return of.op->print(in, of, nullptr).text.string();
  std::string call(of.op->name);
  for (int k = 0; k < of.arity; ++k)
    call += (k == 0 ? "(" : ", ") + ("#" + std::to_string(of.operands[k].value));
  return call + ")";
}

[[nodiscard]] inline std::string listing(const graph& in) {
  std::ostringstream out;
  for (int i = 0; i < in.size(); ++i) {
    const node& each = in[node_id{i}];
    out << std::setw(3) << "#" + std::to_string(i) << " = " << std::left << std::setw(22) << call_of(in, each)
        << std::setw(11) << to_text(each.extents).string() << name_of(each.depends) << std::right << '\n';
  }
  for (const output& each : in.outputs()) {
    out << (each.role == output_role::value ? "value" : "gradient");
    if (each.symbol >= 0) out << " by " << in.symbols()[std::size_t(each.symbol)].name;
    out << ": #" << each.id.value << '\n';
  }
  return out.str();
}

// A plan as a kernel carries it out: n and c are registers of numbers and of conditions, s are accumulators,
// t is the memory of a tile.

[[nodiscard]] inline std::string text_of(const plan& in, const element_access& of) {
  if (of.where == storage::number) return to_text(of.number).string();
  if (of.where == storage::position) return "i";
  const std::string moving = of.stride[0] == 0 ? "" : "i";
  if (of.where == storage::parameter)
    return std::string(in.symbols[std::size_t(of.offset)].name) + "[" + moving + "]";
  return "t[" + std::to_string(of.offset) + (moving.empty() ? "" : " + ") + moving + "]";
}

[[nodiscard]] inline std::string operand_of(const plan& in, const loop_operation& of, int operand) {
  if (!of.from_register(operand)) return text_of(in, in.accesses[of.access_index(operand)]);
  const bool condition = of.operand_kind[operand] == value_kind::condition;
  return (condition ? "c" : "n") + std::to_string(of.source[operand]);
}

[[nodiscard]] inline std::string text_of(const plan& in, const loop_operation& of) {
  std::string line = of.reduces ? "s" : of.kind == value_kind::condition ? "c" : "n";
  line += std::to_string(of.slot) + " = " + std::string(of.op->name);
  for (int k = 0; k < of.arity; ++k) line += (k == 0 ? "(" : ", ") + operand_of(in, of, k);
  line += ")";
  const element_access result = in.result_of(of);
  if (result.where == storage::tile) {
    line.resize(line.size() < 38 ? 38 : line.size(), ' ');
    line += " -> " + text_of(in, result);
  }
  return line;
}

[[nodiscard]] inline std::string text_of(const plan& in, const plan_step& of) {
  const std::string target = (of.target == storage::mean ? "mean[" : "t[") + std::to_string(of.offset) + "]";
  const auto name = [&](int symbol) { return std::string(in.symbols[std::size_t(symbol)].name); };
  switch (of.kind) {
    case step_kind::load_rows: return "load " + name(of.symbol) + " -> " + target;
    case step_kind::product_from_rows:
      return "product of " + name(of.left.offset) + " and " + name(of.symbol) + " -> " + target;
    case step_kind::gradient_from_rows:
      return "sum over rows of t[" + std::to_string(of.left.offset) + " + i] * " + name(of.symbol) +
             "[k] -> " + target;
    case step_kind::row_mean:
      return "sum over rows of t[" + std::to_string(of.left.offset) +
             (of.outputs > 1 ? " + i] -> " : "] -> ") + target;
    default: return "loops";
  }
}

[[nodiscard]] inline std::string listing(const plan& in) {
  std::ostringstream out;
  for (const plan_step& step : in.steps) {
    if (step.kind != step_kind::loops) {
      out << text_of(in, step) << '\n';
      continue;
    }
    for (int k = step.first_loop; k < step.first_loop + step.loop_count; ++k) {
      const fused_loop& loop = in.loops[std::size_t(k)];
      out << "for i in " << to_text(loop.domain).string() << '\n';
      for (int i = loop.first; i < loop.first + loop.count; ++i)
        out << "  " << text_of(in, in.operations[std::size_t(i)]) << '\n';
    }
  }
  return out.str();
}

}  // namespace fusegrad::test
