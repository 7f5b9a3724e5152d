// SPDX-License-Identifier: BSL-1.0
// Gathers elementwise operations and reductions into loops: what reads the same elements is computed in one
// pass, and a value that only its own loop reads never leaves the registers. Reductions and contractions end
// a loop. In: settled graph. Out: for every node its loop, and whether its value must be stored.
#pragma once

#include "fusegrad/pass/join.hpp"
#include "fusegrad/pass/place.hpp"

namespace fusegrad {

namespace fusing {

/// Elementwise operations, and reductions to one number: their accumulator stays in a register.
[[nodiscard]] constexpr bool loopable(const node& of) {
  return of.op->family == operation_family::elementwise ||
         (of.op->family == operation_family::reduction && of.extents.rank == 0);
}

/// What has a step of its own, before the loops of its stage.
[[nodiscard]] constexpr bool stands_alone(const node& of) {
  return of.op->family == operation_family::contraction || of.op->family == operation_family::placement ||
         of.op->family == operation_family::scan || of.op->family == operation_family::repetition ||
         (of.op->family == operation_family::reduction && of.extents.rank != 0);
}

[[nodiscard]] constexpr tensor_shape domain_of(const graph& in, node_id id) {
  return in[id].op->family == operation_family::reduction ? in[in[id].operands[0]].extents : in[id].extents;
}

/// What loops compute again where they read it, from choice to choice: conditions always; where memory is
/// short, what costs little and is made of leaves; then also of what is in memory whatever reads it.
enum class recomputation { conditions, of_leaves, of_memory };

/// Whether a value costs nothing to whoever reads it: nothing else has to be kept for it. What the rows share
/// is no part of their tiles.
[[nodiscard]] constexpr bool is_at_hand(const node& of, recomputation what) {
  if (of.op->family == operation_family::leaf || of.depends < level::row) return true;
  return what == recomputation::of_memory &&
         (stands_alone(of) || of.op->family == operation_family::reduction);
}

/// For each node, whether it costs so little that reading it from memory is hardly cheaper.
[[nodiscard]] constexpr node_flags cheap_values(const graph& in, recomputation what) {
  constexpr int little = 4, too_many = 1 << 10;  // flops
  sequence<int> flops(std::size_t(in.size()));   // to compute each from what is at hand
  node_flags cheap(std::size_t(in.size()));
  for (int i = 0; i < in.size(); ++i) {
    const node& here = in[node_id{i}];
    const bool elementwise = here.op->family == operation_family::elementwise;
    if (is_at_hand(here, what)) continue;
    int found = elementwise ? here.op->flops : here.op->family == operation_family::movement ? 0 : too_many;
    for (int k = 0; k < here.arity; ++k) found += flops.elements[here.operands[k].value];
    flops.elements[i] = found < too_many ? found : too_many;
    cheap.elements[i] = elementwise && here.depends == level::row && found <= little;
  }
  return cheap;
}

/// Conditions that are only read as they are, by loops, are cheaper computed again than stored. Where memory
/// is short, so are other values that cost little.
[[nodiscard]] constexpr node_flags inlined_values(const graph& in, const node_flags& needed,
                                                  recomputation what) {
  const node* const nodes = in.nodes().data();
  node_flags inlined(std::size_t(in.size()));
  if (what != recomputation::conditions) inlined = cheap_values(in, what);
  for (int i = 0; i < in.size(); ++i) {
    if (!needed.elements[i]) continue;
    if (loopable(nodes[i]))
      inlined.elements[i] |= char(nodes[i].kind == value_kind::condition);
    else
      for (int k = 0; k < nodes[i].arity; ++k) inlined.elements[nodes[i].operands[k].value] = 0;
  }
  for (const output& each : in.outputs()) inlined.elements[each.id.value] = 0;
  return inlined;
}

}  // namespace fusing

/// Builds a fusion; one object per graph.
class fuser {
 public:
  constexpr fuser(const graph& in, const node_flags& needed, fusing::recomputation again)
      : in_(in), nodes_(in.nodes().data()), needed_(needed), again_(again) {}

  constexpr fusion run() {
    inlined_ = fusing::inlined_values(in_, needed_, again_);
    only_mean_ = read_by_means_only(in_, needed_);
    result_.reads = list_reads(in_, needed_, inlined_);
    result_.places = sequence<fused_place>(std::size_t(in_.size()));
    if (has_repetitions(in_))
      visit_with_repetitions();
    else
      for (int i = 0; i < in_.size(); ++i)
        if (needed_.elements[i]) visit(i);
    join_loops(nodes_, result_);
    sink();
    drop_empty_loops();
    find_stored();
    return static_cast<fusion&&>(result_);
  }

