// SPDX-License-Identifier: BSL-1.0
// Reverse mode through what is repeated. A repetition hands adjoints on as a whole: by another one, which takes
// its steps from the last to the first, computes the body of each again from the carry that the step began
// with, and carries the adjoint of the carry. So derivatives are repetitions like others, and have derivatives
// themselves. In: the adjoints of its results. Out: those of all that it reads.
// Source: Griewank, Walther 2008, "Evaluating Derivatives", ch. 12.
#pragma once

#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/repetitions.hpp"

namespace fusegrad::reverse_mode {

/// How many numbers of a row a derivative may keep from step to step before it computes them again instead:
/// with the rows of a tile, what a second-level cache holds.
inline constexpr int most_kept = 1 << 12;

/// Adds up a value over the steps of a repetition. What is linear in values of the step is applied to their
/// sum, and a product of two of them is one contraction over all steps: only what is left is carried along.
class sum_over_steps {
 public:
  constexpr sum_over_steps(ref step, int steps) : in_(*step.in), step_(step), steps_(steps) {}

  /// Notes what must be carried along for the sum of a value.
  constexpr void prepare(ref value) { (void)sum(value, false); }

  /// Makes the carries; their next values are `nexts`.
  constexpr void open(open_repetition& of) {
    first_ = of.carries.size();
    for (ref each : carried_) {
      const ref carry = carry_of(step_, constant_like(each, 0), int(of.carries.size()));
      of.carries.push_back(carry);
      of.nexts.push_back(carry + each);
    }
  }

  /// The sum, once the end of the repetition is known.
  [[nodiscard]] constexpr ref result(ref value, ref end, const open_repetition& of) {
    end_ = end;
    closed_ = &of;
    return sum(value, true);
  }

 private:
  constexpr bool varies(ref value) {
    if (known_.size() < std::size_t(in_.size())) {
      const std::size_t before = known_.size();
      known_.resize(std::size_t(in_.size()));
      for (std::size_t i = before; i < known_.size(); ++i) {
        const node& here = in_[node_id{int(i)}];
        bool found = int(i) == step_.id.value;
        for (int k = 0; k < here.arity; ++k) found = found || known_[std::size_t(here.operands[k].value)];
        known_[i] = found && !(leaves_repetition(here) && step_number_of(in_, here.operands[0]) == step_.id);
      }
    }
    return known_[std::size_t(value.id.value)];
  }

  constexpr ref sum(ref value, bool finished) {
    if (!varies(value)) return finished ? multiply(value, double(steps_)) : value;
    const node here = *value;
    if (here.op->family == operation_family::movement || is<sum_op>(value) || is<negate_op>(value))
      return applied(here, 0, finished);
    if (is<add_op>(value)) {
      const ref left = sum(value.operand(0), finished), right = sum(value.operand(1), finished);
      return finished ? left + right : value;
    }
    if (is<contract_op>(value) && !varies(value.operand(0))) return applied(here, 1, finished);
    if (is<contract_op>(value) && !varies(value.operand(1))) return applied(here, 0, finished);
    if (is<contract_op>(value) && may_stack(value)) return finished ? contracted(value) : value;
    return carried(value, finished);
  }

  constexpr ref applied(node here, int operand, bool finished) {
    const ref below = sum({&in_, here.operands[operand]}, finished);
    here.operands[operand] = below.id;
    return finished ? ref{&in_, in_.add_like(here)} : below;
  }

  /// Whether both operands of a product may be kept for all steps, and have an axis left for them.
  constexpr bool may_stack(ref product) const {
    axis_letters all;
    for (const axis_letters& each : product->payload.letters)
      for (int axis = 0; each[axis] != 0; ++axis)
        if (all.find(each[axis]) < 0) all.push_back(each[axis]);
    if (all.size() >= max_rank || product.rank() == 0) return false;
    const long long kept = product.operand(0).extents().elements() + product.operand(1).extents().elements();
    return kept * steps_ <= most_kept;
  }
  constexpr ref contracted(ref product) {
    attributes payload = product->payload;
    int unused = 1;
    for (const axis_letters& each : payload.letters)
      for (int axis = 0; each[axis] != 0; ++axis)
        if (each[axis] >= unused) unused = each[axis] + 1;
    ref operands[2];
    for (int k = 0; k < 2; ++k) {
      axis_letters with_steps;
      with_steps.push_back(unused);
      for (int axis = 0; payload.letters[k][axis] != 0; ++axis)
        with_steps.push_back(payload.letters[k][axis]);
      payload.letters[k] = with_steps;
      operands[k] = stacked(end_, product.operand(k), steps_);
    }
    return apply<contract_op>(payload, operands[0], operands[1]);
  }

  constexpr ref carried(ref value, bool finished) {
    for (std::size_t i = 0; i < carried_.size(); ++i)
      if (same(carried_[i], value)) return finished ? last_carry(end_, closed_->carries[first_ + i]) : value;
    carried_.push_back(value);
    return value;
  }

