// SPDX-License-Identifier: BSL-1.0
// Puts loops, products and means in order, gives every stored value its place in memory, and counts the work.
// Values of a tile share memory when they do not live at the same time.
// In: settled graph, layouts, fusion. Out: the plan.
#pragma once

#include "fusegrad/pass/fuse.hpp"

namespace fusegrad {

/// Builds a plan; one object per graph.
class scheduler {
 public:
  constexpr scheduler(const graph& in, std::vector<layout> layouts, const fusion& fused, const machine& on)
      : in_(in),
        fused_(fused),
        on_(on),
        needed_(reachable(in)),
        home_(std::size_t(in.size())),
        last_read_(std::size_t(in.size()), 0) {
    plan_.symbols.assign(in.symbols().begin(), in.symbols().end());
    plan_.column_layouts = static_cast<std::vector<layout>&&>(layouts);
    plan_.trouble = in.trouble() ? in.trouble() : fused.trouble;
  }

  constexpr plan run() {
    if (plan_.trouble) return plan_;
    list_steps();
    find_loss();
    find_last_reads();
    give_homes();
    list_loops();
    fill_steps();
    list_outputs();
    count_work();
    return static_cast<plan&&>(plan_);
  }

 private:
  constexpr const node& at(int id) const { return in_[node_id{id}]; }
  constexpr const fused_place& place(int id) const { return fused_.places[std::size_t(id)]; }
  constexpr bool is_column(int id) const {
    return at(id).op == &row<symbol_op>() && at(id).depends == level::row;
  }
  constexpr bool is_stored_column(int id) const {
    return is_column(id) && plan_.column_layouts[std::size_t(at(id).payload.symbol)] == layout::as_stored;
  }
  constexpr outer_product outer_product_at(int id) const {
    return as_outer_product(in_, node_id{id},
                            [&](node_id operand) { return is_stored_column(operand.value); });
  }

  // The order: loads, then for each stage its contractions, its loops and the means of what is complete.

  constexpr void list_steps() {
    for (phase when : {phase::before_rows, phase::rows, phase::after_rows}) {
      if (when == phase::rows)
        for (int i = 0; i < in_.size(); ++i)
          if (needed_[std::size_t(i)] && is_column(i) && !is_stored_column(i) && place(i).stored)
            add_step(step_kind::load_rows, when, 0, i);
      int last = 0;
      for (int i = 0; i < in_.size(); ++i)
        if (needed_[std::size_t(i)] && place(i).when == when && place(i).stage > last) last = place(i).stage;
      for (int stage = 0; stage <= last; ++stage) list_stage(when, stage);
    }
  }

  constexpr void list_stage(phase when, int stage) {
    for (int i = 0; i < in_.size(); ++i)
      if (needed_[std::size_t(i)] && fusing::stands_alone(at(i)) && !place(i).skipped &&
          place(i).when == when && place(i).stage == stage)
        add_step(kind_of_step(i), when, stage, i);
    bool any = false;
    for (const loop_outline& each : fused_.loops) any = any || (each.when == when && each.stage == stage);
    if (any) add_step(step_kind::loops, when, stage, -1);
    if (when != phase::rows) return;
    for (int i = 0; i < in_.size(); ++i)
      if (needed_[std::size_t(i)] && at(i).op->family == operation_family::row_mean &&
          stage_of_mean(i) == stage)
        add_step(kind_of_mean(i), when, stage, i);
  }

  constexpr int stage_of_mean(int id) const {
    const int operand = at(id).operands[0].value;
    if (!place(operand).skipped) return place(operand).stage;
    int stage = 0;
    for (int k = 0; k < 2; ++k) {
      const int found = place(at(operand).operands[k].value).stage;
      if (found > stage) stage = found;
    }
    return stage;
  }

