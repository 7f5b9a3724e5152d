// SPDX-License-Identifier: BSL-1.0
// A body that is computed n times, one step after the other, within the flat graph. What depends on the number
// of the step belongs to the repetition, and is computed anew in every step; only `last_carry` and `stacked`
// lead out of it. So a body may read any value that does not depend on its results, and what is the same in
// all steps is computed once, since it does not belong to the repetition at all.
#pragma once

#include <cstdint>
#include <vector>

#include "fusegrad/op/movement.hpp"

namespace fusegrad {

/// What all parts of a repetition share. Derivatives know them: a repetition is differentiated as a whole.
struct repetition_operation {
  static constexpr operation_family family = operation_family::repetition;
  static constexpr bool no_derivative = true;
  static constexpr int flops = 0;
};

/// The number of the step, from 0: what a repetition is known by. Reads `number`: which repetition of the
/// graph; `steps`: how many steps it takes; `axes`: the level of the whole repetition.
struct step_number_op : repetition_operation {
  static constexpr std::string_view name = "step";
  static constexpr int arity = 0;
  static constexpr inference infer(const graph&, const node&) { return {{}, value_kind::real, {}}; }
  static constexpr printed print(const graph&, const node&, const printed*) { return {"step", 9}; }
};

/// What one step leaves for the next: at first the value of the second operand. Operands: step number, initial
/// value. Reads `number`: which of the carries of its repetition.
struct carry_op : repetition_operation {
  static constexpr std::string_view name = "carry";
  static constexpr int arity = 2;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& initial = in[of.operands[1]];
    return {initial.extents, value_kind::real, real_expected(initial)};
  }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return {text("carry(") + operands[1].text + ")", 9};
  }
};

/// The part of a value that belongs to the step: element `step` of the first axis, from the last one on if
/// `axes` is set. Operands: step number, all elements.
struct element_op : repetition_operation {
  static constexpr std::string_view name = "element";
  static constexpr int arity = 2;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& all = in[of.operands[1]];
    problem trouble = real_expected(all);
    if (all.extents.rank == 0) trouble = {problem_kind::axis_out_of_range, all.extents, {}};
    return {all.extents.rank == 0 ? tensor_shape{} : without(all.extents, 1u), value_kind::real, trouble};
  }
  static constexpr bool is_backwards(const node& of) { return of.payload.axes != 0; }
  static constexpr printed print(const graph&, const node& of, const printed* operands) {
    return {enclose(operands[1], 9) + (is_backwards(of) ? "[-1 - step]" : "[step]"), 9};
  }
};

/// What a carry becomes in the next step. Operands: the step number, or what other carries become; the carry;
/// its next value. All carries change at once. The value itself is a mark, it has no elements worth reading.
struct advance_op : repetition_operation {
  static constexpr std::string_view name = "advance";
  static constexpr int arity = 3;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& carry = in[of.operands[1]];
    const node& next = in[of.operands[2]];
    problem trouble = real_expected(next);
    if (!(carry.extents == next.extents))
      trouble = {problem_kind::carry_changes_shape, carry.extents, next.extents};
    return {{}, value_kind::real, trouble};
  }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    text result;
    if (in[of.operands[0]].op->arity > 0) result = operands[0].text + "; ";
    return {result + operands[1].text + " -> " + operands[2].text, 0};
  }
};

/// The step number of a repetition, from what its carries become.
[[nodiscard]] constexpr node_id step_number_of(const graph& in, node_id end) {
  while (in[end].op == &row<advance_op>()) end = in[end].operands[0];
  return end;
}

[[nodiscard]] constexpr bool is_step_number(const node& of) { return of.op == &row<step_number_op>(); }

/// How many steps a repetition takes.
[[nodiscard]] constexpr int steps_of_repetition(const node& step_number) {
  return is_step_number(step_number) ? step_number.payload.steps[0] : 1;
}

/// A carry after the last step. Operands: what all carries become, the carry.
struct last_carry_op : repetition_operation {
  static constexpr std::string_view name = "fold";
  static constexpr int arity = 2;
  static constexpr inference infer(const graph& in, const node& of) {
    return {in[of.operands[1]].extents, value_kind::real, {}};
  }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    const int steps = steps_of_repetition(in[step_number_of(in, of.operands[0])]);
    return {text("fold<") + to_text(steps) + ">(" + operands[0].text + ")", 9};
  }
};

/// A value of every step, one above the other along a new first axis, from the last one on if `axes` is set.
/// Operands: what all carries become, the value. Reads `extents`: the result's.
struct stacked_op : repetition_operation {
  static constexpr std::string_view name = "scan";
  static constexpr int arity = 2;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& value = in[of.operands[1]];
    problem trouble = real_expected(value);
    if (value.extents.rank == max_rank) trouble = {problem_kind::rank_too_large, value.extents, {}};
    return {of.payload.extents, value_kind::real, trouble};
  }
  static constexpr bool is_backwards(const node& of) { return of.payload.axes != 0; }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    const int steps = steps_of_repetition(in[step_number_of(in, of.operands[0])]);
    text result = text(is_backwards(of) ? "reverse_scan<" : "scan<") + to_text(steps) + ">(";
    if (operands[0].binding == 0) result += operands[0].text + "; ";
    return {result + operands[1].text + ")", 9};
  }
};

