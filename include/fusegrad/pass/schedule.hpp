// SPDX-License-Identifier: BSL-1.0
// Writes the plan: the operations of every loop, the operands of every step, the outputs, and the work.
// In: settled graph, layouts, fusion. Out: the plan.
#pragma once

#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/cumsum.hpp"
#include "fusegrad/op/gather.hpp"
#include "fusegrad/op/take.hpp"
#include "fusegrad/pass/allocate.hpp"

namespace fusegrad {

/// Builds a plan; one object per graph.
class scheduler {
 public:
  constexpr scheduler(const planned_graph& of, const machine& on)
      : of_(of), on_(on), sources_(std::size_t(of.in.size())) {
    plan_.symbols.assign(of.in.symbols().begin(), of.in.symbols().end());
    plan_.column_layouts = of.layouts;
  }

  /// The plan of a graph with a problem: no step.
  constexpr plan nothing(const problem& trouble) {
    plan_.trouble = trouble;
    return static_cast<plan&&>(plan_);
  }

  constexpr plan run() {
    step_order order = step_ordering(of_).run();
    memory_ = allocator_of_values(of_, order).run();
    plan_.steps = static_cast<sequence<plan_step>&&>(order.steps);
    plan_.tile_elements = memory_.tile_elements;
    plan_.shared_elements = memory_.shared_elements;
    plan_.matrix_elements = memory_.matrix_elements;
    plan_.mean_elements = memory_.mean_elements;
    plan_.large_begin = memory_.large_begin;
    plan_.large_elements = memory_.large_elements;
    list_loops();
    fill_steps();
    list_outputs();
    count_work();
    return static_cast<plan&&>(plan_);
  }

 private:
  constexpr const node& at(int id) const { return of_.at(id); }
  constexpr const fused_place& place(int id) const { return of_.place(id); }

  // Loops.

  constexpr void list_loops() {
    const std::size_t loops = of_.fused.loops.size();
    first_in_loop_ = sequence<int>(loops);
    next_in_loop_ = sequence<int>(std::size_t(of_.in.size()));
    for (int i = of_.in.size() - 1; i >= 0; --i) {
      const int loop = place(i).loop;
      if (loop < 0 || !of_.needed.elements[i]) continue;
      next_in_loop_.elements[i] = first_in_loop_.elements[loop];
      first_in_loop_.elements[loop] = i + 1;
    }
    plan_.operations.reserve(std::size_t(of_.in.size()));
    sort_loops();
    for (plan_step& step : plan_.steps)
      if (step.kind == step_kind::loops) list_loops_of(step);
  }

  /// Finds the loops of each stage of each phase.
  constexpr void sort_loops() {
    const auto& loops = of_.fused.loops;
    for (const loop_outline& each : loops)
      if (each.stage >= stages_) stages_ = each.stage + 1;
    loops_of_stage_ = by_stage(std::size_t(stages_) * std::size(all_phases), loops.size());
    for (std::size_t i = loops.size(); i-- > 0;)
      loops_of_stage_.add_in_front(int(loops[i].when) * stages_ + loops[i].stage, int(i));
  }

  /// The loops of one stage by rank, then in the order in which they were found.
  constexpr void list_loops_of(plan_step& step) {
    sequence<int> waiting;
    for (int i = loops_of_stage_.first(int(step.when) * stages_ + step.stage); i >= 0;
         i = loops_of_stage_.after(i))
      waiting.push_back(i);
    step.first_loop = int(plan_.loops.size());
    step.loop_count = int(waiting.size());
    int listed = 0;
    for (int rank = 0; listed < step.loop_count; ++rank)
      for (int which : waiting) {
        if (of_.fused.loops[std::size_t(which)].rank != rank) continue;
        list_loop(which);
        ++listed;
      }
  }

