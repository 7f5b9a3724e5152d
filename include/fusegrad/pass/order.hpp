// SPDX-License-Identifier: BSL-1.0
// Puts loads, contractions, loops and means in order. In: settled graph, layouts, fusion.
// Out: the steps of a plan, not yet filled in, and for every node the step that computes it.
#pragma once

#include <iterator>

#include "fusegrad/pass/fuse.hpp"

namespace fusegrad {

/// The steps of a plan in order, of which kind, phase, stage and node are known.
struct step_order {
  sequence<plan_step> steps;
  sequence<int> step_of;  // per node; 0 for what needs no step
};

/// What the passes that make a plan read.
struct planned_graph {
  const graph& in;
  const std::vector<layout>& layouts;
  const fusion& fused;
  const node_flags& needed;
  const machine& on;

  [[nodiscard]] constexpr const node& at(int id) const { return in.nodes().data()[id]; }
  [[nodiscard]] constexpr const fused_place& place(int id) const { return fused.places.elements[id]; }
  [[nodiscard]] constexpr bool is_column(int id) const {
    return at(id).op == &row<symbol_op>() &&
           is_of_rows(in.symbols()[std::size_t(at(id).payload.symbol)].role);
  }
  [[nodiscard]] constexpr bool is_stored_column(int id) const {
    return is_column(id) && layouts[std::size_t(at(id).payload.symbol)] == layout::as_stored;
  }
  [[nodiscard]] constexpr outer_product outer_product_at(int id) const {
    return as_outer_product(in, node_id{id},
                            [&](node_id operand) { return is_stored_column(operand.value); });
  }
};

/// Things by the stage that they belong to, each stage in the order in which they were listed: asking every
/// thing for its stage at every stage would take the square of their number.
class by_stage {
 public:
  constexpr by_stage(std::size_t stages, std::size_t things) : first_(stages), next_(things) {}

  /// From the last to the first.
  constexpr void add_in_front(int stage, int thing) {
    next_.elements[thing] = first_.elements[stage];
    first_.elements[stage] = thing + 1;
  }
  /// The first thing of a stage, or -1.
  [[nodiscard]] constexpr int first(int stage) const { return first_.elements[stage] - 1; }
  [[nodiscard]] constexpr int after(int thing) const { return next_.elements[thing] - 1; }

 private:
  sequence<int> first_, next_;  // 0: none; else 1 + the thing
};

/// Builds the order; one object per graph.
class step_ordering {
 public:
  constexpr explicit step_ordering(const planned_graph& of) : of_(of) {}

  constexpr step_order run() {
    collect();
    for (phase when : all_phases) list_phase(when);
    if (!of_.fused.repeated.empty()) find_enclosing();
    find_step_of_each();
    return static_cast<step_order&&>(result_);
  }

 private:
  /// One look at every node: what needs a step of its own, and how many stages each phase has.
  constexpr void collect() {
    for (const repeated_stages& each : of_.fused.repeated)
      if (each.last > last_stage_[int(each.when)]) last_stage_[int(each.when)] = each.last;
    for (int i = 0; i < of_.in.size(); ++i) {
      if (!of_.needed.elements[i]) continue;
      const fused_place& place = of_.place(i);
      int& last = last_stage_[int(place.when)];
      if (place.stage > last) last = place.stage;
      const node& here = of_.at(i);
      if (here.op->family == operation_family::row_mean) means_.push_back(i);
      if (is_listed_with_its_repetition(here)) continue;
      if (fusing::stands_alone(here) && !place.skipped) alone_.push_back(i);
      if (place.stored && of_.is_column(i) && !of_.is_stored_column(i) && !of_.on.columns_in_place)
        loads_.push_back(i);
    }
  }

