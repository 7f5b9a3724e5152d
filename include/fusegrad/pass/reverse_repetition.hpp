// SPDX-License-Identifier: BSL-1.0
// Reverse mode through what is repeated. A repetition hands adjoints on as a whole: by another one, which takes
// its steps from the last to the first, computes the body of each again from the carry that the step began
// with, and carries the adjoint of the carry. So derivatives are repetitions like others, and have derivatives
// themselves. In: the adjoints of its results. Out: those of all that it reads.
// Source: Griewank, Walther 2008, "Evaluating Derivatives", ch. 12.
#pragma once

#include <utility>

#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/slice.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/repetitions.hpp"

namespace fusegrad::reverse_mode {

/// Adds up a value over the steps of a repetition. What is linear in values of the step is applied to their
/// sum, and a product of two of them is one contraction over all steps: only what is left is carried along.
class sum_over_steps {
 public:
  /// `most_kept`: how many numbers may be kept of all steps.
  constexpr sum_over_steps(ref step, int steps, int most_kept)
      : in_(*step.in), step_(step), steps_(steps), most_kept_(most_kept) {}

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
    const int before = int(known_.size());
    if (before < in_.size()) known_.resize(std::size_t(in_.size()));
    for (int i = before; i < in_.size(); ++i) {
      const node& here = in_[node_id{i}];
      bool found = i == step_.id.value;
      for (int k = 0; k < here.arity; ++k) found = found || known_.elements[here.operands[k].value] != 0;
      if (leaves_repetition(here) && step_number_of(in_, here.operands[0]) == step_.id) found = false;
      known_.elements[i] = char(found);
    }
    return known_.elements[value.id.value] != 0;
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

  /// Whether both operands of a product may be kept for all steps, or take no more than the product that would
  /// be carried, and have an axis left for them.
  constexpr bool may_stack(ref product) const {
    axis_letters all;
    for (const axis_letters& each : product->payload.letters)
      for (int axis = 0; each[axis] != 0; ++axis)
        if (all.find(each[axis]) < 0) all.push_back(each[axis]);
    if (all.size() >= max_rank || product.rank() == 0) return false;
    const long long kept = product.operand(0).extents().elements() + product.operand(1).extents().elements();
    return kept * steps_ <= most_kept_ || kept * steps_ <= product.extents().elements();
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
      operands[k] = stacked(end_, product.operand(k), steps_, true);
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
  int most_kept_;
  std::vector<ref> carried_;
  std::size_t first_ = 0;
  ref end_;
  const open_repetition* closed_ = nullptr;
  node_flags known_;  // per node, whether it varies from step to step
};

/// Reverses repetitions; one object per graph that is differentiated.
class repetition_reversal {
 public:
  constexpr repetition_reversal(graph& in, const graph& from, const analysis& known)
      : in_(in), from_(from), known_(known), order_(order_of(from, outside_of_repetitions(from))) {}

  constexpr void run(std::vector<adjoint>& adjoints, std::vector<node_id>& gradients) {
    frame top;
    for (int i = 0; i < from_.size(); ++i) top.versions.push_back(node_id{i});
    top.adjoints = &adjoints;
    top.gradients = &gradients;
    walk_back(-1, top);
  }

 private:
  /// The nodes of the graph as they are computed at one place, and their adjoints there.
  struct frame {
    sequence<node_id> versions;
    std::vector<adjoint>* adjoints = nullptr;
    std::vector<node_id>* gradients = nullptr;  // where values belong to no repetition
  };

  constexpr ref version(const frame& at, int id) const { return {&in_, at.versions.elements[id]}; }

  /// What is computed in the repetition `inside`, from the last to the first.
  constexpr void walk_back(int inside, frame& at) {
    order_.walk_back(
        inside,
        [&](int id) {
          if (inside < 0)
            visit(in_, from_, id, known_, *at.adjoints, *at.gradients);
          else
            visit_in_body(id, order_.repetitions[std::size_t(inside)], at);
        },
        [&](int within) { reverse(order_.repetitions[std::size_t(within)], at); });
  }

  constexpr bool belongs(int id, const repetition& of) const {
    return order_.regions.belongs(id, order_.regions.find(node_id{of.step}));
  }
  constexpr bool is_part(const node& here, const repetition& of) const {
    return here.op->family == operation_family::repetition && here.arity == 2 &&
           here.operands[0].value == of.step;
  }

