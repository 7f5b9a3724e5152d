// SPDX-License-Identifier: BSL-1.0
// The interpreter for any number type: one visit per node in topological order, one loop over the rows inside
// it. What belongs to a repetition is visited once for every step.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fusegrad/pass/repetitions.hpp"
#include "fusegrad/run/interpret.hpp"

namespace fusegrad {

/// Interprets one graph once; `interpret` does so in double and in long double.
template <class Real> class interpreter {
 public:
  /// `function_of`: the value of an operation in this number type; may throw.
  interpreter(const graph& of, const symbol_values<Real>& symbols, std::size_t rows,
              evaluate_function<Real> (*function_of)(const node&))
      : graph_(of),
        symbols_(symbols),
        rows_(rows),
        function_of_(function_of),
        values_(std::size_t(of.size())) {}

  std::vector<std::vector<Real>> run() {
    if (has_repetitions(graph_)) {
      needed_ = outside_of_repetitions(graph_);
      order_ = order_of(graph_, needed_);
      if (!order_.complete) throw std::logic_error("interpret: a repetition needs its own results");
      visit(-1);
    } else {
      for (int i = 0; i < graph_.size(); ++i) values_[std::size_t(i)] = value_of(graph_[node_id{i}]);
    }
    return std::move(values_);
  }

 private:
  static std::size_t elements(const node& of) { return std::size_t(of.extents.elements()); }
  std::size_t rows_of(const node& of) const { return of.depends == level::row ? rows_ : 1; }

  /// What is computed in the repetition `inside`.
  void visit(int inside) {
    order_.walk(
        inside,
        [&](int id) {
          if (graph_[node_id{id}].op->family != operation_family::repetition)
            values_[std::size_t(id)] = value_of(graph_[node_id{id}]);
          else
            read_step(id);
        },
        [&](int within) { repeat(within); });
  }

  void repeat(int which) {
    const repetition& of = order_.repetitions[std::size_t(which)];
    for (const carry_step& each : of.carries)
      values_[std::size_t(each.carry)] = for_all_rows(graph_[node_id{each.carry}], initial_of(each.carry));
    for (int i = 0; i < graph_.size(); ++i)
      if (stacks(i, of))
        values_[std::size_t(i)].assign(elements(graph_[node_id{i}]) * rows_of(graph_[node_id{i}]), 0);
    for (int step = 0; step < of.steps; ++step) {
      values_[std::size_t(of.step)].assign(rows_of(graph_[node_id{of.step}]), Real(step));
      visit(which);
      for (int i = 0; i < graph_.size(); ++i)
        if (stacks(i, of)) put_on_stack(i, step, of.steps);
      std::vector<std::vector<Real>> next;
      for (const carry_step& each : of.carries)
        next.push_back(for_all_rows(graph_[node_id{each.carry}], each.next));
      for (std::size_t i = 0; i < next.size(); ++i) values_[std::size_t(of.carries[i].carry)] = next[i];
    }
  }

  int initial_of(int carry) const { return graph_[node_id{carry}].operands[1].value; }
  bool stacks(int id, const repetition& of) const {
    const node& here = graph_[node_id{id}];
    return needed_[std::size_t(id)] && here.op == &row<stacked_op>() &&
           step_number_of(graph_, here.operands[0]).value == of.step;
  }

  /// The value of a node for every row that `like` has.
  std::vector<Real> for_all_rows(const node& like, int id) const {
    const std::vector<Real>& from = values_[std::size_t(id)];
    std::vector<Real> result;
    while (result.size() < elements(like) * rows_of(like))
      result.insert(result.end(), from.begin(), from.end());
    return result;
  }

  void put_on_stack(int id, int step, int steps) {
    const node& here = graph_[node_id{id}];
    const int place = stacked_op::is_backwards(here) ? steps - 1 - step : step;
    const node& value = graph_[here.operands[1]];
    for (std::size_t row = 0; row < rows_of(here); ++row)
      for (std::size_t i = 0; i < elements(value); ++i)
        values_[std::size_t(id)][row * elements(here) + std::size_t(place) * elements(value) + i] =
            operand_at(here.operands[1], row)[int(i)];
  }

  /// What a repetition does not compute but reads: elements of an axis, and its own results.
  void read_step(int id) {
    const node& here = graph_[node_id{id}];
    std::vector<Real>& to = values_[std::size_t(id)];
    if (here.op == &row<last_carry_op>()) to = for_all_rows(here, here.operands[1].value);
    if (here.op != &row<element_op>()) return;
    const int place = int(values_[std::size_t(here.operands[0].value)][0]);
    const int all = graph_[here.operands[1]].extents[0];
    const int from = element_op::is_backwards(here) ? all - 1 - place : place;
    to.resize(elements(here) * rows_of(here));
    for (std::size_t row = 0; row < rows_of(here); ++row)
      for (std::size_t i = 0; i < elements(here); ++i)
        to[row * elements(here) + i] = operand_at(here.operands[1], row)[from * int(elements(here)) + int(i)];
  }

  std::vector<Real> value_of(const node& of) const {
    if (of.payload.symbol >= 0) return symbol_value(of);
    if (of.op->family == operation_family::row_mean) return mean_over_rows(of);
    return each_row(of);
  }

  std::vector<Real> symbol_value(const node& of) const {
    const symbol& named = graph_.symbols()[std::size_t(of.payload.symbol)];
    if (named.role == symbol_role::row_count) return {Real(rows_)};
    const std::vector<Real>& given = symbols_.at(std::size_t(of.payload.symbol));
    if (given.size() != elements(of) * rows_of(of))
      throw std::logic_error("interpret: symbol " + std::string(named.name) + " needs " +
                             std::to_string(elements(of) * rows_of(of)) + " values, found " +
                             std::to_string(given.size()));
    return given;
  }

  std::vector<Real> mean_over_rows(const node& of) const {
    const std::vector<Real>& operand = values_[std::size_t(of.operands[0].value)];
    const bool varies = graph_[of.operands[0]].depends == level::row;
    std::vector<Real> mean(elements(of), 0);
    const std::size_t rows = varies ? rows_ : 1;
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += operand[row * mean.size() + i];
    for (Real& each : mean) each /= Real(rows);
    return mean;
  }

  std::vector<Real> each_row(const node& of) const {
    const evaluate_function<Real> evaluate = function_of_(of);
    std::vector<Real> result(elements(of) * rows_of(of));
    for (std::size_t row = 0; row < rows_of(of); ++row) {
      tensor_view<const Real> operands[max_operands];
      for (int k = 0; k < of.arity; ++k) operands[k] = operand_at(of.operands[k], row);
      evaluate(of, operands, {of.extents, result.data() + row * elements(of)});
    }
    return result;
  }

  tensor_view<const Real> operand_at(node_id id, std::size_t row) const {
    const node& of = graph_[id];
    const std::size_t offset = of.depends == level::row ? row * elements(of) : 0;
    return {of.extents, values_[std::size_t(id.value)].data() + offset};
  }

  const graph& graph_;
  const symbol_values<Real>& symbols_;
  std::size_t rows_;
  evaluate_function<Real> (*function_of_)(const node&);
  std::vector<std::vector<Real>> values_;
  node_flags needed_;
  repetition_order order_;
};

}  // namespace fusegrad