 private:
  constexpr void visit(int i) {
    fused_place& place = result_.places.elements[i];
    place.inlined = inlined_.elements[i] != 0;
    place.in_loop = !place.inlined && fusing::loopable(nodes_[i]);
    place.skipped = only_mean_.elements[i] != 0;
    find_phase(i, place);
    find_stage(i, place);
    if (place.in_loop) find_loop(i, place);
  }

  // Repetitions.

  constexpr void visit_with_repetitions() {
    result_.order = order_of(in_, needed_);
    result_.repeated.resize(result_.order.repetitions.size());
    visit_part(-1);
  }

  /// What is computed in the repetition `inside`.
  constexpr void visit_part(int inside) {
    result_.order.walk(
        inside,
        [&](int id) {
          result_.places.elements[id].repetition = inside;
          visit(id);
        },
        [&](int within) { visit_repetition(within); });
  }
  constexpr void visit_repetition(int which) {
    repeated_stages& stages = result_.repeated[std::size_t(which)];
    stages.when = phase_of(result_.order.repetitions[std::size_t(which)]);
    stages.first = last_stage_[int(stages.when)] + 1;
    stages.last = max_stage;
    visit_part(which);
    stages.last = last_stage_[int(stages.when)];
    if (stages.last < stages.first) stages.last = stages.first;
  }

  /// What is repeated runs in one phase.
  constexpr phase phase_of(const repetition& of) const {
    if (nodes_[of.step].depends == level::row) return phase::rows;
    for (int at = of.begin; at < of.end; ++at)
      if (reads_after_rows(nodes_[result_.order.order.elements[at]])) return phase::after_rows;
    return phase::before_rows;
  }

