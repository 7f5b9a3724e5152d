// SPDX-License-Identifier: BSL-1.0
// Gathers elementwise operations and reductions into loops: what reads the same elements is computed in one
// pass, and a value that only its own loop reads never leaves the registers. Reductions and contractions end
// a loop. In: settled graph. Out: for every node its loop, and whether its value must be stored.
#pragma once

#include "fusegrad/pass/place.hpp"

namespace fusegrad {

/// Where a node is computed.
struct fused_place {
  phase when = phase::rows;
  int stage = 0;  // number of contractions before it
  int rank = 0;   // number of loops of its stage before it
  int loop = -1;
  bool in_loop = false;  // elementwise or reduction
  bool inlined = false;  // a condition, computed again by every loop that tests it
  bool stored = false;   // read by another loop or step
  bool skipped = false;  // an outer product that exists only as its mean over rows
};

/// One loop before its operations are listed.
struct loop_outline {
  phase when = phase::rows;
  int stage = 0;
  int rank = 0;
  shape domain;

  bool operator==(const loop_outline&) const = default;
};

/// The result of fusion.
struct fusion {
  std::vector<fused_place> places;
  std::vector<loop_outline> loops;
  problem trouble;
};

namespace fusing {

/// Elementwise operations, and reductions to one number: their accumulator stays in a register.
[[nodiscard]] constexpr bool loopable(const node& of) {
  return of.op->family == operation_family::elementwise ||
         (of.op->family == operation_family::reduction && of.extents.rank == 0);
}

/// What has a step of its own, before the loops of its stage.
[[nodiscard]] constexpr bool stands_alone(const node& of) {
  return of.op->family == operation_family::contraction ||
         (of.op->family == operation_family::reduction && of.extents.rank != 0);
}

[[nodiscard]] constexpr shape domain_of(const graph& in, node_id id) {
  return in[id].op->family == operation_family::reduction ? in[in[id].operands[0]].extents : in[id].extents;
}

/// Calls `visit(base, through a movement)` for each value that a node reads, looking through inlined
/// conditions.
constexpr void for_each_read(const graph& in, const std::vector<fused_place>& places, node_id id,
                             auto& visit) {
  for (int k = 0; k < in[id].arity; ++k) {
    const node_id operand = in[id].operands[k];
    const view seen = view_of(in, operand);
    const bool moved = in[operand].op->family == operation_family::movement;
    if (!moved && places[std::size_t(operand.value)].inlined)
      for_each_read(in, places, operand, visit);
    else
      visit(seen.base, moved);
  }
}

/// Conditions that are only read as they are, by loops, are cheaper computed again than stored.
constexpr void find_inlined(const graph& in, const std::vector<char>& needed,
                            std::vector<fused_place>& places) {
  for (int i = 0; i < in.size(); ++i) {
    const node& each = in[node_id{i}];
    places[std::size_t(i)].inlined =
        needed[std::size_t(i)] && each.kind == value_kind::condition && loopable(each);
  }
  for (int i = 0; i < in.size(); ++i) {
    if (!needed[std::size_t(i)] || loopable(in[node_id{i}])) continue;
    for (int k = 0; k < in[node_id{i}].arity; ++k)
      places[std::size_t(in[node_id{i}].operands[k].value)].inlined = false;
  }
  for (const output& each : in.outputs()) places[std::size_t(each.id.value)].inlined = false;
}

constexpr void find_phase(const graph& in, node_id id, fusion& into) {
  const node& here = in[id];
  fused_place& place = into.places[std::size_t(id.value)];
  bool after = here.op->family == operation_family::row_mean;
  for (int k = 0; k < here.arity; ++k)
    after = after || into.places[std::size_t(here.operands[k].value)].when == phase::after_rows;
  if (here.depends == level::row) {
    if (after && here.op->family != operation_family::row_mean)
      into.trouble = {problem_kind::two_row_phases, here.extents, {}};
    place.when = phase::rows;
  } else {
    place.when = after ? phase::after_rows : phase::before_rows;
  }
}

constexpr void find_stage_and_rank(const graph& in, node_id id, fusion& into) {
  const node& here = in[id];
  fused_place& place = into.places[std::size_t(id.value)];
  const auto stage = [&](node_id operand, bool) {
    const fused_place& below = into.places[std::size_t(operand.value)];
    if (below.when == place.when && below.stage > place.stage) place.stage = below.stage;
  };
  for_each_read(in, into.places, id, stage);
  if (stands_alone(here)) ++place.stage;
  if (!place.in_loop) return;
  const shape domain = domain_of(in, id);
  const auto rank = [&](node_id operand, bool moved) {
    const fused_place& below = into.places[std::size_t(operand.value)];
    if (!below.in_loop || below.when != place.when || below.stage != place.stage) return;
    const bool same_loop =
        !moved && in[operand].op->family == operation_family::elementwise && in[operand].extents == domain;
    const int least = below.rank + (same_loop ? 0 : 1);
    if (least > place.rank) place.rank = least;
  };
  for_each_read(in, into.places, id, rank);
}

constexpr void find_loop(const graph& in, node_id id, fusion& into) {
  fused_place& place = into.places[std::size_t(id.value)];
  const loop_outline wanted{place.when, place.stage, place.rank, domain_of(in, id)};
  for (std::size_t i = 0; i < into.loops.size(); ++i)
    if (into.loops[i] == wanted) place.loop = int(i);
  if (place.loop >= 0) return;
  place.loop = int(into.loops.size());
  into.loops.push_back(wanted);
}

constexpr void find_stored(const graph& in, const std::vector<char>& needed, fusion& into) {
  for (int i = 0; i < in.size(); ++i) {
    const fused_place& place = into.places[std::size_t(i)];
    if (!needed[std::size_t(i)] || place.inlined || place.skipped) continue;
    const auto visit = [&](node_id operand, bool moved) {
      fused_place& below = into.places[std::size_t(operand.value)];
      const bool in_register = place.in_loop && below.loop == place.loop && !moved &&
                               in[operand].op->family == operation_family::elementwise;
      if (!in_register) below.stored = true;
    };
    for_each_read(in, into.places, node_id{i}, visit);
  }
  for (const output& each : in.outputs()) into.places[std::size_t(each.id.value)].stored = true;
}

}  // namespace fusing

namespace fusing {

/// For each node the one loop that reads it, directly and nothing else of it; or -1.
[[nodiscard]] constexpr std::vector<int> only_loops_that_read(const graph& in,
                                                              const std::vector<char>& needed,
                                                              const fusion& from) {
  constexpr int none = -2;  // nothing reads it so far
  std::vector<int> found(std::size_t(in.size()), none);
  for (int i = 0; i < in.size(); ++i) {
    const fused_place& reader = from.places[std::size_t(i)];
    if (!needed[std::size_t(i)] || reader.inlined) continue;
    const auto visit = [&](node_id operand, bool moved) {
      int& loop = found[std::size_t(operand.value)];
      const bool here = reader.in_loop && !moved && (loop == none || loop == reader.loop);
      loop = here ? reader.loop : -1;
    };
    for_each_read(in, from.places, node_id{i}, visit);
  }
  for (const output& each : in.outputs()) found[std::size_t(each.id.value)] = -1;
  for (int& loop : found) loop = loop == none ? -1 : loop;
  return found;
}

/// Moves what only needs leaves into the one loop that reads it: it then never needs memory.
constexpr void sink(const graph& in, const std::vector<char>& needed, fusion& into) {
  const std::vector<int> readers = only_loops_that_read(in, needed, into);
  for (int i = in.size() - 1; i >= 0; --i) {
    fused_place& place = into.places[std::size_t(i)];
    if (!needed[std::size_t(i)] || !place.in_loop ||
        in[node_id{i}].op->family != operation_family::elementwise)
      continue;
    bool leaves = true;
    const auto visit = [&](node_id operand, bool) {
      leaves = leaves && in[operand].op->family == operation_family::leaf;
    };
    for_each_read(in, into.places, node_id{i}, visit);
    const int reader = leaves ? readers[std::size_t(i)] : -1;
    if (reader < 0 || reader == place.loop) continue;
    const loop_outline& wanted = into.loops[std::size_t(reader)];
    if (!(wanted.domain == in[node_id{i}].extents) || wanted.when != place.when) continue;
    place.loop = reader;
    place.stage = wanted.stage;
    place.rank = wanted.rank;
  }
}

/// Forgets loops that have become empty.
constexpr void drop_empty_loops(fusion& from) {
  std::vector<int> renamed(from.loops.size(), -1);
  std::vector<loop_outline> kept;
  for (fused_place& place : from.places) {
    if (place.loop < 0) continue;
    int& name = renamed[std::size_t(place.loop)];
    if (name < 0) {
      name = int(kept.size());
      kept.push_back(from.loops[std::size_t(place.loop)]);
    }
    place.loop = name;
  }
  from.loops = static_cast<std::vector<loop_outline>&&>(kept);
}

}  // namespace fusing

/// Assigns every operation to a loop.
[[nodiscard]] constexpr fusion fuse(const graph& in) {
  fusion result;
  result.places.resize(std::size_t(in.size()));
  const std::vector<char> needed = reachable(in);
  fusing::find_inlined(in, needed, result.places);
  const std::vector<char> only_mean = read_by_means_only(in, needed);
  for (int i = 0; i < in.size(); ++i) {
    if (!needed[std::size_t(i)]) continue;
    fused_place& place = result.places[std::size_t(i)];
    const node& here = in[node_id{i}];
    place.in_loop = fusing::loopable(here) && !place.inlined;
    place.skipped = only_mean[std::size_t(i)] != 0;
    fusing::find_phase(in, node_id{i}, result);
    fusing::find_stage_and_rank(in, node_id{i}, result);
    if (place.in_loop) fusing::find_loop(in, node_id{i}, result);
  }
  fusing::sink(in, needed, result);
  fusing::drop_empty_loops(result);
  // What an outer product reads must still be stored: its mean reads it in its stead.
  fusing::find_stored(in, needed, result);
  for (int i = 0; i < in.size(); ++i) {
    if (!needed[std::size_t(i)] || !result.places[std::size_t(i)].skipped) continue;
    for (int k = 0; k < 2; ++k)
      result.places[std::size_t(view_of(in, in[node_id{i}].operands[k]).base.value)].stored = true;
  }
  return result;
}

}  // namespace fusegrad
