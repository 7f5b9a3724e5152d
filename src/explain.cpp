// SPDX-License-Identifier: BSL-1.0
// The explanation of a formula, one section per question of the reader. The passes are ordinary functions, so
// what the compiler did at compile time is simply done again here, with a look at each stage.
#include "fusegrad/run/explain.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <vector>

#include "fusegrad/pass/economise.hpp"
#include "fusegrad/run/formula_text.hpp"
#include "fusegrad/run/instruction_set.hpp"

namespace fusegrad {
namespace {

/// The stages of a formula, and what they were made for.
struct explained_stages : economical_stages {
  graph formula;  // as written
  goal wanted;
  machine target;
  std::string_view instruction_set;
};

explained_stages stages_of(const explained_formula& of) {
  const graph formula = thaw(of.formula);
  const machine target = within_bound(of.target, scratch_bound(formula.nodes()));
  return {run_passes_on(target, formula, of.wanted), without_bound(formula), of.wanted, target,
          of.instruction_set};
}

// Reading: what a reader of formulas need not see.

/// sum(where(position == y, v, 0)) is v[y], as the reader wrote it before the kernel's definition.
ref picked_by_class(ref at) {
  const ref choice = at.operand(0);
  if (!is<where_op>(choice) || !is_number(choice.operand(2), 0) || !is<equal_op>(choice.operand(0)))
    return no_match;
  const ref position = choice.operand(0).operand(0), label = stability::narrow(choice.operand(0).operand(1));
  const bool by_label = is<position_op>(position) && label->kind == value_kind::category &&
                        can_pick(label.extents(), choice.extents()) &&
                        same(at_class(label, choice.extents()), choice.operand(0));
  return by_label && position->payload.axes == at->payload.axes ? pick(choice.operand(1), label) : no_match;
}

ref original(ref at) { return at.operand(0); }

/// A number times a tensor: the passes take it for a contraction without a shared axis.
ref scaled(ref at) {
  if (at.operand(0).rank() != 0 && at.operand(1).rank() != 0) return no_match;
  return multiply(at.operand(0), at.operand(1));
}

constexpr std::array formula_rules{
    definitions::walls[0],
    rewrite_rule{"as written", "as_written(x) = x", &row<as_written_op>(), any_operand, original},
    rewrite_rule{"scaled", "a number times a tensor is a product", &row<contract_op>(), any_operand, scaled},
};

constexpr std::array plan_rules{
    formula_rules[0],
    formula_rules[2],
    rewrite_rule{"copy", "copy(x) = x", &row<copy_op>(), any_operand, original},
    rewrite_rule{"picked", "sum(where(position == y, v, 0)) = v[y]", &row<sum_op>(), any_operand,
                 picked_by_class},
    rewrite_rule{"one hot", "where(position == y, c, 0) = c * one_hot(y)", &row<where_op>(), any_operand,
                 stability::find_one_hot},
    rewrite_rule{"once", "x * 1 = x", &row<multiply_op>(), any_operand, simplifications::multiply_by_one},
};

// Names: equal values meet in one graph, so that a name means the same value in every section.

/// The values of all stages, and the names of those that deserve one.
class notebook {
 public:
  /// Copies a stage; the place of each of its nodes. `rules` hide what the reader need not see. What an
  /// earlier sweep has found is shown as the value that it is.
  std::vector<node_id> enter(const graph& stage, std::span<const rewrite_rule> rules) {
    statistics_.resize(stage.symbols().size());
    rule_rewriting hiding(rules);
    values_.rewrite_with(&hiding);
    std::vector<node_id> places;
    for (const node& each : stage.nodes()) {
      attributes payload = each.payload;
      if (payload.symbol >= 0 && statistics_[std::size_t(payload.symbol)]) {
        places.push_back(statistics_[std::size_t(payload.symbol)]);
        continue;
      }
      if (payload.symbol >= 0)
        payload.symbol = values_.add_symbol(stage.symbols()[std::size_t(payload.symbol)]);
      node_id operands[max_operands];
      for (int k = 0; k < each.arity; ++k) operands[k] = places[std::size_t(each.operands[k].value)];
      places.push_back(values_.add(*each.op, operands, each.arity, payload));
    }
    values_.rewrite_with(nullptr);
    names_.resize(std::size_t(values_.size()));
    for (const output& each : stage.outputs())
      if (each.role == output_role::statistic)
        statistics_[std::size_t(each.symbol)] = places[std::size_t(each.id.value)];
    return places;
  }

