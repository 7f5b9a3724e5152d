// SPDX-License-Identifier: BSL-1.0
// Keeps the promises of grad, jvp, vjp and jacobian: replaces each by the derivative, inner ones first.
// In: graph. Out: graph without promises, in stable form. What is differentiated is made stable before.
#pragma once

#include <array>

#include "fusegrad/pass/carry.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/stabilise.hpp"
#include "fusegrad/pass/tangent.hpp"

namespace fusegrad {

/// The first promised derivative, whose operands hold none; or none.
[[nodiscard]] constexpr node_id first_gradient(const graph& in) {
  for (int i = 0; i < in.size(); ++i)
    if (in[node_id{i}].op->promise) return node_id{i};
  return {};
}

/// Replaces the node `gradient` by the last output of the graph, which is its value.
[[nodiscard]] constexpr graph replace_by_last_output(const graph& from, node_id gradient) {
  graph result;
  result.copy_symbols(from.symbols());
  std::vector<node_id> place(std::size_t(from.size()));
  const node_id derivative = from.outputs().back().id;
  const auto copy = [&](int i) {
    const node& each = from[node_id{i}];
    node_id operands[max_operands];
    for (int k = 0; k < each.arity; ++k) operands[k] = place[std::size_t(each.operands[k].value)];
    place[std::size_t(i)] = result.add(*each.op, operands, each.arity, each.payload);
  };
  // What the derivative needs lies after the promise in the order of nodes, but never depends on it.
  node_flags after(std::size_t(from.size()));
  for (int i = gradient.value; i < from.size(); ++i) {
    const node& each = from[node_id{i}];
    after[std::size_t(i)] = i == gradient.value;
    for (int k = 0; k < each.arity; ++k) after[std::size_t(i)] |= after[std::size_t(each.operands[k].value)];
  }
  for (int i = 0; i < from.size(); ++i)
    if (!after[std::size_t(i)]) copy(i);
  place[std::size_t(gradient.value)] = place[std::size_t(derivative.value)];
  for (int i = gradient.value + 1; i < from.size(); ++i)
    if (after[std::size_t(i)]) copy(i);
  for (std::size_t i = 0; i + 1 < from.outputs().size(); ++i) {
    output each = from.outputs()[i];
    each.id = place[std::size_t(each.id.value)];
    result.add_output(each);
  }
  result.report(from.trouble());
  return prune(static_cast<graph&&>(result));
}

namespace expanding {

/// Whether the derivative of a value passes a mean over the rows.
[[nodiscard]] constexpr bool passes_row_mean(const graph& in, node_id of, const node_flags& active) {
  node_flags below(std::size_t(in.size()));
  below[std::size_t(of.value)] = 1;
  for (int i = of.value; i >= 0; --i) {
    const node& each = in[node_id{i}];
    if (!below[std::size_t(i)] || !active[std::size_t(i)]) continue;
    if (each.op->family == operation_family::row_mean) return true;
    for (int k = 0; k < each.arity; ++k) below[std::size_t(each.operands[k].value)] = 1;
  }
  return false;
}

/// The derivative of `value` by `symbol`, along a direction or with weights if there are some: what a promise
/// asks for.
struct request {
  node promise;
  node_id value;
  int symbol = -1;
  node_id along;
  bool by_rows = false;                     // the symbol has a value in each row
  bool of_row = false;                      // and so has what is differentiated
  int most_kept = reverse_mode::most_kept;  // of the steps of a repetition