  static constexpr ref both(const adjoint& of) {
    if (!of.of_rows.id) return of.of_step;
    return of.of_step.id ? of.of_step + of.of_rows : of.of_rows;
  }

  /// Adds a share to the adjoint of a value that a repetition reads.
  constexpr void hand_out(int id, ref share, bool masked, frame& at) const {
    const bool leaves_rows =
        known_.average && share->depends == level::row && version(at, id)->depends < level::row;
    (*at.adjoints)[std::size_t(id)].add(share, leaves_rows);
    (*at.adjoints)[std::size_t(id)].masked |= masked;
  }

  /// Values by the nodes of the graph that they belong to.
  using values = std::vector<std::pair<int, ref>>;
  static constexpr ref find(const values& in, int id) {
    for (const auto& [node, value] : in)
      if (node == id) return value;
    return {};
  }
  static constexpr values map_all(const values& from, auto change) {
    values result;
    for (const auto& [id, value] : from) result.push_back({id, change(value)});
    return result;
  }

  /// Some steps of a repetition, one after the other, and what is known there.
  struct span {
    int steps = 1;
    ref first;        // the number of steps before them; none: 0
    values elements;  // per element of an axis, those of these steps, in their order
    values carries;   // at the first of these steps; or, to go back through them, at every one
    values adjoints;  // of the carries after the last of these steps
    values results;   // the adjoints of what every step leaves, in the order of the steps
  };

  /// What steps hand out to all that they read.
  struct shares {
    values carries;   // at the first step
    values elements;  // in the order of the steps
    values outside;   // by values that do not belong to the repetition
  };

  /// A view of a value from its last element to its first.
  static constexpr ref turned(ref value, bool backwards) {
    if (!backwards || value.extents()[0] == 1) return value;
    attributes reversed = striding::whole(value.extents());
    reversed.starts.set(0, value.extents()[0] - 1);
    reversed.axes = 1;
    return strided_view(value, reversed);
  }

  constexpr void reverse(const repetition& of, frame& at) {
    std::vector<int> results;
    for (int i = 0; i < from_.size(); ++i)
      if (leaves_repetition(from_[node_id{i}]) && known_.active[std::size_t(i)] &&
          step_number_of(from_, from_[node_id{i}].operands[0]).value == of.step &&
          !(*at.adjoints)[std::size_t(i)].none())
        results.push_back(i);
    if (results.empty()) return;
    depends_ = version(at, of.step)->depends;
    masked_ = false;
    for (int place = of.begin; place < of.end; ++place)
      masked_ = masked_ || from_[node_id{order_.order.elements[place]}].op->masks;
    span all = whole(of, at);
    for (int each : results) add_result(each, at, all);
    const bool masked = masked_;  // repetitions within this one have their own
    shares found;                 // no conditional operator: g++ 12 destroys its operands twice
    if (is_costly(of))
      found = back_through_segments(of, at, all);
    else
      found = back_through_all(of, at, all);
    for (const auto& [id, share] : found.outside) hand_out(id, share, masked, at);
    for (const auto& [carry, share] : found.carries) {
      const int initial = from_[node_id{carry}].operands[1].value;
      if (known_.active[std::size_t(initial)]) hand_out(initial, share, masked, at);
    }
    for (const auto& [id, share] : found.elements) {
      const node& here = from_[node_id{id}];
      hand_out(here.operands[1].value, turned(share, element_op::is_backwards(here)), masked, at);
    }
  }

  /// All steps of a repetition, with carries that have no adjoint yet.
  constexpr span whole(const repetition& of, const frame& at) const {
    span all;
    all.steps = of.steps;
    for (int place = of.begin; place < of.end; ++place) {
      const int id = order_.order.elements[place];
      const node& here = from_[node_id{id}];
      if (here.op == &row<element_op>() && is_part(here, of))
        all.elements.push_back(
            {id, turned(version(at, here.operands[1].value), element_op::is_backwards(here))});
    }
    for (const carry_step& each : of.carries) {
      all.carries.push_back({each.carry, version(at, from_[node_id{each.carry}].operands[1].value)});
      if (known_.active[std::size_t(each.carry)])
        all.adjoints.push_back({each.carry, constant_like(version(at, each.carry), 0)});
    }
    return all;
  }