  const node& operator[](node_id id) const { return values_[id]; }
  bool has_name(node_id id) const { return !names_[std::size_t(id.value)].empty(); }

  /// The formula of a value, shared values within it by name.
  std::string formula(node_id id) const { return print_node(values_, id, names_).text.string(); }

  /// The name of a value, or its formula.
  std::string call(node_id id) const {
    return has_name(id) ? names_[std::size_t(id.value)].string() : formula(id);
  }

  /// "z = W * x + b", or the formula alone.
  std::string definition(node_id id) const {
    return has_name(id) ? call(id) + " = " + formula(id) : formula(id);
  }

  /// "mean over rows of v" if the value is a mean, else its formula.
  std::string outcome(node_id id) const {
    if (values_[id].op != &row<row_mean_op>()) return call(id);
    const node_id inner = values_[id].operands[0];
    if (has_name(inner)) return "mean over rows of " + call(inner);
    return "mean over rows of " + enclose(print_node(values_, inner, names_), 9).string();
  }

  /// Names values below `roots`: what is used twice unless it is as short as a name, and long tensors.
  void name_shared(const std::vector<node_id>& roots, bool also_long) {
    const std::vector<int> uses = count_uses(roots);
    std::vector<int> length = lengths();
    for (int i = 0; i < values_.size(); ++i) {
      const node& each = values_[node_id{i}];
      length[std::size_t(i)] = length_of(each, length);
      const bool nameable = each.arity > 0 && !showing::is_unwritten(each) && each.kind == value_kind::real &&
                            each.op != &row<row_mean_op>() && each.op != &row<advance_op>();
      const bool shared = uses[std::size_t(i)] > 1 && length[std::size_t(i)] > 1;
      const bool long_tensor =
          also_long && uses[std::size_t(i)] > 0 && length[std::size_t(i)] > 3 && each.extents.rank > 0;
      const bool root = std::find(roots.begin(), roots.end(), node_id{i}) != roots.end();
      if (!nameable || has_name(node_id{i}) || !(shared || (long_tensor && !root))) continue;
      wishes_.push_back({node_id{i}, letter_for(node_id{i}, roots.front())});
      names_[std::size_t(i)] = "?";
    }
    grant_wishes();
  }

  /// Names one value that would be long to spell out.
  void name_if_long(node_id id) {
    std::vector<int> length = lengths();
    for (int i = 0; i <= id.value; ++i) length[std::size_t(i)] = length_of(values_[node_id{i}], length);
    if (has_name(id) || length[std::size_t(id.value)] < 4) return;
    wishes_.push_back({id, letter_for(id, id)});
    grant_wishes();
  }

  /// The named values that some values need, in the order in which they can be computed.
  std::vector<node_id> named_below(const std::vector<node_id>& roots) const {
    const std::vector<int> uses = count_uses(roots);
    std::vector<node_id> found;
    for (int i = 0; i < values_.size(); ++i)
      if (uses[std::size_t(i)] > 0 && has_name(node_id{i})) found.push_back(node_id{i});
    return found;
  }

 private:
  struct wish {
    node_id id;
    char letter;
  };

  node_id seen_through(node_id id) const { return showing::seen_through(values_, id); }

  /// How often each value stands in the formulas of others; 0 where it is not needed.
  std::vector<int> count_uses(const std::vector<node_id>& roots) const {
    std::vector<int> uses(std::size_t(values_.size()), 0);
    for (node_id each : roots) ++uses[std::size_t(seen_through(each).value)];
    for (int i = values_.size() - 1; i >= 0; --i) {
      if (uses[std::size_t(i)] == 0) continue;
      const node& each = values_[node_id{i}];
      for (int k = 0; k < each.arity; ++k) ++uses[std::size_t(seen_through(each.operands[k]).value)];
    }
    return uses;
  }