  constexpr void list_loop(int which) {
    const loop_outline& outline = of_.fused.loops[std::size_t(which)];
    fused_loop loop;
    loop.when = outline.when;
    loop.stage = outline.stage;
    loop.domain = outline.domain;
    loop.first = int(plan_.operations.size());
    for (int next = first_in_loop_.elements[which]; next > 0; next = next_in_loop_.elements[next - 1])
      list_operation(next - 1, loop);
    loop.count = int(plan_.operations.size()) - loop.first;
    collapse(loop);
    plan_.loops.push_back(loop);
  }

  /// Where the loop that is being listed finds a value: a register, or ~ an access. Each is listed once per
  /// loop.
  struct source {
    int loop = -1;
    int found = 0;
  };

  constexpr void list_operation(int id, fused_loop& loop) {
    const int current = int(plan_.loops.size());
    source* const sources = sources_.elements;
    if (sources[id].loop == current) return;
    const node& here = at(id);
    const fused_place& place_here = place(id);
    loop_operation result;
    result.op = here.op;
    result.node = id;
    result.arity = here.arity;
    result.kind = here.kind;
    for (int k = 0; k < here.arity; ++k) {
      const int operand = here.operands[k].value;
      if (place(operand).inlined) list_operation(operand, loop);
      if (sources[operand].loop != current)
        sources[operand] = {current, ~add_access(access_to(node_id{operand}))};
      result.source[k] = sources[operand].found;
      result.operand_kind[k] = at(operand).kind;
    }
    if (!here.payload.empty()) {
      result.payload = int(plan_.payloads.size());
      plan_.payloads.push_back(here.payload);
    }
    if (here.op->family == operation_family::reduction) {
      result.reduces = true;
      result.reduces_all = here.extents.rank == 0;
      result.slot = loop.accumulators++;
    } else {
      result.slot = here.kind == value_kind::condition ? loop.conditions++ : loop.numbers++;
      sources[id] = {current, result.slot};
    }
    if (place_here.stored && !place_here.inlined) result.result = add_access(result_access(id));
    plan_.operations.push_back(result);
  }

  constexpr int add_access(const element_access& wanted) {
    plan_.accesses.push_back(wanted);
    return int(plan_.accesses.size()) - 1;
  }

  constexpr element_access access_at_home(int id) const {
    const home& found = memory_.homes.elements[id];
    element_access result;
    result.where = found.where;
    result.offset = found.offset;
    return result;
  }

  /// A reduction writes to the kept axes of its domain only.
  constexpr element_access result_access(int id) const {
    element_access result = access_at_home(id);
    const tensor_shape domain = fusing::domain_of(of_.in, node_id{id});
    const axis_set dropped = at(id).op->family == operation_family::reduction ? at(id).payload.axes : 0;
    for (int axis = 0, kept = 0; axis < domain.rank; ++axis)
      if (!contains(dropped, axis)) result.stride[axis] = at(id).extents.stride(kept++);
    return result;
  }

  /// A value in memory, through the movements that lie over it.
  constexpr element_access access_to(node_id operand) const {
    const view seen = view_of(of_.in, operand);
    const node& base = at(seen.base.value);
    element_access result = access_at_home(seen.base.value);
    result.first = seen.first;
    for (int axis = 0; axis < at(operand.value).extents.rank; ++axis) result.stride[axis] = seen.stride[axis];
    if (base.op == &row<constant_op>()) {
      result.where = storage::number;
      result.number = base.payload.number;
    }
    if (base.op == &row<position_op>()) position_strides(base, result);
    return result;
  }

  /// The position along some axes is itself a sum of coordinates times strides.
  static constexpr void position_strides(const node& base, element_access& into) {
    into.where = storage::position;
    int stride = 1;
    for (int axis = base.extents.rank - 1; axis >= 0; --axis) {
      into.stride[axis] = contains(base.payload.axes, axis) ? stride : 0;
      if (contains(base.payload.axes, axis)) stride *= base.extents[axis];
    }
  }