  constexpr void add_result(int id, const frame& at, span& to) {
    const node& here = from_[node_id{id}];
    const adjoint& found = (*at.adjoints)[std::size_t(id)];
    const ref total = at.gradients != nullptr ? found.total() : both(found);
    masked_ = masked_ || found.masked;
    if (total->depends > depends_) depends_ = total->depends;
    if (here.op == &row<stacked_op>()) {
      to.results.push_back({here.operands[1].value, turned(total, stacked_op::is_backwards(here))});
      return;
    }
    for (auto& [carry, sum] : to.adjoints)
      if (carry == here.operands[1].value) sum = is_number(sum, 0) ? total : sum + total;
  }

  /// Whether it costs less to compute carries again than to keep all of them.
  constexpr bool is_costly(const repetition& of) const {
    long long kept = 0;
    for (const carry_step& each : of.carries) kept += from_[node_id{each.carry}].extents.elements();
    return of.steps > 2 && kept * of.steps > known_.most_kept;
  }

  /// The body for one step, with other values in the place of what belongs to the step.
  constexpr frame body_at(const repetition& of, const frame& at, ref number, const values& carries,
                          const values& elements) {
    frame body;
    body.versions = at.versions;
    for (int place = of.begin; place < of.end; ++place) {
      const int id = order_.order.elements[place];
      const node& here = from_[node_id{id}];
      node_id& to = body.versions.elements[id];
      if (id == of.step)
        to = number.id;
      else if (is_step_number(here))
        to = step_number_in(in_, steps_of_repetition(here), depends_).id;
      else if (is_part(here, of))
        to = find(here.op == &row<carry_op>() ? carries : elements, id).id;
      else if (here.op != &row<advance_op>() || step_number_of(from_, here.operands[0]).value != of.step)
        copy(id, body);
    }
    return body;
  }
  constexpr void copy(int id, frame& body) {
    node here = from_[node_id{id}];
    for (int k = 0; k < here.arity; ++k) here.operands[k] = body.versions.elements[here.operands[k].value];
    body.versions.elements[id] = in_.add_like(here);
  }

  static constexpr ref counted_from(ref first, ref number) { return first.id ? first + number : number; }

  /// Some steps forwards: the repetition with its carries in the order of `of.carries`.
  constexpr open_repetition forwards(const repetition& of, const frame& at, const span& steps) {
    open_repetition result;
    result.step = step_number_in(in_, steps.steps, depends_);
    values carries;
    for (const carry_step& each : of.carries) {
      const ref carry = carry_of(result.step, find(steps.carries, each.carry), int(carries.size()));
      carries.push_back({each.carry, carry});
      result.carries.push_back(carry);
    }
    const frame body =
        body_at(of, at, counted_from(steps.first, result.step), carries,
                map_all(steps.elements, [&](ref all) { return element_of(result.step, all); }));
    for (const carry_step& each : of.carries) result.nexts.push_back(version(body, each.next));
    return result;
  }

  /// The carries of every step of some.
  constexpr values kept_by(const repetition& of, const open_repetition& steps) const {
    const ref end = steps.end();
    values kept;
    for (std::size_t i = 0; i < steps.carries.size(); ++i)
      kept.push_back({of.carries[i].carry, stacked(end, steps.carries[i], steps_of_repetition(*steps.step))});
    return kept;
  }

  /// Some steps backwards, from the carries of each.
  constexpr shares back(const repetition& of, const frame& at, const span& steps) {
    open_repetition result;
    result.step = step_number_in(in_, steps.steps, depends_);
    const ref number = double(steps.steps - 1) - result.step;
    const auto element = [&](ref all) { return element_of(result.step, all, true); };
    frame body = body_at(of, at, counted_from(steps.first, number), map_all(steps.carries, element),
                         map_all(steps.elements, element));
    std::vector<adjoint> adjoints(std::size_t(from_.size()));
    body.adjoints = &adjoints;
    for (const auto& [carry, initial] : steps.adjoints) {
      result.carries.push_back(carry_of(result.step, initial, int(result.carries.size())));
      for (const carry_step& each : of.carries)
        if (each.carry == carry && known_.active[std::size_t(each.next)])
          hand_out(each.next, result.carries.back(), masked_, body);
    }
    for (const auto& [id, all] : steps.results) hand_out(id, element(all), masked_, body);
    const level depends = depends_;
    const bool masked = masked_;
    walk_back(order_.regions.find(node_id{of.step}), body);
    depends_ = depends;
    masked_ = masked;
    for (const auto& [carry, initial] : steps.adjoints) {
      const adjoint& found = adjoints[std::size_t(carry)];
      result.nexts.push_back(found.none() ? constant_like(initial, 0) : both(found));
    }
    values outside, elements;
    for (int i = 0; i < from_.size(); ++i) {
      const adjoint& found = adjoints[std::size_t(i)];
      if (!known_.active[std::size_t(i)] || found.none()) continue;
      masked_ = masked_ || found.masked;
      if (!belongs(i, of))
        outside.push_back({i, both(found)});
      else if (from_[node_id{i}].op == &row<element_op>() && is_part(from_[node_id{i}], of))
        elements.push_back({i, both(found)});
    }
    return closed(static_cast<open_repetition&&>(result), steps, outside, elements);
  }