  constexpr step_kind kind_of_step(int id) const {
    if (at(id).op->family == operation_family::reduction) return step_kind::reduction;
    const matrix_product product = as_matrix_product(in_, node_id{id});
    if (!product.found) return step_kind::contraction;
    return is_stored_column(at(id).operands[1 - product.matrix].value) ? step_kind::product_from_rows
                                                                       : step_kind::product;
  }
  constexpr step_kind kind_of_mean(int id) const {
    const outer_product outer = outer_product_at(id);
    if (!outer.found || !place(at(id).operands[0].value).skipped) return step_kind::row_mean;
    const int inputs = at(at(id).operands[0].value).operands[outer.inputs_operand].value;
    return is_stored_column(inputs) ? step_kind::gradient_from_rows : step_kind::gradient;
  }

  constexpr void add_step(step_kind kind, phase when, int stage, int node) {
    plan_step step;
    step.kind = kind;
    step.when = when;
    step.stage = stage;
    step.node = node;
    plan_.steps.push_back(step);
  }

  /// The row value whose mean the value depends on: it is looked at for NaN and infinity.
  constexpr void find_loss() {
    const node_id value = in_.find_output(output_role::value);
    std::vector<char> below(std::size_t(in_.size()), 0);
    below[std::size_t(value.value)] = 1;
    for (int i = value.value; i >= 0 && loss_ < 0; --i) {
      if (!below[std::size_t(i)]) continue;
      const node& here = at(i);
      if (here.op->family == operation_family::row_mean && here.extents.rank == 0)
        loss_ = view_of(in_, here.operands[0]).base.value;
      for (int k = 0; k < here.arity; ++k) below[std::size_t(here.operands[k].value)] = 1;
    }
  }

  // Memory. Tile values live from the step that writes them to the last one that reads them.

  struct lifetime {
    int node, size, first, last, offset;
  };

  constexpr int step_of(int id) const {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const plan_step& step = plan_.steps[i];
      if (step.node == id) return int(i);
      if (step.kind == step_kind::loops && place(id).in_loop && step.when == place(id).when &&
          step.stage == place(id).stage)
        return int(i);
    }
    return 0;
  }

  /// One pass over all reads: asking for each value on its own would take the square of their number.
  constexpr void find_last_reads() {
    for (int i = 0; i < in_.size(); ++i) {
      if (!needed_[std::size_t(i)] || place(i).inlined) continue;
      const int step = place(i).skipped ? last_step_that_reads_mean(i) : step_of(i);
      const auto visit = [&](node_id operand, bool) {
        int& last = last_read_[std::size_t(operand.value)];
        if (step > last) last = step;
      };
      fusing::for_each_read(in_, fused_.places, node_id{i}, visit);
    }
    const int end = int(plan_.steps.size());
    for (const output& each : in_.outputs()) last_read_[std::size_t(each.id.value)] = end;
    if (loss_ >= 0) last_read_[std::size_t(loss_)] = end;
  }
  constexpr int last_step_that_reads_mean(int product) const {
    int last = 0;
    for (int i = 0; i < in_.size(); ++i)
      if (needed_[std::size_t(i)] && at(i).op->family == operation_family::row_mean &&
          at(i).operands[0].value == product)
        last = step_of(i) > last ? step_of(i) : last;
    return last;
  }

  constexpr void give_homes() {
    std::vector<lifetime> alive;
    for (bool matrices :
         {true, false}) {  // sums of matrices come first: they are kept in another number type
      for (const plan_step& step : plan_.steps) {
        const bool mean = step.kind == step_kind::row_mean || step.kind == step_kind::gradient ||
                          step.kind == step_kind::gradient_from_rows;
        if (!mean || (step.kind != step_kind::row_mean) != matrices) continue;
        home_[std::size_t(step.node)] = {storage::mean, plan_.mean_elements};
        plan_.mean_elements += at(step.node).extents.elements();
      }
      if (matrices) plan_.matrix_elements = plan_.mean_elements;
    }
    for (int i = 0; i < in_.size(); ++i) {
      if (!needed_[std::size_t(i)] || place(i).skipped || place(i).inlined) continue;
      if (at(i).op == &row<symbol_op>()) {
        home_[std::size_t(i)] = {is_column(i) ? storage::tile : storage::parameter, at(i).payload.symbol};
        if (!is_column(i)) continue;
      } else if (at(i).op->family == operation_family::leaf ||
                 at(i).op->family == operation_family::movement ||
                 at(i).op->family == operation_family::row_mean) {
        continue;
      }
      if (is_stored_column(i) || !place(i).stored) continue;
      if (place(i).when == phase::rows) {
        const int first = step_of(i);
        const int last = last_read_[std::size_t(i)];
        alive.push_back({i, at(i).extents.elements(), first, last > first ? last : first, 0});
      } else {
        home_[std::size_t(i)] = {storage::shared, plan_.shared_elements};
        plan_.shared_elements += at(i).extents.elements();
      }
    }
    for (std::size_t i = 0; i < alive.size(); ++i) place_in_tile(alive, i);
  }

