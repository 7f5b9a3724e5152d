// SPDX-License-Identifier: BSL-1.0
// Gives every stored value its place in memory. Values of a tile share memory when they do not live at the
// same time: from the step that writes them to the last one that reads them.
// In: settled graph, fusion, order of the steps. Out: a home per node, and how much memory that takes.
#pragma once

#include "fusegrad/pass/order.hpp"

namespace fusegrad {

/// Where a stored value begins.
struct home {
  storage where = storage::nowhere;
  int offset = 0;  // in elements; of `parameter`: the symbol
};

/// The memory of a plan.
struct allocation {
  sequence<home> homes;  // per node
  int loss = -1;         // the row value that is looked at for NaN and infinity, or -1
  int tile_elements = 0;
  int shared_elements = 0;
  int matrix_elements = 0;
  int mean_elements = 0;
  int large_begin = 0;
  int large_elements = 0;
};

/// Finds the homes; one object per graph.
class allocator_of_values {
 public:
  constexpr allocator_of_values(const planned_graph& of, const step_order& order)
      : of_(of), order_(order), last_read_(std::size_t(of.in.size())) {
    result_.homes = sequence<home>(std::size_t(of.in.size()));
  }

  constexpr allocation run() {
    find_loss();
    find_last_reads();
    place_sums(sum::matrix);  // matrices come first: they are kept in another number type
    result_.matrix_elements = result_.mean_elements;
    place_sums(sum::number);
    place_large_gradients();
    for (int i = 0; i < of_.in.size(); ++i)
      if (of_.needed.elements[i]) place_value(i);
    for (lifetime& each : alive_) place_in_tile(each);
    return static_cast<allocation&&>(result_);
  }

 private:
  struct lifetime {
    int node, size, first, last;
    int offset = 0;
    lifetime* above = nullptr;  // the next one by offset
  };

  /// The row value whose mean the value depends on.
  constexpr void find_loss() {
    const node_id value = of_.in.find_output(output_role::value);
    const int count = of_.in.size();
    if (value.value < 0 || value.value >= count) return;  // also tells g++ 12 that there is memory
    node_flags below{std::size_t(count)};
    below.elements[value.value] = 1;
    for (int i = value.value; i >= 0 && result_.loss < 0; --i) {
      if (!below.elements[i]) continue;
      const node& here = of_.at(i);
      if (here.op->family == operation_family::row_mean && here.extents.rank == 0)
        result_.loss = base_of(of_.in, here.operands[0]).value;
      for (int k = 0; k < here.arity; ++k) below.elements[here.operands[k].value] = 1;
    }
  }

  /// One pass over all reads: asking for each value on its own would take the square of their number.
  constexpr void find_last_reads() {
    const sequence<int> instead = last_steps_instead();
    for (int i = 0; i < of_.in.size(); ++i) {
      if (!of_.needed.elements[i] || of_.place(i).inlined) continue;
      const int step = of_.place(i).skipped ? instead.elements[i] : order_.step_of.elements[i];
      const value_read* const end_of_reads = of_.fused.reads.end_of(i);
      for (const value_read* read = of_.fused.reads.begin_of(i); read != end_of_reads; ++read) {
        int& last = last_read_.elements[read->value];
        const int wanted = end_of_repeats(step, order_.step_of.elements[read->value]);
        if (wanted > last) last = wanted;
      }
    }
    const int end = int(order_.steps.size());
    for (const output& each : of_.in.outputs()) last_read_.elements[base_of(of_.in, each.id).value] = end;
    if (result_.loss >= 0) last_read_.elements[result_.loss] = end;
  }
  /// The last step at which a value is read that step `reader` reads and step `writer` writes: the end of what
  /// is repeated with the reader, but not with the writer.
  constexpr int end_of_repeats(int reader, int writer) const {
    int last = reader;
    for (int i = order_.steps[std::size_t(reader)].inside; i >= 0; i = order_.steps[std::size_t(i)].inside) {
      const int end = i + order_.steps[std::size_t(i)].body;
      if (writer < i || writer > end) last = end;
    }
    return last;
  }

  /// When the memory of a value is first needed: what gathers values of all steps is there from the beginning.
  constexpr int first_need(int id) const {
    const int step = order_.step_of.elements[id];
    return of_.at(id).op == &row<stacked_op>() ? order_.steps[std::size_t(step)].counter : step;
  }

  /// For each product that is no step of its own, the last step that computes a mean or a scatter of it.
  constexpr sequence<int> last_steps_instead() const {
    sequence<int> last(std::size_t(of_.in.size()));
    for (std::size_t i = 0; i < order_.steps.size(); ++i) {
      const int node = order_.steps[i].node;
      if (node >= 0 && of_.at(node).arity > 0) last.elements[of_.at(node).operands[0].value] = int(i);
    }
    return last;
  }

  enum class sum { none, number, matrix, large };