  /// One axis instead of several where every access allows it.
  constexpr void collapse(fused_loop& loop) {
    const int rank = loop.domain.rank;
    if (rank < 2) return;
    const auto for_each_access = [&](auto&& visit) {
      for (int i = loop.first; i < loop.first + loop.count; ++i) {
        const loop_operation& each = plan_.operations.elements[i];
        for (int k = 0; k < each.arity; ++k)
          if (!each.from_register(k)) visit(plan_.accesses[each.access_index(k)]);
        if (each.result >= 0 && !each.reduces) visit(plan_.accesses.elements[each.result]);
      }
    };
    bool straight = true;
    for_each_access([&](const element_access& each) {
      for (int axis = 0; axis + 1 < rank; ++axis)
        straight = straight && each.stride[axis] == each.stride[axis + 1] * loop.domain[axis + 1];
    });
    if (!straight) return;
    for_each_access([&](element_access& each) { each.stride[0] = each.stride[rank - 1]; });
    loop.domain = tensor_shape{loop.domain.elements()};
  }

  // The other steps.

  constexpr void fill_steps() {
    for (plan_step& step : plan_.steps) {
      if (step.kind == step_kind::loops) continue;
      step.target = memory_.homes.elements[step.node].where;
      step.offset = memory_.homes.elements[step.node].offset;
      switch (step.kind) {
        case step_kind::load_rows:
          step.symbol = at(step.node).payload.symbol;
          step.inputs = at(step.node).extents.elements();
          break;
        case step_kind::product_from_rows:
        case step_kind::product: fill_product(step); break;
        case step_kind::contraction:
        case step_kind::contraction_mean: fill_contraction_step(step); break;
        case step_kind::reduction: fill_reduction(step); break;
        case step_kind::scan: fill_scan(step); break;
        case step_kind::placement: fill_placement(step); break;
        case step_kind::gradient_from_rows:
        case step_kind::gradient: fill_gradient(step); break;
        case step_kind::label_mean: fill_label_mean(step); break;
        case step_kind::repeat: step.to = access_at_home(step.node); break;
        case step_kind::move: fill_move(step); break;
        default:
          step.left = access_to(at(step.node).operands[0]);
          step.outputs = at(step.node).extents.elements();
      }
    }
  }

  constexpr void fill_product(plan_step& step) const {
    const node& here = at(step.node);
    const matrix_product product = as_matrix_product(of_.in, node_id{step.node});
    step.outputs = product.outputs;
    step.inputs = product.inputs;
    step.transposed = product.transposed;
    step.left = access_to(here.operands[product.matrix]);
    const node_id vector = here.operands[1 - product.matrix];
    if (step.kind == step_kind::product_from_rows)
      step.symbol = of_.in[vector].payload.symbol;
    else
      step.right = access_to(vector);
  }

  constexpr void fill_gradient(plan_step& step) const {
    const outer_product outer = of_.outer_product_at(step.node);
    const node& product = at(at(step.node).operands[0].value);
    step.outputs = outer.outputs;
    step.inputs = outer.inputs;
    step.transposed = outer.transposed;
    step.left = access_to(product.operands[1 - outer.inputs_operand]);
    const node_id inputs = product.operands[outer.inputs_operand];
    if (step.kind == step_kind::gradient_from_rows)
      step.symbol = of_.in[inputs].payload.symbol;
    else
      step.right = access_to(inputs);
  }

  /// A contraction, or the mean or the scatter of one.
  constexpr void fill_contraction_step(plan_step& step) {
    const node& here = at(step.node);
    if (here.op->family == operation_family::contraction) {
      fill_contraction(step, here);
    } else {
      if (here.op->family == operation_family::placement) fill_placement(step);
      fill_contraction(step, at(here.operands[0].value));
    }
    if (here.op->family == operation_family::placement) return;
    step.to = access_at_home(step.node);
    const tensor_shape& extents = here.extents;
    for (int axis = 0; axis < extents.rank; ++axis) step.to.stride[axis] = extents.stride(axis);
  }