  /// First fit beside those that live at the same time.
  constexpr void place_in_tile(std::vector<lifetime>& alive, std::size_t which) {
    lifetime& self = alive[which];
    bool moved = true;
    while (moved) {
      moved = false;
      for (std::size_t k = 0; k < which; ++k) {
        const lifetime& other = alive[k];
        const bool together = self.first <= other.last && other.first <= self.last;
        const bool overlaps =
            self.offset < other.offset + other.size && other.offset < self.offset + self.size;
        if (!together || !overlaps) continue;
        self.offset = other.offset + other.size;
        moved = true;
      }
    }
    home_[std::size_t(self.node)] = {storage::tile, self.offset};
    if (self.offset + self.size > plan_.tile_elements) plan_.tile_elements = self.offset + self.size;
  }

  // Loops.

  constexpr void list_loops() {
    for (plan_step& step : plan_.steps) {
      if (step.kind != step_kind::loops) continue;
      step.first_loop = int(plan_.loops.size());
      for (int rank = 0; rank <= int(fused_.loops.size()); ++rank)
        for (std::size_t i = 0; i < fused_.loops.size(); ++i) {
          const loop_outline& each = fused_.loops[i];
          if (each.when == step.when && each.stage == step.stage && each.rank == rank) list_loop(int(i));
        }
      step.loop_count = int(plan_.loops.size()) - step.first_loop;
    }
  }

  constexpr void list_loop(int which) {
    fused_loop loop;
    loop.when = fused_.loops[std::size_t(which)].when;
    loop.stage = fused_.loops[std::size_t(which)].stage;
    loop.domain = fused_.loops[std::size_t(which)].domain;
    loop.first = int(plan_.operations.size());
    std::vector<int> slots(std::size_t(in_.size()), -1);
    for (int i = 0; i < in_.size(); ++i)
      if (needed_[std::size_t(i)] && place(i).loop == which) list_operation(i, loop, slots);
    loop.count = int(plan_.operations.size()) - loop.first;
    collapse(loop);
    plan_.loops.push_back(loop);
  }

  constexpr void list_operation(int id, fused_loop& loop, std::vector<int>& slots) {
    if (slots[std::size_t(id)] >= 0) return;
    const node& here = at(id);
    for (int k = 0; k < here.arity; ++k)
      if (place(here.operands[k].value).inlined) list_operation(here.operands[k].value, loop, slots);
    loop_operation result;
    result.op = here.op;
    result.payload = here.payload;
    result.node = id;
    result.arity = here.arity;
    result.kind = here.kind;
    result.reduces = here.op->family == operation_family::reduction;
    result.reduces_all = result.reduces && here.extents.rank == 0;
    for (int k = 0; k < here.arity; ++k) {
      result.operand_kind[k] = at(here.operands[k].value).kind;
      result.operand[k] = access_to(here.operands[k], slots);
    }
    int& counter = result.reduces                       ? loop.accumulators
                   : here.kind == value_kind::condition ? loop.conditions
                                                        : loop.numbers;
    result.slot = counter++;
    if (!result.reduces) slots[std::size_t(id)] = result.slot;
    if (place(id).stored && !place(id).inlined) result.result = result_access(id);
    plan_.operations.push_back(result);
  }

  /// A reduction writes to the kept axes of its domain only.
  constexpr access result_access(int id) const {
    access result = home_[std::size_t(id)];
    const shape domain = fusing::domain_of(in_, node_id{id});
    const axis_set dropped = at(id).op->family == operation_family::reduction ? at(id).payload.axes : 0;
    for (int axis = 0, kept = 0; axis < domain.rank; ++axis)
      if (!contains(dropped, axis)) result.stride[axis] = at(id).extents.stride(kept++);
    return result;
  }