  /// The loads, then for each stage its contractions, its loops and the means of what is complete.
  constexpr void list_phase(phase when) {
    if (when == phase::slices) return list_slices();
    if (when == phase::rows)
      for (int id : loads_) add_step(step_kind::load_rows, when, 0, id);
    const by_stage alone = alone_in(when), means = means_in(when);
    const node_flags loops = stages_with_loops(when);
    for (int stage = 0; stage < int(stages_of(when)); ++stage) {
      begin_repetitions(when, stage);
      for (int id = alone.first(stage); id >= 0; id = alone.after(id))
        add_step(kind_of_step(id), when, stage, id);
      if (loops.elements[stage] != 0) add_step(step_kind::loops, when, stage, -1);
      for (int id = means.first(stage); id >= 0; id = means.after(id))
        if (!is_sliced(id)) add_step(kind_of_mean(id), when, stage, id);
      end_repetitions(when, stage);
    }
  }
  constexpr std::size_t stages_of(phase when) const { return std::size_t(last_stage_[int(when)]) + 1; }
  constexpr by_stage alone_in(phase when) const {
    by_stage result(stages_of(when), std::size_t(of_.in.size()));
    for (std::size_t i = alone_.size(); i-- > 0;)
      if (const fused_place& place = of_.place(alone_.elements[i]); place.when == when)
        result.add_in_front(place.stage, alone_.elements[i]);
    return result;
  }
  constexpr by_stage means_in(phase when) const {
    by_stage result(stages_of(when), std::size_t(of_.in.size()));
    for (std::size_t i = means_.size(); i-- > 0 && when == phase::rows;)
      result.add_in_front(stage_of_mean(means_.elements[i]), means_.elements[i]);
    return result;
  }
  constexpr node_flags stages_with_loops(phase when) const {
    node_flags result(stages_of(when));
    for (const loop_outline& each : of_.fused.loops)
      if (each.when == when) result.elements[each.stage] = 1;
    return result;
  }

  // Repetitions: the first values of the carries, `repeat`, the steps of the body, and what they leave.

  /// What is listed where its repetition begins or ends, whenever its value can be had.
  static constexpr bool is_listed_with_its_repetition(const node& of) {
    return of.op == &row<carry_op>() || of.op == &row<advance_op>() || of.op == &row<stacked_op>() ||
           begins_repetition(of);
  }

  constexpr void begin_repetitions(phase when, int stage) {
    for (std::size_t i = 0; i < of_.fused.repeated.size(); ++i) {
      if (of_.fused.repeated[i].when != when || of_.fused.repeated[i].first != stage) continue;
      const repetition& one = of_.fused.order.repetitions[i];
      if (!of_.needed.elements[one.step]) continue;
      for (const carry_step& each : one.carries) add_step(step_kind::move, when, stage, each.carry);
      open_.push_back({int(i), int(result_.steps.size())});
      add_step(step_kind::repeat, when, stage, one.step);
      result_.steps[result_.steps.size() - 1].times = one.steps;
    }
  }

  /// Ends those that began last first.
  constexpr void end_repetitions(phase when, int stage) {
    while (!open_.empty()) {
      const open_repeat one = open_.back();
      const repetition& of = of_.fused.order.repetitions[std::size_t(one.repetition)];
      if (of_.fused.repeated[std::size_t(one.repetition)].last != stage) return;
      for (int i = 0; i < of_.in.size(); ++i)
        if (of_.needed.elements[i] && of_.at(i).op == &row<stacked_op>() && steps_with(i, of))
          add_step(step_kind::move, when, stage, i);
      for (int i = 0; i < of_.in.size(); ++i)
        if (of_.needed.elements[i] && of_.at(i).op == &row<advance_op>() && steps_with(i, of) &&
            is_first_of_its_carry(i, of))
          add_step(step_kind::move, when, stage, i);
      result_.steps[std::size_t(one.step)].body = int(result_.steps.size()) - one.step - 1;
      open_.pop_back();
    }
  }
  constexpr bool steps_with(int id, const repetition& of) const {
    return step_number_of(of_.in, of_.at(id).operands[0]).value == of.step;
  }
  /// Two ends of one repetition may name the same carry: it changes once.
  constexpr bool is_first_of_its_carry(int id, const repetition& of) const {
    for (int i = 0; i < id; ++i)
      if (of_.needed.elements[i] && of_.at(i).op == &row<advance_op>() && steps_with(i, of) &&
          of_.at(i).operands[1] == of_.at(id).operands[1])
        return false;
    return true;
  }

  /// The innermost repeat around each step, and the one that each move counts with.
  constexpr void find_enclosing() {
    sequence<plan_step>& steps = result_.steps;
    for (int i = 0; i < int(steps.size()); ++i)
      for (int k = 0; steps[std::size_t(i)].kind == step_kind::repeat && k < steps[std::size_t(i)].body; ++k)
        steps[std::size_t(i + 1 + k)].inside = i;
    for (plan_step& each : steps) {
      if (each.kind != step_kind::move) continue;
      const node& here = of_.at(each.node);
      if (here.op != &row<element_op>() && here.op != &row<stacked_op>()) continue;
      const int number = step_number_of(of_.in, here.operands[0]).value;
      for (int i = 0; i < int(steps.size()); ++i)
        if (steps[std::size_t(i)].kind == step_kind::repeat && steps[std::size_t(i)].node == number)
          each.counter = i;
    }
  }