  /// The sums and lists of what steps from the last to the first have found.
  constexpr shares closed(open_repetition steps, const span& of, const values& outside,
                          const values& elements) const {
    sum_over_steps sums(steps.step, of.steps, known_.most_kept);
    for (const auto& [id, value] : outside) sums.prepare(value);
    sums.open(steps);
    const ref end = steps.end();
    shares result;
    for (std::size_t i = 0; i < of.adjoints.size(); ++i)
      result.carries.push_back({of.adjoints[i].first, last_carry(end, steps.carries[i])});
    result.elements = map_all(elements, [&](ref value) { return stacked(end, value, of.steps, true); });
    result.outside = map_all(outside, [&](ref value) { return sums.result(value, end, steps); });
    return result;
  }

  constexpr void visit_in_body(int id, const repetition& of, frame& body) {
    const adjoint& here = (*body.adjoints)[std::size_t(id)];
    const node& original = from_[node_id{id}];
    if (!known_.active[std::size_t(id)] || here.none() || is_part(original, of)) return;
    if (original.op->pullback != nullptr)
      pull_back(in_, original, body.versions.elements[id], both(here), here.masked, known_, *body.adjoints);
  }

  /// The repetition keeps its carries as it goes.
  constexpr shares back_through_all(const repetition& of, const frame& at, span all) {
    open_repetition known;
    known.step = version(at, of.step);
    for (const carry_step& each : of.carries) {
      known.carries.push_back(version(at, each.carry));
      known.nexts.push_back(version(at, each.next));
    }
    all.carries = kept_by(of, known);
    return back(of, at, all);
  }

  // Checkpoints: of about the root of n segments only the first carries are kept. Each is gone through
  // forwards once more, where its carries are kept, then backwards.
  // Source: Griewank, Walther 2008, ch. 12; Chen et al. 2016, "Training deep nets with sublinear memory cost".

  /// Steps in equal segments, and what is left after them.
  struct segmentation {
    int steps = 1, length = 1, segments = 1;

    constexpr explicit segmentation(int all) : steps(all) {
      while (length * length < steps) ++length;
      segments = steps / length;
    }
    [[nodiscard]] constexpr int covered() const { return segments * length; }

    /// The elements of all steps -> those in segments: [segment, step, ...].
    [[nodiscard]] constexpr ref in_segments(ref value) const {
      const ref whole = slice_of(value, 0, 0, covered(), 1);
      tensor_shape extents{segments, length};
      for (int axis = 1; axis < value.rank(); ++axis) extents.push_back(value.extents()[axis]);
      return reshape_to(whole, extents);
    }
    /// [segment, step, ...] -> [step, ...].
    [[nodiscard]] constexpr ref in_steps(ref value) const {
      tensor_shape extents{covered()};
      for (int axis = 2; axis < value.rank(); ++axis) extents.push_back(value.extents()[axis]);
      return reshape_to(value, extents);
    }
    [[nodiscard]] constexpr ref rest(ref value) const { return slice_of(value, 0, covered(), steps, 1); }
  };

  constexpr shares back_through_segments(const repetition& of, const frame& at, const span& all) {
    if (has_full_rank(all)) return back_through_all(of, at, all);
    const segmentation by(of.steps);
    const open_repetition outer = forwards_by_segments(of, at, all, by);
    const values first_carries = kept_by(of, outer);
    shares of_rest;
    of_rest.carries = all.adjoints;
    if (by.covered() < of.steps) of_rest = back_through_rest(of, at, all, by, outer);
    shares result = back_by_segments(of, at, all, by, first_carries, of_rest.carries);
    add_rest(result, of_rest, by);
    return result;
  }