/// Whether a value leads out of the repetition that it reads.
[[nodiscard]] constexpr bool leaves_repetition(const node& of) {
  return of.op == &row<last_carry_op>() || of.op == &row<stacked_op>();
}

[[nodiscard]] constexpr bool has_repetitions(const graph& in) {
  for (const node& each : in.nodes())
    if (each.op == &row<step_number_op>()) return true;
  return false;
}

/// Marks carries whose next values are marked; whether any is new.
constexpr bool mark_carries(const graph& in, node_flags& marked) {
  bool found = false;
  for (const node& each : in.nodes()) {
    if (each.op != &row<advance_op>() || marked[std::size_t(each.operands[1].value)]) continue;
    if (!marked[std::size_t(each.operands[2].value)]) continue;
    marked[std::size_t(each.operands[1].value)] = 1;
    found = true;
  }
  return found;
}

/// Some repetitions of a graph, one bit each.
using repetition_set = std::uint64_t;

/// Which values belong to which repetitions.
struct repetition_regions {
  static constexpr int most = 64;

  sequence<repetition_set> sets;       // per node
  std::vector<node_id> steps;          // per repetition, its step number
  std::vector<repetition_set> around;  // per repetition, those that it is a part of
  bool too_many = false;               // there are more: what is here is of no use

  /// Which repetition a step number begins, or -1.
  [[nodiscard]] constexpr int find(node_id step) const {
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (steps[i] == step) return int(i);
    return -1;
  }
  [[nodiscard]] constexpr bool belongs(int node, int repetition) const {
    return (sets.elements[node] >> repetition & 1u) != 0;
  }
  /// The repetitions of a node with all those around them.
  [[nodiscard]] constexpr repetition_set all_around(repetition_set inner) const {
    repetition_set result = inner;
    for (repetition_set before = 0; before != result;) {
      before = result;
      for (std::size_t i = 0; i < steps.size(); ++i)
        if (result >> i & 1u) result |= around[i];
    }
    return result;
  }
};

/// Finds them. Repetitions that nothing needs may still share parts with others: with `needed`, they count no
/// more. Cost: one look at every node.
[[nodiscard]] constexpr repetition_regions regions_of(const graph& in, const node_flags* needed = nullptr) {
  repetition_regions result;
  result.sets = sequence<repetition_set>(std::size_t(in.size()));
  for (int i = 0; i < in.size(); ++i) {
    const node& here = in[node_id{i}];
    repetition_set& set = result.sets.elements[i];
    if (is_step_number(here)) {
      result.too_many = result.steps.size() == std::size_t(repetition_regions::most);
      if (result.too_many) return result;
      set = repetition_set(1) << result.steps.size();
      result.steps.push_back(node_id{i});
      result.around.push_back(0);
    }
    for (int k = 0; k < here.arity; ++k) set |= result.sets.elements[here.operands[k].value];
    if (!leaves_repetition(here)) continue;
    const int left = result.find(step_number_of(in, here.operands[0]));
    if (left < 0) continue;
    set &= ~(repetition_set(1) << left);
    if (needed == nullptr || needed->elements[i]) result.around[std::size_t(left)] |= set;
  }
  return result;
}

/// A step number of its own: the beginning of a repetition.
[[nodiscard]] constexpr ref step_number_in(graph& in, int steps, level depends = level::constant) {
  int which = 0;
  for (const node& each : in.nodes())
    if (is_step_number(each) && int(each.payload.number) >= which) which = int(each.payload.number) + 1;
  if (which >= repetition_regions::most) in.report({problem_kind::too_many_repetitions, {}, {}});
  attributes payload;
  payload.number = which;
  payload.steps.push_back(steps);
  payload.axes = axis_set(depends);
  return {&in, in.add(row<step_number_op>(), nullptr, 0, payload)};
}

/// The carry number `which` of a repetition.
[[nodiscard]] constexpr ref carry_of(ref step, ref initial, int which) {
  attributes payload;
  payload.number = which;
  return apply<carry_op>(payload, step, initial);
}

/// The element of the step; of a value that repeats along its first axis, what it repeats.
[[nodiscard]] constexpr ref element_of(ref step, ref all, bool backwards = false) {
  if (all.rank() > 0 && is<constant_op>(all))
    return constant_in(*all.in, all->payload.number, without(all.extents(), 1u));
  if (is<broadcast_op>(all) && contains(all->payload.axes, 0))
    return broadcast_over(all.operand(0), without(all.extents(), 1u), all->payload.axes >> 1);
  attributes payload;
  payload.axes = backwards;
  return apply<element_op>(payload, step, all);
}

/// What a carry becomes, beside what is already known to become of others.
[[nodiscard]] constexpr ref advanced(ref before, ref carry, ref next) {
  return apply<advance_op>(before, carry, next);
}