  constexpr void list_slices() {
    for (int id : means_)
      if (is_sliced(id)) add_step(kind_of_mean(id), phase::slices, 0, id);
  }
  constexpr bool is_sliced(int mean) const {
    if (kind_of_mean(mean) == step_kind::label_mean)
      return of_.at(mean).extents.elements() >= large_gradient_elements;
    return kind_of_mean(mean) != step_kind::row_mean && is_large(of_.outer_product_at(mean));
  }

  constexpr int stage_of_mean(int id) const {
    const int operand = of_.at(id).operands[0].value;
    if (!of_.place(operand).skipped) return stage_in_rows(operand);
    const int left = stage_in_rows(of_.at(operand).operands[0].value);
    const int right = stage_in_rows(of_.at(operand).operands[1].value);
    return left > right ? left : right;
  }

  /// What is found before the rows is there for all stages.
  constexpr int stage_in_rows(int id) const {
    return of_.place(id).when == phase::rows ? of_.place(id).stage : 0;
  }

  constexpr step_kind kind_of_step(int id) const {
    if (of_.at(id).op->family == operation_family::reduction) return step_kind::reduction;
    if (of_.at(id).op->family == operation_family::scan) return step_kind::scan;
    if (of_.at(id).op->family == operation_family::repetition) return step_kind::move;
    if (of_.at(id).op->family == operation_family::placement)
      return of_.place(of_.at(id).operands[0].value).skipped ? step_kind::contraction : step_kind::placement;
    const matrix_product product = as_matrix_product(of_.in, node_id{id});
    if (!product.found) return step_kind::contraction;
    return of_.is_stored_column(of_.at(id).operands[1 - product.matrix].value) ? step_kind::product_from_rows
                                                                               : step_kind::product;
  }
  constexpr step_kind kind_of_mean(int id) const {
    const outer_product outer = of_.outer_product_at(id);
    const int product = of_.at(id).operands[0].value;
    if (!of_.place(product).skipped) return step_kind::row_mean;
    if (is_label_mean(of_.in, node_id{id})) return step_kind::label_mean;
    if (!outer.found) return step_kind::contraction_mean;
    const int inputs = of_.at(product).operands[outer.inputs_operand].value;
    return of_.is_stored_column(inputs) ? step_kind::gradient_from_rows : step_kind::gradient;
  }

  constexpr void add_step(step_kind kind, phase when, int stage, int node) {
    plan_step step;
    step.kind = kind;
    step.when = when;
    step.stage = stage;
    step.node = node;
    result_.steps.push_back(step);
  }

  constexpr void find_step_of_each() {
    result_.step_of = sequence<int>(std::size_t(of_.in.size()));
    sequence<int> loops_of_stage[std::size(all_phases)];  // the step of the loops, by phase and stage
    for (std::size_t when = 0; when < std::size(all_phases); ++when)
      loops_of_stage[when] = sequence<int>(std::size_t(last_stage_[when]) + 1);
    for (std::size_t i = 0; i < result_.steps.size(); ++i) {
      const plan_step& step = result_.steps[i];
      if (step.kind == step_kind::loops)
        loops_of_stage[int(step.when)].elements[step.stage] = int(i);
      else
        result_.step_of.elements[step.node] = int(i);
    }
    for (int i = 0; i < of_.in.size(); ++i) {
      const fused_place& place = of_.place(i);
      if (of_.needed.elements[i] && place.in_loop)
        result_.step_of.elements[i] = loops_of_stage[int(place.when)].elements[place.stage];
    }
  }

  /// A repetition of which the end is not yet listed.
  struct open_repeat {
    int repetition = -1;
    int step = -1;  // its `repeat`
  };

  const planned_graph& of_;
  sequence<int> loads_, alone_, means_;
  std::vector<open_repeat> open_;
  int last_stage_[std::size(all_phases)] = {};
  step_order result_;
};

}  // namespace fusegrad