  /// Letters of the result first, then those that are summed; strides of both operands along each.
  constexpr void fill_contraction(plan_step& step, const node& here) {
    const axis_letters* spelled = here.payload.letters;
    axis_letters all = spelled[2];
    step.letters = {};
    step.result_letters = all.size();
    for (int k = 0; k < 2; ++k)
      for (int axis = 0; spelled[k][axis] != 0; ++axis)
        if (all.find(spelled[k][axis]) < 0) all.push_back(spelled[k][axis]);
    if (all.size() > max_rank) {
      plan_.trouble = {problem_kind::rank_too_large, here.extents, {}};
      return;
    }
    const element_access operands[2] = {access_to(here.operands[0]), access_to(here.operands[1])};
    step.left = operands[0];
    step.right = operands[1];
    for (int letter = 0; all[letter] != 0; ++letter) {
      const int left = spelled[0].find(all[letter]);
      const int right = spelled[1].find(all[letter]);
      const tensor_shape& left_extents = of_.in[here.operands[0]].extents;
      const tensor_shape& right_extents = of_.in[here.operands[1]].extents;
      step.letters.push_back(left >= 0 ? left_extents[left] : right_extents[right]);
      step.left.stride[letter] = left >= 0 ? operands[0].stride[left] : 0;
      step.right.stride[letter] = right >= 0 ? operands[1].stride[right] : 0;
    }
  }

  /// Kept axes first, then the reduced ones.
  constexpr void fill_reduction(plan_step& step) const {
    const node& here = at(step.node);
    const tensor_shape& domain = of_.in[here.operands[0]].extents;
    const element_access operand = access_to(here.operands[0]);
    step.op = here.op;
    step.left = operand;
    step.result_letters = here.extents.rank;
    for (bool reduced : {false, true})
      for (int axis = 0; axis < domain.rank; ++axis) {
        if (contains(here.payload.axes, axis) != reduced) continue;
        step.left.stride[step.letters.rank] = operand.stride[axis];
        step.letters.push_back(domain[axis]);
      }
  }

  /// The other axes first, then the one that is scanned.
  constexpr void fill_scan(plan_step& step) const {
    const node& here = at(step.node);
    step.op = here.op;
    step.left = access_to(here.operands[0]);
    step.right = access_at_home(step.node);
    step.transposed = cumsum_op::begins_at_last(here);
    const element_access operand = step.left;
    for (bool scanned : {false, true})
      for (int axis = 0; axis < here.extents.rank; ++axis) {
        if (contains(here.payload.axes, axis) != scanned) continue;
        step.left.stride[step.letters.rank] = operand.stride[axis];
        step.right.stride[step.letters.rank] = here.extents.stride(axis);
        step.letters.push_back(here.extents[axis]);
      }
    step.result_letters = step.letters.rank - 1;
  }

  /// A scatter and a sum at indices loop over their operand, the others over their result.
  constexpr void fill_placement(plan_step& step) const {
    const node& here = at(step.node);
    const attributes& payload = here.payload;
    const bool adds = here.op == &row<scatter_op>() || here.op == &row<add_at_op>();
    step.op = here.op;
    step.extents = here.extents;
    step.letters = adds ? of_.in[here.operands[0]].extents : here.extents;
    step.left = access_to(here.operands[0]);
    if (here.arity == 2) step.right = access_to(here.operands[1]);
    step.indices = payload.indices;
    if (here.op == &row<gather_op>()) return fill_table(step, of_.in[here.operands[0]].extents, here);
    if (here.op == &row<place_at_label_op>()) return fill_table(step, here.extents, here);
    if (here.op != &row<scatter_op>()) step.axis = first_axis(payload.axes);
    if (here.op == &row<concat_op>()) step.outputs = of_.in[here.operands[0]].extents[step.axis];
    if (here.op == &row<take_op>()) step.outputs = of_.in[here.operands[0]].extents[step.axis];
    if (here.op == &row<add_at_op>()) step.outputs = here.extents[step.axis];
    step.to = access_at_home(step.node);
    for (int axis = 0; axis < here.extents.rank; ++axis) step.to.stride[axis] = here.extents.stride(axis);
    if (here.op != &row<scatter_op>()) return;
    const element_access result = step.to;
    for (int axis = 0; axis < here.extents.rank; ++axis)
      step.to.first += payload.starts[axis] * result.stride[axis];
    for (int axis = 0; axis < step.letters.rank; ++axis)
      step.to.stride[axis] =
          striding::step_of(payload, axis) * result.stride[striding::axis_of(payload, axis)];
  }

