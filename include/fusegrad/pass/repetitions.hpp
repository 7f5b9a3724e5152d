// SPDX-License-Identifier: BSL-1.0
// The order in which a graph with repetitions is computed: what belongs to one repetition stands together,
// after all that it reads and before all that reads its results.
// In: verified graph. Out: the nodes in that order, and for every repetition its range and its carries.
#pragma once

#include "fusegrad/op/repetition.hpp"
#include "fusegrad/pass/prune.hpp"

namespace fusegrad {

/// A carry and what it becomes.
struct carry_step {
  int carry = -1;
  int next = -1;
};

/// One repetition of a graph.
struct repetition {
  int step = -1;  // its step number
  int steps = 1;  // how many
  int begin = 0;  // its range in `repetition_order::order`
  int end = 0;
  int outer = -1;  // the repetition that it is a part of, or -1
  int depth = 0;   // how many there are around it
  std::vector<carry_step> carries;
};

/// The order of a graph.
struct repetition_order {
  repetition_regions regions;
  std::vector<repetition> repetitions;
  sequence<int> order;      // the nodes that are needed
  sequence<int> innermost;  // per node, the innermost repetition that it is computed in, or -1
  bool complete = true;     // all nodes that are needed are there

  /// The repetition directly within `inside` that a node belongs to; `inside` itself if there is none.
  [[nodiscard]] constexpr int directly_below(int node, int inside) const {
    int found = innermost.elements[node];
    while (found != inside && repetitions[std::size_t(found)].outer != inside)
      found = repetitions[std::size_t(found)].outer;
    return found;
  }

  /// Calls `node(id)` for each node of the repetition `inside` (-1: of none) and `repetition(which)` for each
  /// repetition directly within it, in order.
  constexpr void walk(int inside, auto node, auto repetition) const {
    const int end = inside < 0 ? int(order.size()) : repetitions[std::size_t(inside)].end;
    for (int at = inside < 0 ? 0 : repetitions[std::size_t(inside)].begin; at < end;) {
      const int id = order.elements[at], within = directly_below(id, inside);
      at = within == inside ? at + 1 : repetitions[std::size_t(within)].end;
      if (within == inside)
        node(id);
      else
        repetition(within);
    }
  }

  /// The same from the last to the first.
  constexpr void walk_back(int inside, auto node, auto repetition) const {
    const int begin = inside < 0 ? 0 : repetitions[std::size_t(inside)].begin;
    for (int at = inside < 0 ? int(order.size()) : repetitions[std::size_t(inside)].end; at > begin;) {
      const int id = order.elements[at - 1], within = directly_below(id, inside);
      at = within == inside ? at - 1 : repetitions[std::size_t(within)].begin;
      if (within == inside)
        node(id);
      else
        repetition(within);
    }
  }
};

/// Finds it; one object per graph.
class repetition_ordering {
 public:
  constexpr repetition_ordering(const graph& in, const node_flags& needed)
      : in_(in), nodes_(in.nodes().data()), needed_(needed), done_(std::size_t(in.size())) {}

  constexpr repetition_order run() {
    result_.regions = regions_of(in_, &needed_);
    result_.innermost = sequence<int>(std::size_t(in_.size()));
    if (result_.regions.too_many) {
      result_.complete = false;
      return static_cast<repetition_order&&>(result_);
    }
    list_repetitions();
    scopes_ = sequence<repetition_set>(std::size_t(in_.size()));
    for (int i = 0; i < in_.size(); ++i) {
      scopes_.elements[i] = result_.regions.all_around(result_.regions.sets.elements[i]);
      result_.innermost.elements[i] = innermost_of(scopes_.elements[i]);
    }
    for (int i = 0; i < in_.size(); ++i)
      if (needed_.elements[i] && nodes_[i].op == &row<advance_op>()) note_carry(nodes_[i]);
    listed_ = sequence<char>(result_.repetitions.size());
    list(0);
    for (int i = 0; i < in_.size(); ++i)
      if (needed_.elements[i] && !done_.elements[i]) result_.complete = false;
    return static_cast<repetition_order&&>(result_);
  }