  graph& in_;
  ref step_;
  int steps_;
  std::vector<ref> carried_;
  std::size_t first_ = 0;
  ref end_;
  const open_repetition* closed_ = nullptr;
  std::vector<char> known_;  // per node, whether it varies from step to step
};

/// Reverses repetitions; one object per graph that is differentiated.
class repetition_reversal {
 public:
  constexpr repetition_reversal(graph& in, const graph& from, const analysis& known)
      : in_(in), from_(from), known_(known), order_(order_of(from, outside_of_repetitions(from))) {}

  constexpr void run(std::vector<adjoint>& adjoints, auto visit) {
    frame top;
    for (int i = 0; i < from_.size(); ++i) top.versions.push_back(node_id{i});
    top.adjoints = &adjoints;
    walk(0, int(order_.order.size()), -1, top, visit);
  }

 private:
  /// The nodes of the graph as they are computed at one place, and their adjoints there.
  struct frame {
    sequence<node_id> versions;
    std::vector<adjoint>* adjoints = nullptr;
  };

  constexpr ref version(const frame& at, int id) const { return {&in_, at.versions.elements[id]}; }

  /// Some nodes of the order, from the last to the first, all of which belong to the repetition `inside`.
  constexpr void walk(int begin, int end, int inside, frame& at, auto visit) {
    for (int place = end - 1; place >= begin; --place) {
      const int id = order_.order.elements[place];
      const int within = order_.directly_below(id, inside);
      if (within == inside) {
        visit(id);
      } else {
        reverse(order_.repetitions[std::size_t(within)], at);
        place = order_.repetitions[std::size_t(within)].begin;
      }
    }
  }

  /// A value of the graph with an adjoint of every step, or of the last one.
  struct result_with_adjoint {
    int id = -1;
    ref total;
    bool masked = false;
  };

  constexpr std::vector<result_with_adjoint> results_of(const repetition& of, const frame& at) const {
    std::vector<result_with_adjoint> found;
    for (int i = 0; i < from_.size(); ++i) {
      const node& here = from_[node_id{i}];
      if (!leaves_repetition(here) || (*at.adjoints)[std::size_t(i)].none()) continue;
      if (step_number_of(from_, here.operands[0]).value != of.step || !known_.active[std::size_t(i)])
        continue;
      found.push_back({i, (*at.adjoints)[std::size_t(i)].total(), (*at.adjoints)[std::size_t(i)].masked});
    }
    return found;
  }

  /// All that a repetition ends with, where it is computed.
  constexpr ref end_of(const repetition& of, const frame& at) const {
    ref end = version(at, of.step);
    for (const carry_step& each : of.carries)
      end = advanced(end, version(at, each.carry), version(at, each.next));
    return end;
  }

  constexpr bool belongs(int id, const repetition& of) const {
    return order_.regions.belongs(id, order_.regions.find(node_id{of.step}));
  }

  /// The body again, as steps from the last to the first need it.
  constexpr frame body_again(const repetition& of, const frame& at, ref step) {
    frame body;
    body.versions = at.versions;
    const ref end = end_of(of, at);
    body.versions.elements[of.step] = (double(of.steps - 1) - step).id;
    for (int place = of.begin; place < of.end; ++place) {
      const int id = order_.order.elements[place];
      const node& here = from_[node_id{id}];
      if (id == of.step || here.op == &row<advance_op>()) {
        if (here.op == &row<advance_op>() && step_number_of(from_, here.operands[0]).value != of.step)
          copy(id, body);
      } else if (is_step_number(here)) {
        body.versions.elements[id] = step_number_in(in_, steps_of_repetition(here), step->depends).id;
      } else if (here.op == &row<carry_op>() && here.operands[0].value == of.step) {
        const ref kept = stacked(end, version(at, id), of.steps);
        body.versions.elements[id] = element_of(step, kept, true).id;
      } else if (here.op == &row<element_op>() && here.operands[0].value == of.step) {
        const ref all = version(at, here.operands[1].value);
        body.versions.elements[id] = element_of(step, all, !element_op::is_backwards(here)).id;
      } else {
        copy(id, body);
      }
    }
    return body;
  }
  constexpr void copy(int id, frame& body) {
    node here = from_[node_id{id}];
    for (int k = 0; k < here.arity; ++k) here.operands[k] = body.versions.elements[here.operands[k].value];
    body.versions.elements[id] = in_.add_like(here);
  }

  /// Adds a share to the adjoint of a value that a repetition reads.
  constexpr void hand_out(int id, ref share, bool masked, frame& at) const {
    const bool leaves_rows =
        known_.average && share->depends == level::row && version(at, id)->depends < level::row;
    (*at.adjoints)[std::size_t(id)].add(share, leaves_rows);
    (*at.adjoints)[std::size_t(id)].masked |= masked;
  }

  static constexpr ref both(const adjoint& of) {
    if (!of.of_rows.id) return of.of_step;
    return of.of_step.id ? of.of_step + of.of_rows : of.of_rows;
  }