  constexpr void fill_table(plan_step& step, const tensor_shape& table, const node& by_label) const {
    step.labels = of_.in[by_label.operands[1]].extents.elements();
    step.outputs = table[0];
    step.inputs = table.stride(0);
    step.to = access_at_home(step.node);
  }

  /// The mean of tables with one row each.
  constexpr void fill_label_mean(plan_step& step) const {
    const node& table = at(at(step.node).operands[0].value);
    step.left = access_to(table.operands[0]);
    step.right = access_to(table.operands[1]);
    fill_table(step, table.extents, table);
  }

  /// The elements of a value, and where they go; the number of the step is one coordinate more.
  constexpr void fill_move(plan_step& step) const {
    const node& here = at(step.node);
    const bool element = here.op == &row<element_op>(), stacks = here.op == &row<stacked_op>();
    const bool advances = here.op == &row<advance_op>();
    const node_id from = here.operands[advances ? 2 : 1];
    step.letters = element ? here.extents : at(from.value).extents;
    step.left = access_to(from);
    step.to = access_at_home(advances ? here.operands[1].value : step.node);
    step.target = step.to.where;
    step.offset = step.to.offset;
    for (int axis = 0; axis < step.letters.rank; ++axis) step.to.stride[axis] = step.letters.stride(axis);
    if (element)
      count_along_first_axis(step.left, step.letters.rank, at(from.value).extents[0],
                             element_op::is_backwards(here));
    if (!stacks) return;
    const int steps = here.extents[0];
    element_access& place = step.to;
    place.stride[step.letters.rank] = step.letters.elements();
    if (stacked_op::is_backwards(here)) {
      place.first += (steps - 1) * place.stride[step.letters.rank];
      place.stride[step.letters.rank] = -place.stride[step.letters.rank];
    }
  }

  /// Makes the first of the axes of an access the last one.
  static constexpr void count_along_first_axis(element_access& of, int rank, int extent, bool backwards) {
    const int first = of.stride[0];
    for (int axis = 0; axis < rank; ++axis) of.stride[axis] = of.stride[axis + 1];
    of.stride[rank] = backwards ? -first : first;
    if (backwards) of.first += (extent - 1) * first;
  }

  constexpr void list_outputs() {
    for (const output& each : of_.in.outputs()) {
      const node& here = of_.in[each.id];
      plan_.outputs.push_back(
          {each.role, each.symbol, here.extents, access_to(each.id), here.depends == level::row});
    }
    if (memory_.loss >= 0) plan_.loss_offset = memory_.homes.elements[memory_.loss].offset;
  }

  // The cost model: floating-point operations and bytes, per row and per step.

  constexpr void count_work() {
    for (const plan_step& step : plan_.steps) {
      double flops = 0;
      if (step.kind == step_kind::contraction || step.kind == step_kind::reduction ||
          step.kind == step_kind::scan || step.kind == step_kind::contraction_mean)
        flops = 2.0 * step.letters.elements();
      else if (step.kind == step_kind::placement)
        flops = step.letters.elements() + step.extents.elements();
      else if (step.kind == step_kind::label_mean)
        flops = double(step.labels) * step.inputs;
      else if (step.kind == step_kind::row_mean)
        flops = step.outputs;
      else if (step.kind == step_kind::move)
        flops = step.letters.elements();
      else if (step.kind != step_kind::loops && step.kind != step_kind::load_rows)
        flops = 2.0 * step.outputs * step.inputs;
      for (int i = step.first_loop; i < step.first_loop + step.loop_count; ++i)
        flops += work_of(plan_.loops[std::size_t(i)]);
      for (int i = step.inside; i >= 0; i = plan_.steps[std::size_t(i)].inside)
        flops *= plan_.steps[std::size_t(i)].times;
      const bool of_rows = step.when == phase::rows || step.when == phase::slices;
      (of_rows ? plan_.flops_per_row : plan_.flops_per_step) += flops;
    }
    for (std::size_t i = 0; i < plan_.symbols.size(); ++i)
      if (plan_.column_layouts[i] != layout::none)
        plan_.bytes_per_row += 4.0 * plan_.symbols[i].extents.elements();
    plan_.light = !on_.columns_in_place && is_light();
    choose_height();
  }