  std::vector<int> lengths() const { return std::vector<int>(std::size_t(values_.size()), 0); }

  /// The number of operations that are spelled out in a formula.
  int length_of(const node& of, const std::vector<int>& length) const {
    int total = of.arity > 0 && !showing::is_unwritten(of) ? 1 : 0;
    for (int k = 0; k < of.arity; ++k)
      if (!has_name(of.operands[k])) total += length[std::size_t(of.operands[k].value)];
    return std::min(total, 1000);
  }

  /// The textbook's habits: z for logits, d for a difference, p for a quotient, g for what only gradients
  /// use.
  char letter_for(node_id id, node_id value) const {
    const node& of = values_[id];
    if (of.op == &row<divide_op>()) return 'p';
    if (count_uses({value})[std::size_t(id.value)] == 0) return 'g';
    if (of.op == &row<add_op>() || of.op->family == operation_family::contraction) return 'z';
    if (of.op == &row<subtract_op>() || of.op == &row<shift_op>()) return 'd';
    if (of.op == &row<exp_op>()) return 'e';
    if (of.op->family == operation_family::reduction) return of.op == &row<sum_op>() ? 's' : 'm';
    return of.op->family == operation_family::elementwise && of.arity == 1 ? 'h' : 't';
  }

  /// One value gets the bare letter, several get numbers.
  void grant_wishes() {
    for (wish& each : wishes_)
      if (is_symbol(std::string(1, each.letter))) each.letter = free_letter();
    for (const wish& each : wishes_) {
      const auto alike = std::count_if(wishes_.begin(), wishes_.end(),
                                       [&](const wish& other) { return other.letter == each.letter; });
      std::string name(1, each.letter);
      for (int number = alike > 1 ? 1 : 2; alike > 1 || is_taken(name); ++number) {
        name = each.letter + std::to_string(number);
        if (!is_taken(name)) break;
      }
      names_[std::size_t(each.id.value)] = text(name.c_str());
    }
    wishes_.clear();
  }

  bool is_symbol(const std::string& name) const { return values_.find_symbol(name) >= 0; }
  bool is_taken(const std::string& name) const {
    return is_symbol(name) ||
           std::any_of(names_.begin(), names_.end(), [&](const text& each) { return each.view() == name; });
  }
  char free_letter() const {
    for (char letter : std::string_view("tuvqrackfnijlo"))
      if (!is_symbol(std::string(1, letter))) return letter;
    return 't';
  }