  constexpr access access_to(node_id operand, const std::vector<int>& slots) const {
    const bool moved = in_[operand].op->family == operation_family::movement;
    if (!moved && slots[std::size_t(operand.value)] >= 0) {
      access result;
      result.slot = slots[std::size_t(operand.value)];
      return result;
    }
    const view seen = view_of(in_, operand);
    const node& base = in_[seen.base];
    access result = home_[std::size_t(seen.base.value)];
    for (int axis = 0; axis < max_rank; ++axis) result.stride[axis] = seen.stride[axis];
    if (base.op == &row<constant_op>()) {
      result.where = storage::number;
      result.number = base.payload.number;
    }
    if (base.op == &row<position_op>()) position_strides(base, result);
    return result;
  }

  /// The position along some axes is itself a sum of coordinates times strides.
  static constexpr void position_strides(const node& base, access& into) {
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
    const auto straight = [&](const access& each) {
      for (int axis = 0; axis + 1 < rank; ++axis)
        if (each.stride[axis] != each.stride[axis + 1] * loop.domain[axis + 1]) return false;
      return true;
    };
    for (int i = loop.first; i < loop.first + loop.count; ++i) {
      const loop_operation& each = plan_.operations[std::size_t(i)];
      if (each.reduces && !each.reduces_all) return;
      for (int k = 0; k < each.arity; ++k)
        if (!straight(each.operand[k])) return;
      if (!each.reduces && !straight(each.result)) return;
    }
    for (int i = loop.first; i < loop.first + loop.count; ++i) {
      loop_operation& each = plan_.operations[std::size_t(i)];
      for (int k = 0; k < each.arity; ++k) each.operand[k].stride[0] = each.operand[k].stride[rank - 1];
      each.result.stride[0] = each.result.stride[rank - 1];
    }
    loop.domain = shape{loop.domain.elements()};
  }

  // The other steps.

  constexpr void fill_steps() {
    for (plan_step& step : plan_.steps) {
      if (step.kind == step_kind::loops) continue;
      step.target = home_[std::size_t(step.node)].where;
      step.offset = home_[std::size_t(step.node)].offset;
      switch (step.kind) {
        case step_kind::load_rows:
          step.symbol = at(step.node).payload.symbol;
          step.inputs = at(step.node).extents.elements();
          break;
        case step_kind::product_from_rows:
        case step_kind::product: fill_product(step); break;
        case step_kind::contraction: fill_contraction(step); break;
        case step_kind::reduction: fill_reduction(step); break;
        case step_kind::gradient_from_rows:
        case step_kind::gradient: fill_gradient(step); break;
        default:
          step.left = access_of(at(step.node).operands[0]);
          step.outputs = at(step.node).extents.elements();
      }
    }
  }

  constexpr access access_of(node_id id) const {
    return access_to(id, std::vector<int>(std::size_t(in_.size()), -1));
  }

  constexpr void fill_product(plan_step& step) const {
    const node& here = at(step.node);
    const matrix_product product = as_matrix_product(in_, node_id{step.node});
    step.outputs = product.outputs;
    step.inputs = product.inputs;
    step.transposed = product.transposed;
    step.left = access_of(here.operands[product.matrix]);
    const node_id vector = here.operands[1 - product.matrix];
    if (step.kind == step_kind::product_from_rows)
      step.symbol = in_[vector].payload.symbol;
    else
      step.right = access_of(vector);
  }

  constexpr void fill_gradient(plan_step& step) const {
    const outer_product outer = outer_product_at(step.node);
    const node& product = at(at(step.node).operands[0].value);
    step.outputs = outer.outputs;
    step.inputs = outer.inputs;
    step.transposed = outer.transposed;
    step.left = access_of(product.operands[1 - outer.inputs_operand]);
    const node_id inputs = product.operands[outer.inputs_operand];
    if (step.kind == step_kind::gradient_from_rows)
      step.symbol = in_[inputs].payload.symbol;
    else
      step.right = access_of(inputs);
  }