  /// How many rows a tile has: a group of them, or many groups of light rows, where the formula allows as much.
  constexpr void choose_height() {
    if (plan_.light) {
      plan_.tile_registers = rows_of_light_tile / on_.lanes;
      if (!exceeds_scratch(plan_, on_)) return;
    }
    int rows = rows_of_group;
    if (contracts_images() || repeats())
      while (rows > on_.lanes && plan_.tile_elements > most_in_tile / rows) rows /= 2;
    plan_.tile_registers = on_.lanes < rows ? rows / on_.lanes : 1;
    while (plan_.tile_registers > 1 && exceeds_scratch(plan_, on_)) plan_.tile_registers /= 2;
  }

  /// Not a power of two: values of a tile would lie at the same places of the cache.
  static constexpr int rows_of_light_tile = 12 * rows_of_group;

  /// Numbers of a tile that a second-level cache holds.
  static constexpr int most_in_tile = 1 << 18;

  /// Whether rows have contractions by loops: these read the tile many times, and few weights, so that fewer
  /// rows cost nothing and stay in the cache. Products with matrices read all weights once per tile.
  constexpr bool contracts_images() const {
    for (const plan_step& step : plan_.steps)
      if (step.when == phase::rows &&
          (step.kind == step_kind::contraction || step.kind == step_kind::contraction_mean))
        return true;
    return false;
  }

  constexpr bool repeats() const {
    for (const plan_step& step : plan_.steps)
      if (step.kind == step_kind::repeat && step.when == phase::rows) return true;
    return false;
  }

  /// Whether rows have results of their own and few numbers, none of them in wide columns, and meet no
  /// matrix: then the calls for a tile cost more than its memory.
  constexpr bool is_light() const {
    constexpr int few = 8, wide = 4;
    bool of_rows = false, light = plan_.tile_elements <= few;
    for (const plan_output& each : plan_.outputs) of_rows = of_rows || each.of_rows;
    for (const plan_step& step : plan_.steps) {
      if (step.when != phase::rows) continue;
      const bool loads = step.kind == step_kind::load_rows && step.inputs < wide;
      light = light && (loads || step.kind == step_kind::loops || step.kind == step_kind::row_mean);
    }
    return of_rows && light;
  }

  constexpr double work_of(const fused_loop& loop) const {
    double flops = 0;  // per element of the domain
    for (int i = loop.first; i < loop.first + loop.count; ++i)
      flops += double(plan_.operations.elements[i].op->flops);
    return flops * loop.domain.elements();
  }

  const planned_graph& of_;
  machine on_;
  allocation memory_;
  by_stage loops_of_stage_{0, 0};
  int stages_ = 0;
  sequence<int> first_in_loop_;  // per loop, 1 + its first node, 0 where it has none
  sequence<int> next_in_loop_;   // per node, likewise the next one of its loop
  sequence<source> sources_;     // per node, in the loop where it was listed last
  plan plan_;
};

/// The plan of a settled graph for a machine. `again`: what loops compute again where they read it.
[[nodiscard]] constexpr plan make_plan(const graph& settled, const machine& on,
                                       fusing::recomputation again = fusing::recomputation::conditions) {
  const std::vector<layout> layouts = place(settled, on);
  const node_flags needed = reachable(settled);
  const fusion fused = fuse(settled, needed, again);
  const planned_graph planned{settled, layouts, fused, needed, on};
  scheduler writer(planned, on);
  const problem trouble = settled.trouble() ? settled.trouble() : fused.trouble;
  if (trouble) return writer.nothing(trouble);
  return writer.run();
}

}  // namespace fusegrad