  graph values_;
  std::vector<text> names_;
  std::vector<node_id> statistics_;  // per symbol, the value that an earlier sweep has found
  std::vector<wish> wishes_;
};

// Layout of the page.

constexpr std::size_t label_width = 18;
constexpr std::size_t line_width = 72;  // of several values in one line

/// "60,000".
std::string grouped(double number) {
  std::string digits = std::to_string(static_cast<long long>(number + 0.5));
  for (int at = int(digits.size()) - 3; at > 0; at -= 3) digits.insert(std::size_t(at), 1, ',');
  return digits;
}

/// "[10 x 784]"; "a number" for a scalar.
std::string extents_in_words(const tensor_shape& of) {
  if (of.rank == 0) return "a number";
  std::string result = "[";
  for (int axis = 0; axis < of.rank; ++axis) result += (axis > 0 ? " x " : "") + std::to_string(of[axis]);
  return result + "]";
}

/// "[784]", or the classes of a label.
std::string column_in_words(const symbol& of) {
  if (of.role != symbol_role::label) return extents_in_words(of.extents);
  const std::string classes = ", 0 to " + std::to_string(of.classes - 1);
  return of.extents.rank == 0 ? "class" + classes : extents_in_words(of.extents) + " of classes" + classes;
}

/// "once", "twice", "3 times".
std::string times_in_words(int times) {
  if (times <= 2) return times == 1 ? "once" : "twice";
  return std::to_string(times) + " times";
}

std::string count_of(int count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

/// Everything that the sections need.
struct report {
  const explained_stages& of;
  notebook& notes;
  const plan& schedule;
  std::vector<node_id> formula;  // places of the nodes of each stage
  std::vector<node_id> simplified;
  std::vector<node_id> settled;
  std::ostringstream& page;
  int depth = 0;  // how many repetitions there are around a step of the plan

  bool trains() const { return of.wanted == goal::gradient; }
  int tile_rows() const { return schedule.tile_registers * of.target.lanes; }
  void title(const std::string& words) { page << (page.tellp() > 0 ? "\n" : "") << words << "\n"; }
  void entry(const std::string& label, const std::string& words) {
    page << "  " << std::left << std::setw(label_width) << label << (label.size() < label_width ? "" : " ")
         << words << "\n";
  }
  /// An entry of the plan, below the line that says when it runs.
  void step(const std::string& label, const std::string& words) {
    entry(std::string(std::size_t(2 + 2 * depth), ' ') + label, words);
  }
  node_id settled_place(int node) const { return settled[std::size_t(node)]; }
};

std::vector<node_id> outputs_at(const graph& stage, const std::vector<node_id>& places) {
  std::vector<node_id> result;
  for (const output& each : stage.outputs()) result.push_back(places[std::size_t(each.id.value)]);
  return result;
}

// Sections.

/// The named values that `roots` need and that were not yet shown.
void define_names(report& to, const std::vector<node_id>& roots, std::vector<node_id>& shown) {
  for (node_id each : to.notes.named_below(roots)) {
    const bool known = std::find(shown.begin(), shown.end(), each) != shown.end();
    const bool root = std::find(roots.begin(), roots.end(), each) != roots.end();
    if (known || root) continue;
    to.entry(to.notes.call(each), "= " + to.notes.formula(each));
    shown.push_back(each);
  }
}

void explain_formula(report& to, std::vector<node_id>& shown) {
  to.title("THE FORMULA as written");
  const std::vector<node_id> roots = outputs_at(to.of.formula, to.formula);
  define_names(to, roots, shown);
  const bool of_row = to.notes[roots.front()].depends == level::row;
  to.entry(std::string(to.trains() ? "loss" : "value") + (of_row ? " of a row" : ""),
           "= " + to.notes.formula(roots.front()));
}

/// The uses of rules on the way from one stage to the next.
class rule_log {
 public:
  void watch(const graph& stage, notebook& notes) {
    const bool plain = is_as_written(stage);
    rule_rewriting rewriter(plain ? std::span<const rewrite_rule>(simplifications::rules)
                                  : std::span<const rewrite_rule>(stability::all_rules));
    const graph rewritten = rebuild(stage, reachable(stage), &rewriter);
    const std::vector<node_id> places = notes.enter(rewritten, formula_rules);
    for (const rule_firing& each : rewriter.firings()) {
      const node_id before = places[std::size_t(each.before.value)];
      const node_id after = places[std::size_t(each.after.value)];
      if (plain || each.rule >= stability::rules.size())
        ++exact_;
      else
        add(each.rule, before, after);
    }
  }

  struct entry {
    std::size_t rule;
    int times;
    node_id before, after;  // of the first use
  };
  const std::vector<entry>& entries() const { return entries_; }
  int exact() const { return exact_; }

 private:
  void add(std::size_t rule, node_id before, node_id after) {
    for (entry& each : entries_)
      if (each.rule == rule) {
        ++each.times;
        return;
      }
    entries_.push_back({rule, 1, before, after});
  }

  std::vector<entry> entries_;
  int exact_ = 0;
};

void explain_rules(report& to, const rule_log& log) {
  const std::string exact = " (beside " + count_of(log.exact(), "exact simplification") + ")";
  to.title("THE RULES that made it stable, each with its first use" + (log.exact() > 0 ? exact : ""));
  for (const rule_log::entry& each : log.entries()) {
    const rewrite_rule& rule = stability::rules[each.rule];
    to.entry(std::string(rule.name), std::string(rule.formula) + "   (" + times_in_words(each.times) + ")");
    to.entry("", "  why: " + std::string(rule.why));
    if (each.before == each.after) continue;
    const std::string before = to.notes.formula(each.before);
    const std::string after = "-> " + to.notes.formula(each.after);
    const bool one_line = before.size() + after.size() < 70;
    to.entry("", "  " + before + (one_line ? "  " + after : ""));
    if (!one_line) to.entry("", "  " + after);
  }
  if (is_as_written(to.of.formula))
    to.entry("none", "as_written turns them off");
  else if (log.entries().empty())
    to.entry("none", "the formula was stable as written");
}

void explain_stable_form(report& to, std::vector<node_id>& shown) {
  to.title(is_as_written(to.of.formula) ? "THE FORM that is computed, without rules of stability"
                                        : "THE STABLE FORM that is computed instead");
  const node_id value = outputs_at(to.of.simplified, to.simplified).front();
  define_names(to, {value}, shown);
  to.entry(to.trains() ? "loss" : "value", "= " + to.notes.outcome(value));
}

void explain_gradients(report& to, std::vector<node_id>& shown) {
  if (!to.trains()) return;
  to.title("THE GRADIENTS, derived from the stable form");
  const std::vector<node_id> roots = outputs_at(to.of.simplified, to.simplified);
  define_names(to, roots, shown);
  for (std::size_t i = 1; i < roots.size(); ++i) {
    const symbol& parameter = to.of.simplified.symbols()[std::size_t(to.of.simplified.outputs()[i].symbol)];
    to.entry("gradient of " + std::string(parameter.name), "= " + to.notes.outcome(roots[i]));
  }
}

/// What a node of the plan is for the reader, if it is a result.
std::string result_in_words(const report& to, int node) {
  for (const output& each : to.of.settled.outputs()) {
    if (each.id.value != node) continue;
    if (each.role == output_role::statistic) return "  (for the next sweep)";
    if (each.role == output_role::value) return to.trains() ? "  (the loss)" : "  (the value)";
    return "  (gradient of " + std::string(to.of.settled.symbols()[std::size_t(each.symbol)].name) + ")";
  }
  return {};
}

/// The values of a loop that are stored, and those with a name: the others stay in registers unseen.
std::vector<std::string> values_of_loop(const report& to, const fused_loop& loop) {
  std::vector<std::string> found;
  for (int i = loop.first; i < loop.first + loop.count; ++i) {
    const loop_operation& each = to.schedule.operations[std::size_t(i)];
    const bool stored = each.result >= 0;
    const node_id place = to.settled_place(each.node);
    if (!stored && !to.notes.has_name(place)) continue;
    const bool copy = each.op == &row<copy_op>();
    const std::string value = copy ? "copy of " + to.notes.call(place) : to.notes.definition(place);
    found.push_back(value + (stored ? result_in_words(to, each.node) : " (in registers)"));
  }
  return found;
}

void explain_loop(report& to, int which) {
  const fused_loop& loop = to.schedule.loops[std::size_t(which)];
  const std::string size =
      loop.domain.rank == 0 ? "one number" : grouped(loop.domain.elements()) + " elements";
  to.step("loop " + std::to_string(which + 1),
          size + ", " + count_of(loop.count, "operation") + (loop.count > 1 ? " in one pass" : ""));
  std::string line;
  for (const std::string& each : values_of_loop(to, loop)) {
    const bool full = line.size() + each.size() > line_width;
    if (full && !line.empty()) to.step("", "  " + line + ";");
    line = full || line.empty() ? each : line + ";  " + each;
  }
  to.step("", "  " + line);
}

/// How the vector of a product is read.
std::string how_read(const report& to, const plan_step& step) {
  const bool stored = step.kind == step_kind::product_from_rows || step.kind == step_kind::gradient_from_rows;
  if (!stored) return {};
  return ", " + std::string(to.schedule.symbols[std::size_t(step.symbol)].name) + " read as it is stored";
}

void explain_mean(report& to, const plan_step& step) {
  const node_id operand = to.notes[to.settled_place(step.node)].operands[0];
  to.step("mean over rows", to.notes.call(operand) + "  " +
                                extents_in_words(to.of.settled[node_id{step.node}].extents) +
                                how_read(to, step) + result_in_words(to, step.node));
}

/// How a repetition begins, goes on and ends.
void explain_move(report& to, const plan_step& step) {
  const node& here = to.of.settled[node_id{step.node}];
  const auto call = [&](int operand) {
    return to.notes.call(to.settled_place(here.operands[operand].value));
  };
  const std::string extents = "  " + extents_in_words(step.letters) + result_in_words(to, step.node);
  if (here.op == &row<carry_op>())
    to.step("carry", "at first " + call(1) + extents);
  else if (here.op == &row<element_op>())
    to.step("element", to.notes.definition(to.settled_place(step.node)) + extents);
  else if (here.op == &row<advance_op>())
    to.step("next carry", call(2) + extents);
  else if (here.op == &row<stacked_op>())
    to.step("keep", call(1) + extents);
  else
    to.step("last carry", call(1) + extents);
}

void explain_step(report& to, const plan_step& step) {
  to.depth = 0;
  for (int i = step.inside; i >= 0; i = to.schedule.steps[std::size_t(i)].inside) ++to.depth;
  if (step.kind == step_kind::loops) {
    for (int i = 0; i < step.loop_count; ++i) explain_loop(to, step.first_loop + i);
    return;
  }
  const std::string value = to.notes.definition(to.settled_place(step.node));
  const std::string extents = extents_in_words(to.of.settled[node_id{step.node}].extents);
  switch (step.kind) {
    case step_kind::load_rows:
      to.step("load", value + "  " + column_in_words(to.schedule.symbols[std::size_t(step.symbol)]));
      break;
    case step_kind::product_from_rows:
    case step_kind::product:
      to.step(step.outputs == 1 ? "inner product" : "matrix product",
              value + "  " + extents_in_words({step.outputs, step.inputs}) + how_read(to, step));
      break;
    case step_kind::contraction: to.step("product", value + "  " + extents); break;
    case step_kind::reduction: to.step("reduction", value + "  " + extents); break;
    case step_kind::scan: to.step("scan", value + "  " + extents); break;
    case step_kind::placement:
      to.step(step.op != &row<gather_op>() ? "placement"
              : step.labels == 1           ? "row of a table"
                                           : "rows of a table",
              value + "  " + extents);
      break;
    case step_kind::repeat: to.step("repeat", times_in_words(step.times)); break;
    case step_kind::move: explain_move(to, step); break;
    default: explain_mean(to, step);
  }
}

/// The row values that have a place in memory: nodes of the settled graph.
std::vector<int> buffers_of(const plan& schedule, const graph& settled) {
  std::vector<int> found;
  for (const plan_step& each : schedule.steps)
    if (each.kind != step_kind::loops && each.when == phase::rows && each.target == storage::tile &&
        settled[node_id{each.node}].op != &row<advance_op>())  // that writes what is a carry's already
      found.push_back(each.node);
  for (const loop_operation& each : schedule.operations)
    if (schedule.result_of(each).where == storage::tile) found.push_back(each.node);
  return found;
}

void explain_memory(report& to) {
  const std::vector<int> buffers = buffers_of(to.schedule, to.of.settled);
  int elements = 0;
  for (int each : buffers) elements += to.of.settled[node_id{each}].extents.elements();
  const std::string loops = count_of(int(to.schedule.loops.size()), "loop");
  if (buffers.empty()) {
    to.entry("in all", loops);
    return;
  }
  const double row_bytes = double(sizeof(float)) * to.tile_rows();
  to.entry("in all", loops + ", " + count_of(int(buffers.size()), "buffer") + " of " +
                         grouped(to.schedule.tile_elements * row_bytes) + " bytes per tile" +
                         (elements > to.schedule.tile_elements
                              ? ", sharing what would be " + grouped(elements * row_bytes)
                              : ""));
  if (to.of.target.most_scratch > 0)
    to.entry("", std::string(exceeds_scratch(to.schedule, to.of.target) ? "more than" : "within") + " the " +
                     grouped(to.of.target.most_scratch) + " bytes that scratch_within allows");
}

void explain_plan(report& to) {
  to.title("THE PLAN of one step: each line is a value that is stored, unless it says otherwise");
  constexpr std::string_view names[] = {"once, before the rows", "for every tile of ",
                                        "for every slice of a large gradient, over the rows of several tiles",
                                        "once, after the rows"};
  for (phase when : all_phases) {
    bool first = true;
    for (const plan_step& each : to.schedule.steps) {
      if (each.when != when) continue;
      if (first) {
        to.page << "  " << names[std::size_t(when)];
        if (when == phase::rows) to.page << to.tile_rows() << " rows";
        to.page << "\n";
      }
      first = false;
      explain_step(to, each);
    }
  }
  explain_memory(to);
}

/// What the two layouts of a column cost, and whether some operation needs its rows in lanes.
struct layout_costs {
  double as_stored = 0;
  double in_lanes = 0;
  bool streams = true;
};

layout_costs costs_of_column(const graph& settled, int symbol, const machine& on) {
  layout_costs costs;
  const auto reads = [&](node_id id) {
    return settled[id].op == &row<symbol_op>() && settled[id].payload.symbol == symbol;
  };
  for (int i = 0; i < settled.size(); ++i) {
    const node& each = settled[node_id{i}];
    const bool outer =
        each.op->family == operation_family::contraction &&
        each.extents.rank == settled[each.operands[0]].extents.rank + settled[each.operands[1]].extents.rank;
    for (int k = 0; k < each.arity; ++k) {
      if (!reads(each.operands[k])) continue;
      const int inputs = settled[each.operands[k]].extents.elements();
      const int outputs = each.extents.elements() / (outer ? inputs : 1);
      costs.as_stored += cost_as_stored(inputs, outputs, on);
      costs.in_lanes += cost_in_lanes(inputs, outputs, on);
      costs.streams = costs.streams && each.op->family == operation_family::contraction &&
                      settled[each.operands[k]].extents.rank == 1;
    }
  }
  return costs;
}

std::string costs_in_words(const layout_costs& costs, layout chosen) {
  const auto cost = [](double number) {
    return number < 100 ? to_text(std::floor(number * 10 + 0.5) / 10).string() : grouped(number);
  };
  const std::string as_stored = "as stored (" + cost(costs.as_stored) + ")";
  const std::string in_lanes = "rows in lanes (" + cost(costs.in_lanes) + ")";
  if (!costs.streams) return "rows in lanes, as a loop computes with it";
  return chosen == layout::as_stored ? as_stored + ", cheaper than " + in_lanes
                                     : in_lanes + ", cheaper than " + as_stored;
}

void explain_layouts(report& to) {
  if (to.schedule.bytes_per_row == 0) return;
  to.title("THE DATA and how they are read, by register operations per row");
  for (std::size_t i = 0; i < to.schedule.symbols.size(); ++i) {
    const symbol& column = to.schedule.symbols[i];
    const layout chosen = to.schedule.column_layouts[i];
    if (chosen == layout::none) continue;
    const layout_costs costs = costs_of_column(to.of.settled, int(i), to.of.target);
    to.entry(std::string(column.name) + "  " + column_in_words(column), costs_in_words(costs, chosen));
  }
}

void explain_costs(report& to) {
  to.title("THE COST");
  const plan& schedule = to.schedule;
  if (schedule.flops_per_row > 0)
    to.entry("per row", grouped(schedule.flops_per_row) + " floating-point operations on " +
                            grouped(schedule.bytes_per_row) + " bytes of data (as floats)");
  if (schedule.flops_per_step > 0)
    to.entry("per step",
             grouped(schedule.flops_per_step) + " floating-point operations, whatever the number of rows");
  const std::string lanes = count_of(to.of.target.lanes, "float") + " per register";
  to.entry("compiled for", std::string(to.of.instruction_set) + " (" + lanes + "); " +
                               compare_with_machine(to.of.target.lanes));
}

/// A word of the formulas above and what it means.
struct explained_word {
  std::string_view word;
  std::string_view meaning;
};

constexpr explained_word all_words[] = {
    {"outer(", "outer(a, b): the matrix of all products a[i] * b[j]"},
    {"dot(", "dot(a, b): the sum of the products a[i] * b[i]"},
    {"logsumexp(", "logsumexp(d): log(sum(exp(d))), exact also where one element dominates"},
    {"log1p(", "log1p(x): log(1 + x), exact also for tiny x"},
    {"expm1(", "expm1(x): exp(x) - 1, exact also for tiny x"},
    {"softplus(", "softplus(x): log(1 + exp(x)), without its overflow"},
    {"logistic(", "logistic(x): 1 / (1 + exp(-x)), the sigmoid"},
    {"log_cosh(", "log_cosh(x): log(cosh(x)), without its overflow, exact also for tiny x"},
    {"where(", "where(c, a, b): a where the condition c holds, else b"},
    {"mean_over_rows(", "mean_over_rows(v): the mean of v over the rows of the minibatch"},
    {"contract(", "contract(a, b): products of a and b, summed along the axes that they share"},
    {"in lanes", "rows in lanes: a register of the processor holds one feature of several rows"},
    {"as stored", "as stored: a register of the processor holds several features of one row"},
    {"tile", "tile: a few rows that pass through the whole plan before the next ones do"},
};

void explain_words(report& to) {
  const std::string so_far = to.page.str();
  to.title("THE WORDS");
  for (const explained_word& each : all_words) {
    const std::size_t colon = each.meaning.find(':');
    if (so_far.find(each.word) != std::string::npos)
      to.entry(std::string(each.meaning.substr(0, colon)), std::string(each.meaning.substr(colon + 2)));
  }
}

/// Names what the gradients share, then what the user's formula shares.
void choose_names(notebook& notes, const report& to) {
  notes.name_shared(outputs_at(to.of.simplified, to.simplified), true);
  notes.name_shared(outputs_at(to.of.formula, to.formula), false);
}

/// Names what else the plan shares or stores, if it is too long to be spelled out at each use.
void name_values_of_plan(report& to) {
  to.notes.name_shared(outputs_at(to.of.settled, to.settled), false);
  for (const loop_operation& each : to.schedule.operations)
    if (to.schedule.result_of(each).where == storage::tile && result_in_words(to, each.node).empty())
      to.notes.name_if_long(to.settled_place(each.node));
}

}  // namespace

std::string explanation_of(const explained_formula& formula) {
  const explained_stages of = stages_of(formula);
  if (of.settled.trouble()) return "no plan: " + std::string(sentence(of.settled.trouble().kind)) + "\n";
  notebook notes;
  std::ostringstream page;
  const auto formula_places = notes.enter(of.formula, {});
  const auto simplified_places = notes.enter(of.simplified, formula_rules);
  const int sweeps = count_sweeps(of.settled);
  const auto report_of = [&](const explained_stages& stages, const plan& schedule) {
    return report{
        stages, notes, schedule, formula_places, simplified_places, notes.enter(stages.settled, plan_rules),
        page};
  };
  const auto stages_of_sweep = [&](int sweep) {
    explained_stages result = of;
    if (sweeps > 1) result.settled = sweep_of(of.settled, sweep);
    return result;
  };

  const plan no_plan;
  report to = report_of(of, no_plan);
  choose_names(notes, to);
  rule_log log;
  if (first_gradient(of.formula)) log.watch(of.formula, notes);  // made stable before it is differentiated
  for (const graph* each : {&of.value, &of.differentiated}) log.watch(*each, notes);

  std::vector<node_id> shown;
  explain_formula(to, shown);
  explain_stable_form(to, shown);
  explain_rules(to, log);
  explain_gradients(to, shown);
  for (int sweep = 1; sweep <= sweeps; ++sweep) {
    const explained_stages stages = stages_of_sweep(sweep);
    const plan schedule = make_plan(stages.settled, stages.target, stages.chosen.again);
    if (schedule.trouble) return "no plan: " + std::string(sentence(schedule.trouble.kind)) + "\n";
    report swept = report_of(stages, schedule);
    name_values_of_plan(swept);
    if (sweeps > 1)
      swept.title("SWEEP " + std::to_string(sweep) + " of " + std::to_string(sweeps) + " over the rows");
    explain_plan(swept);
    explain_layouts(swept);
    explain_costs(swept);
  }
  explain_words(to);
  return page.str();
}

}  // namespace fusegrad
