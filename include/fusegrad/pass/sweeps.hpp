// SPDX-License-Identifier: BSL-1.0
// Where values of rows depend on means over all rows, as in batch normalisation, the rows are swept more than
// once: each sweep finds the means that the next one needs. In: settled graph. Out: one settled graph for
// each sweep, which depends on no mean of its own; all of them have the same symbols.
#pragma once

#include "fusegrad/base/numbered_name.hpp"
#include "fusegrad/op/repetition.hpp"
#include "fusegrad/op/rows.hpp"
#include "fusegrad/pass/prune.hpp"

namespace fusegrad {

namespace sweeping {

/// Raises the sweep of each node to the first one that can compute it.
constexpr void find_first_sweeps(const graph& in, sequence<int>& first) {
  for (int i = 0; i < in.size(); ++i) {
    const node& here = in[node_id{i}];
    const bool of_rows = here.depends == level::row;
    int& sweep = first.elements[i];
    if (of_rows && sweep == 0) sweep = 1;
    for (int k = 0; k < here.arity; ++k) {
      const int operand = here.operands[k].value;
      const bool of_earlier = of_rows && in[node_id{operand}].depends < level::row;
      const int least = first.elements[operand] + (of_earlier ? 1 : 0);
      if (least > sweep) sweep = least;
    }
  }
}

/// What is repeated belongs to one sweep. Whether that has changed anything.
constexpr bool keep_repetitions_together(const graph& in, sequence<int>& first) {
  const repetition_regions regions = regions_of(in);
  bool changed = false;
  for (std::size_t which = 0; which < regions.steps.size(); ++which) {
    int latest = 0;
    for (int i = 0; i < in.size(); ++i)
      if (regions.belongs(i, int(which)) && first.elements[i] > latest) latest = first.elements[i];
    for (int i = 0; i < in.size(); ++i) {
      if (!regions.belongs(i, int(which)) || first.elements[i] == latest) continue;
      first.elements[i] = latest;
      changed = true;
    }
  }
  return changed;
}

/// For each node, the sweep that can compute it first, from 1; 0 where no sweep is needed before it.
[[nodiscard]] constexpr sequence<int> first_sweeps(const graph& in) {
  sequence<int> first(std::size_t(in.size()));
  do {
    find_first_sweeps(in, first);
  } while (has_repetitions(in) && keep_repetitions_together(in, first));
  return first;
}

/// Divides a graph; one object per graph.
class division {
 public:
  constexpr explicit division(const graph& in)
      : in_(in), first_(first_sweeps(in)), statistics_(std::size_t(in.size())) {
    const node_flags needed = reachable(in);
    for (const output& each : in.outputs())
      if (first_.elements[each.id.value] > count_) count_ = first_.elements[each.id.value];
    for (int i = 0; i < in.size(); ++i)
      for (int k = 0; needed.elements[i] && k < in[node_id{i}].arity; ++k)
        if (first_.elements[i] > first_.elements[in[node_id{i}].operands[k].value])
          want(in[node_id{i}].operands[k]);
    for (const output& each : in.outputs())
      if (first_.elements[each.id.value] < count_) want(each.id);
    name_statistics();
  }

  [[nodiscard]] constexpr int count() const { return count_; }

  /// What one sweep computes: statistics, or the outputs of the graph in the last one.
  [[nodiscard]] constexpr graph sweep(int which) const {
    graph result;
    for (const symbol& each : symbols_) result.add_symbol(each);
    const node_flags needed = needed_by(which);
    sequence<node_id> place(std::size_t(in_.size()));
    for (int i = 0; i < in_.size(); ++i)
      if (needed.elements[i]) place.elements[i] = copy(result, node_id{i}, which, place);
    for (output each : in_.outputs()) {
      if (which < count_) break;
      each.id = place.elements[each.id.value];
      if (result[each.id].op->family == operation_family::leaf)
        each.id = result.add(row<copy_op>(), {each.id});
      result.add_output(each);
    }
    for (int i = 0; which < count_ && i < in_.size(); ++i)
      if (is_statistic_of(i, which))
        result.add_output({output_role::statistic, statistics_.elements[i], place.elements[i]});
    result.report(in_.trouble());
    result.report(trouble_);
    return result;
  }

 private:
  /// Notes a value of the step that is used after the sweep that finds it. A symbol is a number: a condition is
  /// found again, from the numbers that it compares.
  constexpr void want(node_id id) {
    const node& here = in_[id];
    if (here.depends == level::row || first_.elements[id.value] == 0) return;
    if (here.kind == value_kind::real) {
      statistics_.elements[id.value] = -1;
    } else {
      for (int k = 0; k < here.arity; ++k) want(here.operands[k]);
    }
  }

  constexpr void name_statistics() {
    for (const symbol& each : in_.symbols()) symbols_.push_back(each);
    int known = 0;
    for (int i = 0; i < in_.size(); ++i) {
      if (statistics_.elements[i] == 0) continue;
      if (known == most_numbered_names) {
        trouble_ = {problem_kind::too_many_statistics, in_[node_id{i}].extents, {}};
        known = 0;
      }
      statistics_.elements[i] = int(symbols_.size());
      symbols_.push_back(
          {numbered_name<"statistic">(known++), symbol_role::statistic, in_[node_id{i}].extents, 0});
    }
  }

  [[nodiscard]] constexpr bool is_statistic_of(int id, int sweep) const {
    return statistics_.elements[id] > 0 && first_.elements[id] == sweep;
  }
  [[nodiscard]] constexpr bool is_known_before(int id, int sweep) const {
    return statistics_.elements[id] > 0 && first_.elements[id] < sweep;
  }

  [[nodiscard]] constexpr node_flags needed_by(int sweep) const {
    node_flags needed(std::size_t(in_.size()));
    for (const output& each : in_.outputs())
      if (sweep == count_) needed.elements[each.id.value] = 1;
    for (int i = in_.size() - 1; i >= 0; --i) {
      if (sweep < count_ && is_statistic_of(i, sweep)) needed.elements[i] = 1;
      if (!needed.elements[i] || is_known_before(i, sweep)) continue;
      for (int k = 0; k < in_[node_id{i}].arity; ++k) needed.elements[in_[node_id{i}].operands[k].value] = 1;
    }
    return needed;
  }

  constexpr node_id copy(graph& to, node_id id, int sweep, const sequence<node_id>& place) const {
    node here = in_[id];
    if (is_known_before(id.value, sweep)) {
      attributes payload;
      payload.symbol = statistics_.elements[id.value];
      return to.add(row<symbol_op>(), nullptr, 0, payload);
    }
    for (int k = 0; k < here.arity; ++k) here.operands[k] = place.elements[here.operands[k].value];
    return to.add_like(here);
  }

  const graph& in_;
  sequence<int> first_;
  sequence<int> statistics_;  // per node, the symbol that stands for it in later sweeps, else 0
  std::vector<symbol> symbols_;
  int count_ = 1;
  problem trouble_;
};

}  // namespace sweeping

/// How many sweeps over the rows a settled graph takes: at least one.
[[nodiscard]] constexpr int count_sweeps(const graph& settled) { return sweeping::division(settled).count(); }

/// What one of the sweeps computes, from 1 to their number.
[[nodiscard]] constexpr graph sweep_of(const graph& settled, int which) {
  return sweeping::division(settled).sweep(which);
}

}  // namespace fusegrad