  /// A repetition whose steps are segments, with their first carries.
  constexpr open_repetition forwards_by_segments(const repetition& of, const frame& at, const span& all,
                                                 const segmentation& by) {
    open_repetition outer;
    outer.step = step_number_in(in_, by.segments, depends_);
    span one;
    one.steps = by.length;
    one.first = double(by.length) * outer.step;
    one.elements =
        map_all(all.elements, [&](ref value) { return element_of(outer.step, by.in_segments(value)); });
    for (const carry_step& each : of.carries) {
      outer.carries.push_back(carry_of(outer.step, find(all.carries, each.carry), int(outer.carries.size())));
      one.carries.push_back({each.carry, outer.carries.back()});
    }
    const open_repetition inner = forwards(of, at, one);
    const ref end_of_inner = inner.end();
    for (ref carry : inner.carries) outer.nexts.push_back(last_carry(end_of_inner, carry));
    return outer;
  }

  /// The steps after all segments.
  constexpr shares back_through_rest(const repetition& of, const frame& at, const span& all,
                                     const segmentation& by, const open_repetition& outer) {
    span last;
    last.steps = of.steps - by.covered();
    last.first = constant_in(in_, by.covered());
    last.elements = map_all(all.elements, [&](ref value) { return by.rest(value); });
    last.results = map_all(all.results, [&](ref value) { return by.rest(value); });
    last.adjoints = all.adjoints;
    const ref end = outer.end();
    for (std::size_t i = 0; i < of.carries.size(); ++i)
      last.carries.push_back({of.carries[i].carry, last_carry(end, outer.carries[i])});
    last.carries = kept_by(of, forwards(of, at, last));
    return back(of, at, last);
  }

  /// All segments, from the last to the first. `adjoints`: of the carries after them.
  constexpr shares back_by_segments(const repetition& of, const frame& at, const span& all,
                                    const segmentation& by, const values& first_carries,
                                    const values& adjoints) {
    open_repetition backwards;
    backwards.step = step_number_in(in_, by.segments, depends_);
    const auto of_segment = [&](ref value) { return element_of(backwards.step, value, true); };
    span each;
    each.steps = by.length;
    each.first = double(by.length) * (double(by.segments - 1) - backwards.step);
    each.elements = map_all(all.elements, [&](ref value) { return of_segment(by.in_segments(value)); });
    each.results = map_all(all.results, [&](ref value) { return of_segment(by.in_segments(value)); });
    each.carries = map_all(first_carries, of_segment);
    for (const auto& [carry, initial] : adjoints) {
      backwards.carries.push_back(carry_of(backwards.step, initial, int(backwards.carries.size())));
      each.adjoints.push_back({carry, backwards.carries.back()});
    }
    each.carries = kept_by(of, forwards(of, at, each));
    const shares found = back(of, at, each);
    for (const auto& [carry, value] : found.carries) backwards.nexts.push_back(value);

    span segments_back;
    segments_back.steps = by.segments;
    segments_back.adjoints = adjoints;
    return closed(static_cast<open_repetition&&>(backwards), segments_back, found.outside, found.elements);
  }

  /// Adds what the steps after all segments hand out.
  static constexpr void add_rest(shares& result, const shares& of_rest, const segmentation& by) {
    for (auto& [id, share] : result.outside)
      if (const ref more = find(of_rest.outside, id); more.id) share = share + more;
    for (const auto& [id, share] : of_rest.outside)
      if (!find(result.outside, id).id) result.outside.push_back({id, share});
    for (auto& [id, share] : result.elements) {
      share = by.in_steps(share);
      if (const ref more = find(of_rest.elements, id); more.id) share = concat_two(share, more, 0);
    }
  }

  /// Whether a value has no axis left that could tell segments apart.
  static constexpr bool has_full_rank(const span& of) {
    bool full = false;
    for (const values* list : {&of.elements, &of.results})
      for (const auto& [id, value] : *list) full = full || value.rank() == max_rank;
    for (const auto& [id, value] : of.carries) full = full || value.rank() >= max_rank - 1;
    return full;
  }

  graph& in_;
  const graph& from_;
  const analysis& known_;
  repetition_order order_;
  level depends_ = level::constant;  // of the repetition that is reversed, with its adjoints
  bool masked_ = false;              // whether zeros of those are absolute
};

constexpr void reverse_through_repetitions(graph& in, const graph& from, const analysis& known,
                                           std::vector<adjoint>& adjoints, std::vector<node_id>& gradients) {
  repetition_reversal(in, from, known).run(adjoints, gradients);
}

}  // namespace fusegrad::reverse_mode