  /// Letters of the result first, then those that are summed; strides of both operands along each.
  constexpr void fill_contraction(plan_step& step) {
    const node& here = at(step.node);
    const axis_letters* spelled = here.payload.letters;
    axis_letters all = spelled[2];
    step.result_letters = all.size();
    for (int k = 0; k < 2; ++k)
      for (int axis = 0; spelled[k][axis] != 0; ++axis)
        if (all.find(spelled[k][axis]) < 0) all.push_back(spelled[k][axis]);
    if (all.size() > max_rank) {
      plan_.trouble = {problem_kind::rank_too_large, here.extents, {}};
      return;
    }
    const access operands[2] = {access_of(here.operands[0]), access_of(here.operands[1])};
    step.left = operands[0];
    step.right = operands[1];
    for (int letter = 0; all[letter] != 0; ++letter) {
      const int left = spelled[0].find(all[letter]);
      const int right = spelled[1].find(all[letter]);
      const shape& left_extents = in_[here.operands[0]].extents;
      const shape& right_extents = in_[here.operands[1]].extents;
      step.letters.push_back(left >= 0 ? left_extents[left] : right_extents[right]);
      step.left.stride[letter] = left >= 0 ? operands[0].stride[left] : 0;
      step.right.stride[letter] = right >= 0 ? operands[1].stride[right] : 0;
    }
  }

  /// Kept axes first, then the reduced ones.
  constexpr void fill_reduction(plan_step& step) const {
    const node& here = at(step.node);
    const shape& domain = in_[here.operands[0]].extents;
    const access operand = access_of(here.operands[0]);
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

  constexpr void list_outputs() {
    for (const output& each : in_.outputs()) {
      const node& here = in_[each.id];
      plan_.outputs.push_back(
          {each.role, each.symbol, here.extents, access_of(each.id), here.depends == level::row});
    }
    if (loss_ >= 0) plan_.loss_offset = home_[std::size_t(loss_)].offset;
  }

  // The cost model: floating-point operations and bytes, per row and per step.

  constexpr void count_work() {
    for (const plan_step& step : plan_.steps) {
      double flops = 0;
      if (step.kind == step_kind::contraction || step.kind == step_kind::reduction)
        flops = 2.0 * step.letters.elements();
      else if (step.kind == step_kind::row_mean)
        flops = step.outputs;
      else if (step.kind != step_kind::loops && step.kind != step_kind::load_rows)
        flops = 2.0 * step.outputs * step.inputs;
      for (int i = step.first_loop; i < step.first_loop + step.loop_count; ++i)
        flops += work_of(plan_.loops[std::size_t(i)]);
      (step.when == phase::rows ? plan_.flops_per_row : plan_.flops_per_step) += flops;
    }
    for (std::size_t i = 0; i < plan_.symbols.size(); ++i)
      if (plan_.column_layouts[i] != layout::none)
        plan_.bytes_per_row += 4.0 * plan_.symbols[i].extents.elements();
    constexpr double worth_a_tall_tile = 100;
    constexpr int tall = 64;
    bool results_of_rows = false;
    for (const plan_output& each : plan_.outputs) results_of_rows = results_of_rows || each.of_rows;
    const bool tall_tile = results_of_rows || plan_.flops_per_row >= worth_a_tall_tile;
    plan_.tile_registers = tall_tile && on_.lanes < tall ? tall / on_.lanes : 1;
  }

  constexpr double work_of(const fused_loop& loop) const {
    double flops = 0;
    for (int i = loop.first; i < loop.first + loop.count; ++i)
      flops += double(plan_.operations[std::size_t(i)].op->flops) * loop.domain.elements();
    return flops;
  }

  const graph& in_;
  const fusion& fused_;
  machine on_;
  std::vector<char> needed_;
  std::vector<access> home_;
  std::vector<int> last_read_;  // per node, the last step that reads it
  int loss_ = -1;
  plan plan_;
};

/// The plan of a settled graph for a machine.
[[nodiscard]] constexpr plan make_plan(const graph& settled, const machine& on) {
  const std::vector<layout> layouts = place(settled, on);
  const fusion fused = fuse(settled);
  return scheduler(settled, layouts, fused, on).run();
}

}  // namespace fusegrad