[[nodiscard]] constexpr ref last_carry(ref end, ref carry) { return apply<last_carry_op>(end, carry); }

/// Whether a value is what `stacked` would make of its elements again.
[[nodiscard]] constexpr bool is_element_of_step(ref value, ref end, int steps, bool backwards) {
  return is<element_op>(value) && element_op::is_backwards(*value) == backwards &&
         value->operands[0] == step_number_of(*end.in, end.id) && value.operand(1).extents()[0] == steps;
}

/// The values of all steps.
[[nodiscard]] constexpr ref stacked(ref end, ref value, int steps, bool backwards = false) {
  if (is_element_of_step(value, end, steps, backwards)) return value.operand(1);
  attributes payload;
  payload.axes = backwards;
  if (value.rank() < max_rank) payload.extents = with_leading(steps, value.extents());
  return apply<stacked_op>(payload, end, value);
}

/// Whether the repetitions within a copy are the same as before, at the level of what they now read, or others.
enum class inner_steps { same, own };

/// Copies the body of a repetition, with other values in the place of some. Repetitions within it are copied
/// as a whole.
class body_copying {
 public:
  constexpr body_copying(graph& in, const repetition_regions& regions, inner_steps within = inner_steps::same)
      : in_(in), regions_(regions), within_(within), copies_(regions.sets.size()) {}

  constexpr void replace(node_id from, node_id by) { copies_[std::size_t(from.value)] = by; }

  /// The copy of a node; a node that needs none is its own.
  [[nodiscard]] constexpr node_id operator[](node_id of) const {
    if (std::size_t(of.value) >= copies_.size()) return of;
    const node_id copy = copies_.elements[of.value];
    return copy ? copy : of;
  }

  /// Copies what belongs to the repetition of a step number that has been replaced.
  constexpr void run(node_id step, level least) {
    const int self = regions_.find(step);
    for (int i = 0; i < int(regions_.sets.size()); ++i) {
      if (copies_.elements[i]) continue;
      const node here = in_[node_id{i}];
      if (is_step_number(here)) {
        if (is_within(i, self)) copies_.elements[i] = other_step(here, least);
      } else if (!is_end_of(here, step)) {
        copy(i, here);
      }
    }
  }

 private:
  constexpr bool is_within(int step, int self) const {
    const int which = regions_.find(node_id{step});
    return which >= 0 && (regions_.all_around(repetition_set(1) << which) >> self & 1u) != 0 && which != self;
  }
  /// Whether a node ends the repetition or leads out of it: those the copy gets of its own.
  constexpr bool is_end_of(const node& here, node_id step) const {
    if (here.op == &row<advance_op>()) return step_number_of(in_, here.operands[0]) == step;
    return leaves_repetition(here) && step_number_of(in_, here.operands[0]) == step;
  }
  constexpr node_id other_step(const node& here, level least) {
    const level depends = here.depends > least ? here.depends : least;
    if (within_ == inner_steps::own) return step_number_in(in_, steps_of_repetition(here), depends).id;
    attributes payload = here.payload;
    payload.axes = axis_set(depends);
    return in_.add(row<step_number_op>(), nullptr, 0, payload);
  }
  constexpr void copy(int id, node here) {
    bool differs = false;
    for (int k = 0; k < here.arity; ++k) {
      const node_id operand = (*this)[here.operands[k]];
      differs = differs || !(operand == here.operands[k]);
      here.operands[k] = operand;
    }
    if (differs) copies_.elements[id] = in_.add_like(here);
  }

  graph& in_;
  const repetition_regions& regions_;
  inner_steps within_;
  sequence<node_id> copies_;
};

/// A repetition that is being built: its carries with what they become.
struct open_repetition {
  ref step;
  std::vector<ref> carries;
  std::vector<ref> nexts;

  /// What all carries become.
  [[nodiscard]] constexpr ref end() const {
    ref result = step;
    for (std::size_t i = 0; i < carries.size(); ++i) result = advanced(result, carries[i], nexts[i]);
    return result;
  }
};

/// A repetition is of one level, that of the highest of its values: gives its parts that level. The carries
/// were made before it was known what they become.
[[nodiscard]] constexpr open_repetition at_its_level(open_repetition of) {
  graph& in = *of.step.in;
  level wanted = of.step->depends;
  for (const std::vector<ref>* list : {&of.carries, &of.nexts})
    for (ref each : *list)
      if (each->depends > wanted) wanted = each->depends;
  if (wanted == of.step->depends || !is<step_number_op>(of.step) || in.trouble()) return of;
  const repetition_regions regions = regions_of(in);
  attributes payload = of.step->payload;
  payload.axes = axis_set(wanted);
  body_copying copying(in, regions);
  copying.replace(of.step.id, in.add(row<step_number_op>(), nullptr, 0, payload));
  copying.run(of.step.id, wanted);
  of.step.id = copying[of.step.id];
  for (std::vector<ref>* list : {&of.carries, &of.nexts})
    for (ref& each : *list) each.id = copying[each.id];
  return of;
}

}  // namespace fusegrad