 private:
  constexpr void list_repetitions() {
    const repetition_regions& regions = result_.regions;
    for (std::size_t i = 0; i < regions.steps.size(); ++i) {
      repetition found;
      found.step = regions.steps[i].value;
      found.steps = steps_of_repetition(in_[regions.steps[i]]);
      for (repetition_set outer = around(int(i)); outer != 0; outer &= outer - 1) ++found.depth;
      result_.repetitions.push_back(found);
    }
    for (std::size_t i = 0; i < regions.steps.size(); ++i)
      result_.repetitions[i].outer = innermost_of(around(int(i)));
  }
  constexpr repetition_set around(int which) const {
    return result_.regions.all_around(result_.regions.around[std::size_t(which)]);
  }
  constexpr int innermost_of(repetition_set scope) const {
    int found = -1;
    for (std::size_t i = 0; scope >> i != 0; ++i)
      if ((scope >> i & 1u) &&
          (found < 0 || result_.repetitions[i].depth > result_.repetitions[std::size_t(found)].depth))
        found = int(i);
    return found;
  }
  constexpr void note_carry(const node& of) {
    const int which = result_.regions.find(step_number_of(in_, of.operands[0]));
    std::vector<carry_step>& known = result_.repetitions[std::size_t(which)].carries;
    for (const carry_step& each : known)
      if (each.carry == of.operands[1].value) return;
    known.push_back({of.operands[1].value, of.operands[2].value});
  }

  constexpr bool is_ready(int id) const {
    for (int k = 0; k < nodes_[id].arity; ++k)
      if (!done_.elements[nodes_[id].operands[k].value]) return false;
    return true;
  }
  /// Whether all that a repetition reads from outside has been listed.
  constexpr bool is_ready_as_a_whole(int which) const {
    const auto inside = [&](int id) { return (scopes_.elements[id] >> which & 1u) != 0; };
    for (int i = 0; i < in_.size(); ++i) {
      if (!inside(i) || !needed_.elements[i]) continue;
      for (int k = 0; k < nodes_[i].arity; ++k) {
        const int operand = nodes_[i].operands[k].value;
        if (!inside(operand) && !done_.elements[operand]) return false;
      }
    }
    return true;
  }

  /// Lists what belongs to these repetitions and to no others: values as soon as they can be computed, in
  /// their order in the graph, and repetitions as a whole.
  constexpr void list(repetition_set scope) {
    for (bool found = true; found;) {
      found = false;
      for (int i = 0; i < in_.size(); ++i) {
        if (done_.elements[i] || scopes_.elements[i] != scope || !is_ready(i)) continue;
        if (!needed_.elements[i]) continue;
        done_.elements[i] = 1;
        result_.order.push_back(i);
        found = true;
      }
      for (std::size_t i = 0; i < result_.repetitions.size(); ++i) {
        if (listed_.elements[i] || around(int(i)) != scope || !is_ready_as_a_whole(int(i))) continue;
        listed_.elements[i] = 1;
        result_.repetitions[i].begin = int(result_.order.size());
        list(scope | repetition_set(1) << i);
        result_.repetitions[i].end = int(result_.order.size());
        found = true;
      }
    }
  }

  const graph& in_;
  const node* nodes_;
  const node_flags& needed_;
  node_flags done_;
  sequence<repetition_set> scopes_;
  sequence<char> listed_;
  repetition_order result_;
};

/// What outputs need, and all other values that belong to no repetition, with what those need.
[[nodiscard]] constexpr node_flags outside_of_repetitions(const graph& in) {
  const repetition_regions regions = regions_of(in);
  node_flags needed = reachable(in);
  for (int i = 0; i < in.size(); ++i)
    if (regions.sets.elements[i] == 0) needed.elements[i] = 1;
  mark_operands(in, needed);
  return needed;
}

/// The order in which a graph is computed. `needed`: what must be there.
[[nodiscard]] constexpr repetition_order order_of(const graph& in, const node_flags& needed) {
  return repetition_ordering(in, needed).run();
}

}  // namespace fusegrad
