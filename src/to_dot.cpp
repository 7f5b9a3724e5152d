// SPDX-License-Identifier: BSL-1.0
// Graphs and plans in the language of Graphviz.
#include "fusegrad/run/to_dot.hpp"

#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "fusegrad/pass/economise.hpp"

namespace fusegrad {
namespace {

constexpr std::string_view opening =
    "digraph {\n"
    "  rankdir=TB\n"
    "  node [shape=box style=\"rounded,filled\" fillcolor=white fontname=\"Helvetica\" fontsize=11]\n"
    "  edge [arrowsize=0.6 color=gray40]\n";

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (char each : text) {
    if (each == '\n') {
      result += "\\n";
      continue;
    }
    if (each == '"' || each == '\\') result += '\\';
    result += each;
  }
  return result + "\"";
}

/// An operation with its operands left open: "a + b", "exp(a)".
std::string open_form(const graph& in, const node& of) {
  if (of.op->family == operation_family::movement) return std::string(of.op->name);
  const printed operands[max_operands] = {{"a", 9}, {"b", 9}, {"c", 9}};
  return of.op->print(in, of, operands).text.string();
}

/// "exp(a)" and, below, "[10]"; a number has no shape to show.
std::string label_of(const graph& in, const node& of) {
  std::string label = open_form(in, of);
  if (of.extents.rank > 0) label.append("\n").append(to_text(of.extents).view());
  return label;
}

std::string_view fill_of(const node& of, bool of_gradient) {
  if (of.depends == level::constant) return "gray92";
  if (of_gradient) return "navajowhite";
  return of.depends == level::parameter ? "lightsteelblue1" : "white";
}

std::string name_of_output(const graph& in, const output& each) {
  if (each.role == output_role::value) return "value";
  const std::string name(in.symbols()[std::size_t(each.symbol)].name);
  return each.role == output_role::gradient ? "gradient of " + name : "for the next sweep: " + name;
}

/// The values that one output needs.
node_flags needed_by_value(const graph& in) {
  node_flags needed(std::size_t(in.size()));
  for (const output& each : in.outputs())
    if (each.role == output_role::value) needed.elements[each.id.value] = 1;
  mark_operands(in, needed);
  return needed;
}

void write_outputs(std::ostream& to, const graph& in, auto name_of_node) {
  int number = 0;
  for (const output& each : in.outputs()) {
    const std::string name = name_of_node(each.id) + "_out" + std::to_string(number++);
    to << "  " << name << " [label=" << in_quotes(name_of_output(in, each))
       << " shape=plaintext style=\"\"]\n"
       << "  " << name_of_node(each.id) << " -> " << name << '\n';
  }
}

// Plans.

/// One sweep of a plan over its graph. A value may be computed in several loops: each has its own box.
class picture_of_plan {
 public:
  picture_of_plan(const graph& settled, const plan& schedule, std::string prefix)
      : in_(settled), schedule_(schedule), prefix_(std::move(prefix)) {}

  void write(std::ostream& to) {
    for (const plan_step& step : schedule_.steps)
      if (step.kind == step_kind::loops)
        for (int k = step.first_loop; k < step.first_loop + step.loop_count; ++k) write_loop(to, k);
      else
        write_step(to, step);
    write_edges(to);
    write_outputs(to, in_, [&](node_id id) { return box_of(id, -1); });
  }

 private:
  void write_loop(std::ostream& to, int which) {
    const fused_loop& loop = schedule_.loops[std::size_t(which)];
    const std::string extents = loop.domain.rank == 0 ? "one number" : to_text(loop.domain).string();
    to << "  subgraph cluster_" << prefix_ << "loop" << which << " {\n    label="
       << in_quotes("loop " + std::to_string(which + 1) + ": " + extents + ", " + when(loop.when))
       << " style=\"rounded\" color=gray50 labeljust=l fontname=\"Helvetica\" fontsize=11\n";
    for (int i = loop.first; i < loop.first + loop.count; ++i) {
      const loop_operation& each = schedule_.operations[std::size_t(i)];
      const std::string name = prefix_ + "n" + std::to_string(each.node) + "_l" + std::to_string(which);
      boxes_[{each.node, which}] = name;
      boxes_.insert({{each.node, -1}, name});
      write_box(to, name, each.node, each.result >= 0);
    }
    to << "  }\n";
  }

  void write_step(std::ostream& to, const plan_step& step) {
    const std::string name = prefix_ + "n" + std::to_string(step.node);
    if (!boxes_.insert({{step.node, -1}, name}).second) return;
    write_box(to, name, step.node, true);
  }

  void write_box(std::ostream& to, const std::string& name, int node, bool stored) {
    const fusegrad::node& of = in_[node_id{node}];
    to << "    " << name << " [label=" << in_quotes(label_of(in_, of)) << " fillcolor=" << fill_of(of, false)
       << (stored ? " peripheries=2" : "") << "]\n";
  }