  /// The first stage from `least` on that belongs to no repetition which a node is not a part of.
  constexpr int stage_outside(int least, const fused_place& place) const {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t i = 0; i < result_.repeated.size(); ++i) {
        const repeated_stages& each = result_.repeated[i];
        const bool known = each.last >= each.first && each.last < max_stage;
        if (!known || each.when != place.when || least < each.first || least > each.last) continue;
        least = each.last + 1;
        moved = true;
      }
    }
    return least;
  }

  static constexpr int max_stage = 1 << 30;

  constexpr void find_phase(int id, fused_place& place) {
    const node& here = nodes_[id];
    const bool is_mean = here.op->family == operation_family::row_mean, after = reads_after_rows(here);
    if (place.repetition >= 0) {
      place.when = result_.repeated[std::size_t(place.repetition)].when;
      if (is_mean) result_.trouble = {problem_kind::mean_in_repetition, here.extents, {}};
    } else if (here.depends < level::row) {
      place.when = after || is_mean ? phase::after_rows : phase::before_rows;
    } else {
      place.when = phase::rows;
    }
    if (place.when == phase::rows && after && !is_mean)
      result_.trouble = {problem_kind::two_row_phases, here.extents, {}};
  }
  constexpr bool reads_after_rows(const node& here) const {
    for (int k = 0; k < here.arity; ++k)
      if (result_.places.elements[here.operands[k].value].when == phase::after_rows) return true;
    return false;
  }

  constexpr void find_stage(int id, fused_place& place) {
    if (place.repetition >= 0) place.stage = result_.repeated[std::size_t(place.repetition)].first;
    const value_read* const end = result_.reads.end_of(id);
    for (const value_read* read = result_.reads.begin_of(id); read != end; ++read) {
      const fused_place& below = result_.places.elements[read->value];
      if (below.when == place.when && below.stage > place.stage) place.stage = below.stage;
    }
    const bool begins = nodes_[id].op == &row<carry_op>() || begins_repetition(nodes_[id]);
    if (fusing::stands_alone(nodes_[id]) && !begins) ++place.stage;
    if (result_.repeated.empty()) return;
    place.stage = stage_outside(place.stage, place);
    int& last = last_stage_[int(place.when)];
    if (place.stage > last) last = place.stage;
  }

  constexpr void find_loop(int id, fused_place& place) {
    const tensor_shape domain = fusing::domain_of(in_, node_id{id});
    const value_read* const end = result_.reads.end_of(id);
    for (const value_read* read = result_.reads.begin_of(id); read != end; ++read) {
      const fused_place& below = result_.places.elements[read->value];
      if (!below.in_loop || below.when != place.when || below.stage != place.stage) continue;
      const node& value = nodes_[read->value];
      const bool same_loop =
          !read->moved && value.op->family == operation_family::elementwise && value.extents == domain;
      const int least = same_loop ? below.rank : below.rank + 1;
      if (least > place.rank) place.rank = least;
    }
    const bool alone = place.when != phase::rows && is_long_copy(nodes_[id]);
    place.loop = alone ? -1 : loop_of(place, domain);
    if (place.loop >= 0) return;
    place.loop = int(result_.loops.size());
    result_.loops.push_back({place.when, place.stage, place.rank, domain, place.repetition, alone});
  }

  /// The loop that a node may join, or -1.
  constexpr int loop_of(const fused_place& place, const tensor_shape& domain) const {
    for (int i = int(result_.loops.size()) - 1; i >= 0; --i) {  // from the end, where it most often lies
      const loop_outline& each = result_.loops.elements[i];
      if (each.rank != place.rank || each.stage != place.stage || each.when != place.when) continue;
      if (each.domain == domain && !each.alone) return i;
    }
    return -1;
  }

  /// Whether a node copies so many elements that a loop more costs nothing: stores to two memories in turn are
  /// slower than to one after the other.
  static constexpr bool is_long_copy(const node& here) {
    constexpr int many = 4096;
    return here.op == &row<copy_op>() && here.extents.elements() >= many;
  }

  /// For each node the one loop that reads it, directly and nothing else of it; or -1.
  [[nodiscard]] constexpr sequence<int> only_loops_that_read() const {
    sequence<int> found(std::size_t(in_.size()));  // 0: nothing reads it so far; else 1 + the loop
    for (int i = 0; i < in_.size(); ++i) {
      const fused_place& reader = result_.places.elements[i];
      if (reader.inlined) continue;
      const value_read* const end = result_.reads.end_of(i);
      for (const value_read* read = result_.reads.begin_of(i); read != end; ++read) {
        int& loop = found.elements[read->value];
        const bool here = reader.in_loop && !read->moved && (loop == 0 || loop == reader.loop + 1);
        loop = here ? reader.loop + 1 : -1;
      }
    }
    for (const output& each : in_.outputs()) found.elements[base_of(in_, each.id).value] = -1;
    for (int i = 0; i < in_.size(); ++i)
      found.elements[i] = found.elements[i] > 0 ? found.elements[i] - 1 : -1;
    return found;
  }

  [[nodiscard]] constexpr bool reads_leaves_only(int id) const {
    const value_read* const end = result_.reads.end_of(id);
    for (const value_read* read = result_.reads.begin_of(id); read != end; ++read)
      if (nodes_[read->value].op->family != operation_family::leaf) return false;
    return true;
  }

  /// Moves what only needs leaves into the one loop that reads it: it then never needs memory.
  constexpr void sink() {
    const sequence<int> readers = only_loops_that_read();
    for (int i = in_.size() - 1; i >= 0; --i) {
      fused_place& place = result_.places.elements[i];
      const int reader = readers.elements[i];
      if (!place.in_loop || reader < 0 || reader == place.loop) continue;
      const loop_outline& wanted = result_.loops.elements[reader];
      if (nodes_[i].op->family != operation_family::elementwise || wanted.when != place.when) continue;
      if (wanted.repetition != place.repetition) continue;  // it would be computed again in every step
      if (!(wanted.domain == nodes_[i].extents) || !reads_leaves_only(i)) continue;
      place.loop = reader;
      place.stage = wanted.stage;
      place.rank = wanted.rank;
    }
  }

  /// Forgets loops that have become empty.
  constexpr void drop_empty_loops() {
    sequence<int> renamed(result_.loops.size());  // 1 + the new index
    sequence<loop_outline> kept;
    for (fused_place& place : result_.places) {
      if (place.loop < 0) continue;
      int& name = renamed.elements[place.loop];
      if (name == 0) {
        kept.push_back(result_.loops.elements[place.loop]);
        name = int(kept.size());
      }
      place.loop = name - 1;
    }
    result_.loops = static_cast<sequence<loop_outline>&&>(kept);
  }

  /// What another loop or step reads, or an output. What an outer product reads is read by its mean in its
  /// stead.
  constexpr void find_stored() {
    for (int i = 0; i < in_.size(); ++i) {
      const fused_place& place = result_.places.elements[i];
      if (place.inlined) continue;
      const value_read* const end = result_.reads.end_of(i);
      for (const value_read* read = result_.reads.begin_of(i); read != end; ++read) {
        fused_place& below = result_.places.elements[read->value];
        const bool in_register = place.in_loop && below.loop == place.loop && !read->moved &&
                                 nodes_[read->value].op->family == operation_family::elementwise;
        if (!in_register) below.stored = true;
      }
    }
    for (const output& each : in_.outputs())
      result_.places.elements[base_of(in_, each.id).value].stored = true;
  }

  const graph& in_;
  const node* nodes_;
  const node_flags& needed_;
  fusing::recomputation again_;
  node_flags inlined_;
  node_flags only_mean_;
  int last_stage_[std::size(all_phases)] = {};  // counted where there are repetitions
  fusion result_;
};

/// Assigns every operation that is needed to a loop. `again`: what loops that read it compute again.
[[nodiscard]] constexpr fusion fuse(const graph& in, const node_flags& needed,
                                    fusing::recomputation again = fusing::recomputation::conditions) {
  return fuser(in, needed, again).run();
}

}  // namespace fusegrad