  constexpr request(const graph& in, node_id of, int by)
      : value(of),
        symbol(by),
        by_rows(is_of_rows(in.symbols()[std::size_t(by)].role)),
        of_row(in[of].depends == level::row) {}
  constexpr request(const graph& in, node_id id)
      : request(in, in[id].operands[0], in[in[id].operands[1]].payload.symbol) {
    promise = in[id];
    if (promise.arity == 3) along = promise.operands[2];
  }
  [[nodiscard]] constexpr bool is_jvp() const { return promise.op == &row<jvp_op>(); }
  [[nodiscard]] constexpr bool is_jacobian() const { return promise.op == &row<jacobian_op>(); }
};

/// Whether a Jacobian is computed by rows of it: there are fewer of them, or a mean has a share from each
/// row.
[[nodiscard]] constexpr bool by_reverse(const graph& in, const request& wanted) {
  const int columns = in.symbols()[std::size_t(wanted.symbol)].extents.elements();
  return in[wanted.value].extents.elements() < columns || (wanted.by_rows && !wanted.of_row);
}

/// Whether a value is made of a symbol, in whatever way.
[[nodiscard]] constexpr bool contains(const graph& in, node_id value, int symbol) {
  const node_flags below = reachable(in, value);
  for (int i = value.value; i >= 0; --i)
    if (below.elements[i] && in[node_id{i}].payload.symbol == symbol) return true;
  return false;
}

/// The first promise by a symbol that its formula does not contain, as it was written: what rules or inner
/// derivatives have left without the symbol has derivative 0.
[[nodiscard]] constexpr problem missing_symbol(const graph& in) {
  for (int i = 0; i < in.size(); ++i) {
    if (!in[node_id{i}].op->promise) continue;
    const request wanted(in, node_id{i});
    if (contains(in, wanted.value, wanted.symbol)) continue;
    const bool gradient = wanted.promise.op == &row<gradient_op>();
    return {gradient ? problem_kind::not_a_parameter : problem_kind::no_symbol_of_formula,
            in[wanted.value].extents, in.symbols()[std::size_t(wanted.symbol)].extents};
  }
  return {};
}

/// Why a derivative cannot be written out, if so.
[[nodiscard]] constexpr problem_kind trouble_of(const graph& in, const request& wanted,
                                                const node_flags& active) {
  if (!passes_row_mean(in, wanted.value, active)) return problem_kind::none;
  const bool differs = wanted.along && in[wanted.along].depends == level::row;
  if (wanted.is_jvp())
    return differs && !wanted.by_rows ? problem_kind::direction_of_rows : problem_kind::none;
  if (!wanted.of_row) return differs ? problem_kind::direction_of_rows : problem_kind::none;
  const bool forward = wanted.is_jacobian() && !by_reverse(in, wanted);
  return forward && !wanted.by_rows ? problem_kind::none : problem_kind::gradient_of_row_through_mean;
}

/// Reverse mode, with the derivative as last output.
[[nodiscard]] constexpr graph pulled_back(const graph& in, const request& wanted, node_id weights,
                                          bool masked) {
  const std::array by{wanted.symbol};
  graph result = differentiate(in, wanted.value, by, !wanted.of_row, weights, masked, wanted.most_kept);
  if (!wanted.of_row) result = shares_of_rows(static_cast<graph&&>(result));
  return result;
}

/// Forward mode, with the derivative as last output.
[[nodiscard]] constexpr graph pushed_forward(const graph& in, const request& wanted, node_id along,
                                             bool masked) {
  const std::array directions{direction{wanted.symbol, along}};
  return tangent(in, wanted.value, directions, masked);
}

constexpr void replace_last_output(graph& in, node_id by) {
  std::vector<output> outputs(in.outputs().begin(), in.outputs().end());
  outputs.back().id = by;
  in.drop_outputs();
  for (const output& each : outputs) in.add_output(each);
}

/// [elements, ...] -> [..., elements].
[[nodiscard]] constexpr ref first_axis_last(ref value) {
  axis_letters order;
  for (int axis = 1; axis < value.rank(); ++axis) order.push_back(axis + 1);
  order.push_back(1);
  return transpose_of(value, order);
}

/// The derivative along a direction, or with weights, as last output.
[[nodiscard]] constexpr graph along_one(const graph& in, const request& wanted, bool reverse, node_id along,
                                        bool masked) {
  if (reverse) return pulled_back(in, wanted, along, masked);
  return pushed_forward(in, wanted, along, masked);
}

/// The shape whose unit vectors are the directions of a Jacobian.
[[nodiscard]] constexpr tensor_shape directions_of(const graph& in, const request& wanted, bool reverse) {
  return reverse ? in[wanted.value].extents : in.symbols()[std::size_t(wanted.symbol)].extents;
}

/// Along every unit vector at once, in a further leading axis.
[[nodiscard]] constexpr graph along_all(const graph& from, const request& wanted, bool reverse) {
  graph in = from;
  const ref along = direction_in(in, directions_of(from, wanted, reverse));
  graph result = along_one(in, wanted, reverse, along.id, true);
  const ref found = for_every_direction(result, result.outputs().back().id, along.id);
  replace_last_output(result, found.id);
  return result;
}

/// The first mean over the rows that belongs to a repetition, or none.
[[nodiscard]] constexpr node_id repeated_row_mean(const graph& in, node_id step) {
  const repetition_regions regions = regions_of(in);
  const int which = regions.find(step);
  for (int i = 0; i < in.size(); ++i)
    if (in[node_id{i}].op->family == operation_family::row_mean && regions.belongs(i, which))
      return node_id{i};
  return {};
}

/// The values of a repetition without carries, one above the other. No step can wait for a pass over the rows:
/// the means over the rows of all steps are taken at once, and are read by another repetition.
[[nodiscard]] constexpr ref stack_of_steps(ref step, ref value, int steps) {
  graph& in = *step.in;
  for (node_id mean = repeated_row_mean(in, step.id); mean; mean = repeated_row_mean(in, step.id)) {
    const ref of_rows{&in, in[mean].operands[0]};
    const open_repetition before = at_its_level({.step = step, .carries = {}, .nexts = {of_rows}});
    const ref means = row_mean(stacked(before.end(), before.nexts[0], steps));
    const ref next = step_number_in(in, steps);
    const ref own_mean = element_of(next, means);
    const repetition_regions regions = regions_of(in);
    body_copying copying(in, regions, inner_steps::own);
    copying.replace(step.id, next.id);
    copying.replace(mean, own_mean.id);
    copying.run(step.id, level::constant);
    value.id = copying[value.id];
    step = next;
  }
  const open_repetition all = at_its_level({.step = step, .carries = {}, .nexts = {value}});
  return stacked(all.end(), all.nexts[0], steps);
}

/// Along one unit vector after the other, in a repetition.
[[nodiscard]] constexpr graph along_each(const graph& from, const request& wanted, bool reverse) {
  graph in = from;
  const tensor_shape moves = directions_of(from, wanted, reverse);
  const int count = moves.elements();
  const ref step = step_number_in(in, count);
  const ref along = reshape_to(element_of(step, carrying::basis(in, {count})), moves);
  graph result = along_one(in, wanted, reverse, along.id, true);
  if (result.trouble()) return result;
  const node_id narrow = result.outputs().back().id;
  replace_last_output(result, stack_of_steps({&result, step.id}, {&result, narrow}, count).id);
  return result;
}

/// Along every unit vector, as a first axis of the last output: at once, or in turn where an operation takes
/// no further axis.
[[nodiscard]] constexpr graph along_every(const graph& from, const request& wanted, bool reverse) {
  graph result = along_all(from, wanted, reverse);
  if (result.trouble()) result = along_each(from, wanted, reverse);
  return result;
}

/// Every element of the derivative: along one direction where that is all, else along all of them.
[[nodiscard]] constexpr graph jacobian(const graph& from, const request& wanted) {
  const bool reverse = by_reverse(from, wanted);
  const tensor_shape moves = directions_of(from, wanted, reverse);
  const bool single = moves.elements() == 1, symmetric = wanted.promise.payload.number == 1;
  graph result;
  if (single) {
    graph in = from;
    const ref along = constant_in(in, 1, moves);
    result = along_one(in, wanted, reverse, along.id, false);
  } else {
    result = along_every(from, wanted, reverse);
  }
  if (result.trouble()) return result;
  ref found{&result, result.outputs().back().id};
  if (!single && !reverse && !symmetric) found = first_axis_last(found);
  replace_last_output(result, reshape_to(found, wanted.promise.extents).id);
  return result;
}

/// The graph with the derivative that is asked for as last output.
[[nodiscard]] constexpr graph derivative(const graph& in, const request& wanted, bool depends) {
  if (!depends) {
    graph result = in;
    result.add_output(
        {output_role::gradient, wanted.symbol, constant_in(result, 0, wanted.promise.extents).id});
    return result;
  }
  if (wanted.is_jacobian()) return jacobian(in, wanted);
  if (wanted.is_jvp()) return pushed_forward(in, wanted, wanted.along, false);
  return pulled_back(in, wanted, wanted.along, false);
}

/// What is left where a promise cannot be kept: zeros, so that later passes meet no promise, and the problem.
[[nodiscard]] constexpr graph abandoned(const graph& from, const problem& found) {
  graph result;
  result.copy_symbols(from.symbols());
  for (output each : from.outputs()) {
    each.id = constant_in(result, 0, from[each.id].extents).id;
    result.add_output(each);
  }
  result.report(from.trouble());
  result.report(found);
  return result;
}

}  // namespace expanding

/// The graph with every promised derivative written out, in stable form. `most_kept`: see `differentiate`.
[[nodiscard]] constexpr graph expand_gradients(const graph& from, rule_counts* fired = nullptr,
                                               int most_kept = reverse_mode::most_kept) {
  const bool plain = is_as_written(from);
  const problem missing = expanding::missing_symbol(from);
  if (missing) return expanding::abandoned(from, missing);
  graph result = stabilise(from, fired);
  for (node_id promise = first_gradient(result); promise; promise = first_gradient(result)) {
    expanding::request wanted(result, promise);
    wanted.most_kept = most_kept;
    const std::array by{wanted.symbol};
    const node_flags active = reverse_mode::active_nodes(result, by);
    const problem_kind trouble = expanding::trouble_of(result, wanted, active);
    if (trouble != problem_kind::none)
      return expanding::abandoned(result, {trouble, result[wanted.value].extents, wanted.promise.extents});
    const bool depends = active[std::size_t(wanted.value.value)] != 0;
    const graph differentiated = expanding::derivative(result, wanted, depends);
    if (differentiated.trouble()) return expanding::abandoned(result, differentiated.trouble());
    graph derived = replace_by_last_output(differentiated, promise);
    if (plain) derived = keep_as_written(static_cast<graph&&>(derived));
    result = stabilise(derived);
  }
  return result;
}

}  // namespace fusegrad