  static constexpr sum sum_of(const plan_step& step) {
    if (step.when == phase::slices) return sum::large;
    if (step.kind == step_kind::gradient || step.kind == step_kind::gradient_from_rows ||
        step.kind == step_kind::contraction_mean || step.kind == step_kind::label_mean)
      return sum::matrix;
    return step.kind == step_kind::row_mean ? sum::number : sum::none;
  }

  constexpr void place_sums(sum kind) {
    for (const plan_step& step : order_.steps) {
      if (sum_of(step) != kind) continue;
      result_.homes.elements[step.node] = {storage::mean, result_.mean_elements};
      result_.mean_elements += of_.at(step.node).extents.elements();
    }
  }

  /// Large gradients follow the sums, each from a cache line on, since their rows are written many times.
  constexpr void place_large_gradients() {
    constexpr int line = 16;
    const auto next_line = [](int at) { return (at + line - 1) / line * line; };
    result_.large_begin = next_line(result_.mean_elements);
    int at = result_.large_begin;
    for (const plan_step& step : order_.steps) {
      if (sum_of(step) != sum::large) continue;
      result_.homes.elements[step.node] = {storage::mean, at};
      at = next_line(at + of_.at(step.node).extents.elements());
    }
    result_.large_elements = at - result_.large_begin;
  }

  constexpr void place_value(int id) {
    const fused_place& place = of_.place(id);
    if (place.skipped || place.inlined) return;
    const node& here = of_.at(id);
    if (here.op == &row<advance_op>()) return;
    if (here.op == &row<symbol_op>()) {
      const symbol& named = of_.in.symbols()[std::size_t(here.payload.symbol)];
      if (named.role == symbol_role::random) {
        result_.homes.elements[id] = {storage::random, named.classes};
        return;
      }
      result_.homes.elements[id] = {of_.is_column(id) ? storage::tile : storage::parameter,
                                    here.payload.symbol};
      if (!of_.is_column(id)) return;
    } else if (here.op->family == operation_family::leaf || here.op->family == operation_family::movement ||
               here.op->family == operation_family::row_mean) {
      return;
    }
    if (!place.stored || of_.is_stored_column(id)) return;
    if (of_.on.columns_in_place && place_in_columns(id)) return;
    if (place.when == phase::rows) {
      const int first = first_need(id);
      const int last = last_read_.elements[id];
      alive_.push_back({id, here.extents.elements(), first, last > first ? last : first});
    } else {
      place_once(id);
    }
  }

  /// A column, or a result that is one.
  constexpr bool place_in_columns(int id) {
    home& to = result_.homes.elements[id];
    if (of_.is_column(id)) {
      to.where = storage::column;  // at the symbol's index
      return true;
    }
    const int wanted = output_of(id);
    if (wanted >= 0) to = {storage::output, wanted};
    return wanted >= 0;
  }

  /// A value of the step: a large one that the user wants is made where it is wanted, other large ones begin
  /// at a cache line.
  constexpr void place_once(int id) {
    constexpr int large = 64;  // elements; below it, a copy costs nothing
    constexpr int line = 16;
    const int elements = of_.at(id).extents.elements();
    if (elements < large) {
      result_.homes.elements[id] = {storage::shared, result_.shared_elements};
      result_.shared_elements += elements;
      return;
    }
    const int wanted = of_.at(id).op->family == operation_family::repetition ? -1 : output_of(id);
    if (wanted >= 0) {
      result_.homes.elements[id] = {storage::output, wanted};
      return;
    }
    result_.shared_elements = (result_.shared_elements + line - 1) / line * line;
    result_.homes.elements[id] = {storage::shared, result_.shared_elements};
    result_.shared_elements += elements;
  }

  /// The first output that is this value, or -1.
  constexpr int output_of(int id) const {
    const auto& outputs = of_.in.outputs();
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i].id.value == id) return int(i);
    return -1;
  }

  /// First fit beside those that live at the same time. One walk from the lowest offset up: whoever does not
  /// leave room below itself is passed.
  constexpr void place_in_tile(lifetime& self) {
    lifetime** link = &lowest_;
    for (lifetime* other = lowest_; other != nullptr; other = other->above) {
      if (self.first <= other->last && other->first <= self.last) {
        if (self.offset + self.size <= other->offset) break;
        if (self.offset < other->offset + other->size) self.offset = other->offset + other->size;
      }
      if (other->offset <= self.offset) link = &other->above;
    }
    while (*link != nullptr && (*link)->offset <= self.offset) link = &(*link)->above;
    self.above = *link;
    *link = &self;
    result_.homes.elements[self.node] = {storage::tile, self.offset};
    if (self.offset + self.size > result_.tile_elements) result_.tile_elements = self.offset + self.size;
  }

  const planned_graph& of_;
  const step_order& order_;
  sequence<int> last_read_;  // per node, the last step that reads it
  std::vector<lifetime> alive_;
  lifetime* lowest_ = nullptr;  // of those that are placed
  allocation result_;
};

}  // namespace fusegrad