  void write_edges(std::ostream& to) {
    const auto computed = boxes_;  // leaves join while edges are drawn
    for (const auto& [place, name] : computed) {
      const auto [node, loop] = place;
      const bool is_copy_of_name = loop == -1 && name.find("_l") != name.npos;
      if (is_copy_of_name) continue;
      for (node_id source : sources_of(node_id{node})) {
        if (in_[source].op->family == operation_family::leaf && !boxes_.contains({source.value, -1}))
          write_leaf(to, source);
        to << "  " << box_of(source, loop) << " -> " << name << '\n';
      }
    }
  }

  /// What a box reads. A step can do the work of its operand, too, as the mean of an outer product does: that
  /// has no box, and its operands are read.
  std::vector<node_id> sources_of(node_id id) const {
    std::vector<node_id> result;
    for (int k = 0; k < in_[id].arity; ++k) {
      const node_id source = seen_through(in_[id].operands[k]);
      if (in_[source].op->family == operation_family::leaf || boxes_.contains({source.value, -1}))
        result.push_back(source);
      else
        for (node_id each : sources_of(source)) result.push_back(each);
    }
    return result;
  }

  void write_leaf(std::ostream& to, node_id id) {
    const std::string name = prefix_ + "n" + std::to_string(id.value);
    boxes_[{id.value, -1}] = name;
    to << "  " << name << " [label=" << in_quotes(label_of(in_, in_[id]))
       << " shape=box style=filled fillcolor=" << fill_of(in_[id], false) << "]\n";
  }

  /// Movements are ways to read: they have no box.
  node_id seen_through(node_id id) const {
    while (in_[id].op->family == operation_family::movement && !boxes_.contains({id.value, -1}))
      id = in_[id].operands[0];
    return id;
  }

  std::string box_of(node_id id, int loop) const {
    id = seen_through(id);
    const auto own = boxes_.find({id.value, loop});
    if (own != boxes_.end()) return own->second;
    const auto first = boxes_.find({id.value, -1});
    return first != boxes_.end() ? first->second : prefix_ + "n" + std::to_string(id.value);
  }

  static std::string when(phase of) {
    switch (of) {
      case phase::before_rows: return "before the rows";
      case phase::rows: return "for each tile of rows";
      case phase::slices: return "for each slice of a large gradient";
      case phase::after_rows: return "after the rows";
    }
    return {};
  }

  const graph& in_;
  const plan& schedule_;
  std::string prefix_;
  std::map<std::pair<int, int>, std::string> boxes_;  // of a node in a loop; the first of them: loop -1
};

}  // namespace

std::string dot_of_graph(const graph& shown) {
  std::ostringstream out;
  out << opening;
  const node_flags needed = reachable(shown), by_value = needed_by_value(shown);
  const auto name_of_node = [](node_id id) { return std::string("n").append(std::to_string(id.value)); };
  for (int i = 0; i < shown.size(); ++i) {
    if (!needed.elements[i]) continue;
    const node& each = shown[node_id{i}];
    const bool is_leaf = each.arity == 0;
    out << "  " << name_of_node({i}) << " [label=" << in_quotes(label_of(shown, each))
        << " fillcolor=" << fill_of(each, !by_value.elements[i]) << (is_leaf ? " style=filled" : "") << "]\n";
    for (int k = 0; k < each.arity; ++k)
      out << "  " << name_of_node(each.operands[k]) << " -> " << name_of_node({i}) << '\n';
  }
  write_outputs(out, shown, name_of_node);
  out << "}\n";
  return out.str();
}

std::string dot_of_plan(const explained_formula& formula) {
  const graph written = thaw(formula.formula);
  const machine target = within_bound(formula.target, scratch_bound(written.nodes()));
  const economical_stages stages = run_passes_on(target, written, formula.wanted);
  std::ostringstream out;
  out << opening;
  const int sweeps = count_sweeps(stages.settled);
  for (int sweep = 1; sweep <= sweeps; ++sweep) {
    graph settled = stages.settled;
    if (sweeps > 1) settled = sweep_of(stages.settled, sweep);
    const plan schedule = make_plan(settled, target, stages.chosen.again);
    if (schedule.trouble) return "// no plan: " + std::string(sentence(schedule.trouble.kind)) + "\n";
    const std::string prefix = sweeps > 1 ? "sweep" + std::to_string(sweep) + "_" : "";
    if (sweeps > 1) out << "  subgraph cluster_" << prefix << " {\n  label=\"sweep " << sweep << "\"\n";
    picture_of_plan(settled, schedule, prefix).write(out);
    if (sweeps > 1) out << "  }\n";
  }
  out << "}\n";
  return out.str();
}

}  // namespace fusegrad