  constexpr void reverse(const repetition& of, frame& at) {
    const std::vector<result_with_adjoint> results = results_of(of, at);
    if (results.empty()) return;
    level depends = version(at, of.step)->depends;
    bool masked = false;
    for (const result_with_adjoint& each : results) {
      if (each.total->depends > depends) depends = each.total->depends;
      masked = masked || each.masked;
    }
    for (int place = of.begin; place < of.end; ++place)
      masked = masked || from_[node_id{order_.order.elements[place]}].op->masks;

    open_repetition back;
    back.step = step_number_in(in_, of.steps, depends);
    frame body = body_again(of, at, back.step);
    std::vector<adjoint> adjoints(std::size_t(from_.size()));
    body.adjoints = &adjoints;
    std::vector<carry_step> carried;  // of the repetition, those with an adjoint
    for (const carry_step& each : of.carries) {
      if (!known_.active[std::size_t(each.carry)]) continue;
      ref initial;
      for (const result_with_adjoint& result : results) {
        const node& here = from_[node_id{result.id}];
        if (here.op != &row<last_carry_op>() || here.operands[1].value != each.carry) continue;
        initial = initial.id ? initial + result.total : result.total;
      }
      if (!initial.id) initial = constant_like(version(at, each.carry), 0);
      const ref carry = carry_of(back.step, initial, int(back.carries.size()));
      back.carries.push_back(carry);
      carried.push_back(each);
      if (known_.active[std::size_t(each.next)]) {
        adjoints[std::size_t(each.next)].add(carry, false);
        adjoints[std::size_t(each.next)].masked |= masked;
      }
    }
    for (const result_with_adjoint& each : results) {
      const node& here = from_[node_id{each.id}];
      if (here.op != &row<stacked_op>()) continue;
      const ref share = element_of(back.step, each.total, !stacked_op::is_backwards(here));
      hand_out(here.operands[1].value, share, each.masked, body);
    }
    walk(of.begin, of.end, order_.regions.find(node_id{of.step}), body,
         [&](int id) { visit_in_body(id, of, body); });
    for (const carry_step& each : carried) {
      const adjoint& found = adjoints[std::size_t(each.carry)];
      back.nexts.push_back(found.none() ? constant_like(version(at, each.carry), 0) : both(found));
    }
    finish(of, static_cast<open_repetition&&>(back), carried, body, masked, at);
  }

  constexpr void visit_in_body(int id, const repetition& of, frame& body) {
    const adjoint& here = (*body.adjoints)[std::size_t(id)];
    const node& original = from_[node_id{id}];
    if (!known_.active[std::size_t(id)] || here.none()) return;
    const bool of_step = original.op->family == operation_family::repetition && original.arity > 0 &&
                         original.operands[0].value == of.step;
    if (of_step) return;  // a carry, or an element of an axis: looked at in the end
    if (original.op->pullback != nullptr)
      pull_back(in_, original, body.versions.elements[id], both(here), here.masked, known_, *body.adjoints);
  }

  /// Hands out what the steps have gathered.
  constexpr void finish(const repetition& of, open_repetition back, const std::vector<carry_step>& carried,
                        const frame& body, bool masked, frame& at) {
    const std::vector<adjoint>& adjoints = *body.adjoints;
    const auto read_from_outside = [&](int id) {
      return known_.active[std::size_t(id)] && !belongs(id, of) && !adjoints[std::size_t(id)].none();
    };
    sum_over_steps sums(back.step, of.steps);
    for (int i = 0; i < from_.size(); ++i)
      if (read_from_outside(i)) sums.prepare(both(adjoints[std::size_t(i)]));
    const std::size_t own = back.carries.size();
    sums.open(back);
    const ref end = back.end();
    for (int i = 0; i < from_.size(); ++i)
      if (read_from_outside(i))
        hand_out(i, sums.result(both(adjoints[std::size_t(i)]), end, back),
                 masked || adjoints[std::size_t(i)].masked, at);
    for (std::size_t i = 0; i < own; ++i) {
      const int initial = from_[node_id{carried[i].carry}].operands[1].value;
      if (known_.active[std::size_t(initial)])
        hand_out(initial, last_carry(end, back.carries[i]), masked, at);
    }
    for (int place = of.begin; place < of.end; ++place) {
      const int id = order_.order.elements[place];
      const node& here = from_[node_id{id}];
      if (here.op != &row<element_op>() || here.operands[0].value != of.step) continue;
      if (!known_.active[std::size_t(id)] || adjoints[std::size_t(id)].none()) continue;
      const ref share = both(adjoints[std::size_t(id)]);
      hand_out(here.operands[1].value, stacked(end, share, of.steps, !element_op::is_backwards(here)),
               masked || adjoints[std::size_t(id)].masked, at);
    }
  }

  graph& in_;
  const graph& from_;
  const analysis& known_;
  repetition_order order_;
};

constexpr void reverse_through_repetitions(graph& in, const graph& from, const analysis& known,
                                           std::vector<adjoint>& adjoints, auto visit) {
  repetition_reversal(in, from, known).run(adjoints, visit);
}

}  // namespace fusegrad::reverse_mode
