// SPDX-License-Identifier: BSL-1.0
// Forward mode through what is repeated: the tangents of carries are carries of the same repetition, so that
// value and tangent are computed step by step together. Where a direction depends on a result of the
// repetition, as in the slope of a value along itself, its steps are taken a second time.
// Source: Griewank, Walther 2008, "Evaluating Derivatives", ch. 3.
#pragma once

#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/repetitions.hpp"
#include "fusegrad/pass/tangent.hpp"

namespace fusegrad::forward_mode {

/// Moves repetitions; one object per graph that is differentiated.
class repetition_moving {
 public:
  constexpr repetition_moving(graph& in, const graph& from, std::span<const direction> directions,
                              const masking& masked)
      : in_(in),
        from_(from),
        directions_(directions),
        masked_(masked),
        order_(order_of(from, outside_of_repetitions(from))) {
    std::vector<int> moved;
    for (const direction& each : directions) moved.push_back(each.symbol);
    active_ = reverse_mode::active_nodes(from, moved);
    for (int i = 0; i < from.size(); ++i) versions_.push_back(node_id{i});
  }

  constexpr void run(std::vector<ref>& tangents) {
    tangents_ = &tangents;
    walk(-1);
  }

 private:
  constexpr ref tangent_of(int id) const { return (*tangents_)[std::size_t(id)]; }
  constexpr ref version(int id) const { return {&in_, versions_.elements[id]}; }
  constexpr ref version(node_id id) const { return version(id.value); }

  /// What is computed in the repetition `inside`.
  constexpr void walk(int inside) {
    order_.walk(
        inside,
        [&](int id) {
          if (leaves_repetition(from_[node_id{id}])) return;
          if (inside < 0)
            (*tangents_)[std::size_t(id)] =
                forward_mode::tangent_of(in_, from_, id, directions_, masked_, *tangents_);
          else
            visit_in_body(id, order_.repetitions[std::size_t(inside)]);
        },
        [&](int within) { move(order_.repetitions[std::size_t(within)], inside < 0); });
  }

  constexpr bool is_part(const node& here, const repetition& of) const {
    return here.op->family == operation_family::repetition && here.arity > 0 &&
           step_number_of(from_, here.operands[0]).value == of.step;
  }

  constexpr void move(const repetition& of, bool outermost) {
    const sequence<node_id> before = versions_;
    if (outermost && needs_steps_of_its_own(of)) take_steps_again(of);
    std::vector<carry_step> moving;
    std::vector<ref> carries;
    for (const carry_step& each : of.carries) {
      if (!active_[std::size_t(each.carry)]) continue;
      ref initial = tangent_of(from_[node_id{each.carry}].operands[1].value);
      if (!initial.id) initial = constant_like(version(each.carry), 0);
      const ref carry = carry_of(version(of.step), initial, next_number(version(of.step)));
      (*tangents_)[std::size_t(each.carry)] = carry;
      carries.push_back(carry);
      moving.push_back(each);
    }
    walk(order_.regions.find(node_id{of.step}));
    ref end = version(of.step);
    for (const carry_step& each : of.carries) end = advanced(end, version(each.carry), version(each.next));
    for (std::size_t i = 0; i < moving.size(); ++i) {
      ref next = tangent_of(moving[i].next);
      if (!next.id) next = constant_like(carries[i], 0);
      end = advanced(end, carries[i], next);
    }
    hand_up(of, end);
    if (outermost) versions_ = before;
  }

  constexpr void visit_in_body(int id, const repetition& of) {
    const node here = from_[node_id{id}];
    ref& to = (*tangents_)[std::size_t(id)];
    if (here.op == &row<element_op>() && is_part(here, of)) {
      const ref all = tangent_of(here.operands[1].value);
      if (all.id) to = element_of(version(of.step), all, element_op::is_backwards(here));
    } else if (here.op->family != operation_family::repetition) {
      to = push_forward(in_, here, versions_.elements[id], *tangents_, masked_);
    }
  }

  /// The tangents of the results.
  constexpr void hand_up(const repetition& of, ref end) {
    for (int i = 0; i < from_.size(); ++i) {
      const node here = from_[node_id{i}];
      if (!leaves_repetition(here) || !is_part(here, of)) continue;
      const ref below = tangent_of(here.operands[1].value);
      if (!below.id) continue;
      node moved = here;
      moved.operands[0] = end.id;
      moved.operands[1] = below.id;
      (*tangents_)[std::size_t(i)] = {&in_, in_.add_like(moved)};
    }
  }

  constexpr int next_number(ref step) const {
    int next = 0;
    for (const node& each : in_.nodes())
      if (each.op == &row<carry_op>() && each.operands[0] == step.id && int(each.payload.number) >= next)
        next = int(each.payload.number) + 1;
    return next;
  }

  /// Whether a tangent that the body reads depends on a result of the repetition, is of a higher level, or
  /// belongs to another repetition.
  constexpr bool needs_steps_of_its_own(const repetition& of) const {
    const repetition_regions regions = regions_of(in_);
    const int self = regions.find(node_id{of.step});
    const repetition_set own = self < 0 ? 0 : regions.all_around(repetition_set(1) << self);
    node_flags after(std::size_t(in_.size()));
    for (int i = 0; i < in_.size(); ++i) {
      const node& here = in_[node_id{i}];
      if (leaves_repetition(here))
        after[std::size_t(i)] = step_number_of(in_, here.operands[0]).value == of.step;
      for (int k = 0; k < here.arity; ++k)
        after[std::size_t(i)] |= after[std::size_t(here.operands[k].value)];
    }
    bool needed = false;
    for (int place = of.begin; place < of.end; ++place) {
      const node& here = from_[node_id{order_.order.elements[place]}];
      for (int k = 0; k < here.arity; ++k) {
        const ref moved = tangent_of(here.operands[k].value);
        if (!moved.id) continue;
        const bool elsewhere = (regions.sets.elements[moved.id.value] & ~own) != 0;
        needed = needed || elsewhere || after[std::size_t(moved.id.value)] ||
                 moved->depends > version(of.step)->depends;
      }
    }
    return needed;
  }

  /// A copy of the whole body, with a step number of its own.
  constexpr void take_steps_again(const repetition& of) {
    level depends = version(of.step)->depends;
    for (int place = of.begin; place < of.end; ++place) {
      const node& here = from_[node_id{order_.order.elements[place]}];
      for (int k = 0; k < here.arity; ++k) {
        const ref moved = tangent_of(here.operands[k].value);
        if (moved.id && moved->depends > depends) depends = moved->depends;
      }
    }
    for (int place = of.begin; place < of.end; ++place) {
      const int id = order_.order.elements[place];
      node here = from_[node_id{id}];
      for (int k = 0; k < here.arity; ++k) here.operands[k] = versions_.elements[here.operands[k].value];
      versions_.elements[id] = is_step_number(here)
                                   ? step_number_in(in_, steps_of_repetition(here), depends).id
                                   : in_.add_like(here);
    }
  }

  graph& in_;
  const graph& from_;
  std::span<const direction> directions_;
  const masking& masked_;
  repetition_order order_;
  node_flags active_;
  sequence<node_id> versions_;
  std::vector<ref>* tangents_ = nullptr;
};

constexpr void forward_through_repetitions(graph& in, const graph& from,
                                           std::span<const direction> directions, const masking& masked,
                                           std::vector<ref>& tangents) {
  repetition_moving(in, from, directions, masked).run(tangents);
}

}  // namespace fusegrad::forward_mode
