// SPDX-License-Identifier: BSL-1.0
// Joins loops over the same elements where nothing that the later one needs lies between them. A loop is at
// first as early as it can be; an adjoint that does not wait for a sum is thus computed beside it, in one
// pass. In: settled graph, nodes in loops. Out: the same with fewer loops.
#pragma once

#include "fusegrad/pass/plan.hpp"
#include "fusegrad/pass/reads.hpp"
#include "fusegrad/pass/repetitions.hpp"

namespace fusegrad {

/// Where a node is computed.
struct fused_place {
  phase when = phase::rows;
  int stage = 0;  // number of contractions before it
  int rank = 0;   // number of loops of its stage before it
  int loop = -1;
  int repetition = -1;   // the innermost one that it is a part of
  bool in_loop = false;  // elementwise or reduction
  bool inlined = false;  // a condition or cheap value, computed again by every loop that reads it
  bool stored = false;   // read by another loop or step
  bool skipped = false;  // an outer product that exists only as its mean over rows
};

/// One loop before its operations are listed.
struct loop_outline {
  phase when = phase::rows;
  int stage = 0;
  int rank = 0;
  tensor_shape domain;
  int repetition = -1;
  bool alone = false;  // one long copy: nothing else joins it

  bool operator==(const loop_outline&) const = default;
};

/// The stages that a repetition takes; no value outside of it has one of them.
struct repeated_stages {
  phase when = phase::rows;
  int first = 0;
  int last = -1;  // while it is not known
};

/// The result of fusion.
struct fusion {
  sequence<fused_place> places;  // per node
  read_list reads;
  sequence<loop_outline> loops;
  repetition_order order;                 // empty without repetitions
  std::vector<repeated_stages> repeated;  // one per repetition of `order`
  problem trouble;
};

/// Joins the loops of one stage; one object per stage.
class loop_joiner {
 public:
  /// `members` are loops of one stage, at most `most` of them.
  static constexpr int most = 16;
  constexpr loop_joiner(const node* nodes, fusion& of, const sequence<int>& members)
      : nodes_(nodes), of_(of), members_(members), count_(int(members.size())) {}

  constexpr void run() {
    bool joined = true;
    while (joined) {
      find_edges();
      joined = join_one();
    }
    settle_ranks();
  }

 private:
  /// How a loop depends on another: through registers if they were one, or through memory.
  enum class edge : unsigned char { none, by_register, by_memory };

  constexpr int index_of(int loop) const {
    for (int i = 0; i < count_; ++i)
      if (members_.elements[i] == loop) return i;
    return -1;
  }
  constexpr loop_outline& outline(int index) { return of_.loops.elements[members_.elements[index]]; }

  constexpr void find_edges() {
    for (int i = 0; i < count_ * most; ++i) edges_[i] = edge::none;
    for (std::size_t id = 0; id < of_.places.size(); ++id) {
      const int to = of_.places.elements[id].in_loop ? index_of(of_.places.elements[id].loop) : -1;
      if (to < 0) continue;
      const value_read* const end = of_.reads.end_of(int(id));
      for (const value_read* read = of_.reads.begin_of(int(id)); read != end; ++read) {
        const fused_place& below = of_.places.elements[read->value];
        const int from = below.in_loop ? index_of(below.loop) : -1;
        if (from < 0 || from == to) continue;
        const bool same = !read->moved && nodes_[read->value].op->family == operation_family::elementwise;
        edge& found = edges_[from * most + to];
        if (!same || found == edge::none) found = same ? edge::by_register : edge::by_memory;
      }
    }
  }

  /// Whether a loop is needed by another, directly or through others.
  constexpr bool leads(int from, int to) const {
    if (edges_[from * most + to] != edge::none) return true;
    for (int between = 0; between < count_; ++between)
      if (edges_[from * most + between] != edge::none && leads(between, to)) return true;
    return false;
  }
  constexpr bool can_join(int first, int second) {
    if (edges_[first * most + second] != edge::by_register) return false;
    if (!(outline(first).domain == outline(second).domain)) return false;
    for (int between = 0; between < count_; ++between)
      if (between != second && edges_[first * most + between] != edge::none && leads(between, second))
        return false;
    return true;
  }

  /// The two with the most elements: a join can stand in the way of another.
  constexpr bool join_one() {
    int most_elements = 0, from = -1, into = -1;
    for (int first = 0; first < count_; ++first)
      for (int second = 0; second < count_; ++second) {
        const int elements = outline(first).domain.elements();
        if (elements <= most_elements || !can_join(first, second)) continue;
        most_elements = elements;
        from = members_.elements[first];
        into = members_.elements[second];
      }
    if (from < 0) return false;
    for (fused_place& place : of_.places)
      if (place.loop == from) place.loop = into;
    return true;
  }

  /// A loop comes after those that it needs.
  constexpr void settle_ranks() {
    for (int i = 0; i < count_; ++i) outline(i).rank = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (int from = 0; from < count_; ++from)
        for (int to = 0; to < count_; ++to) {
          if (edges_[from * most + to] == edge::none || outline(to).rank > outline(from).rank) continue;
          outline(to).rank = outline(from).rank + 1;
          moved = true;
        }
    }
    for (fused_place& place : of_.places)
      if (place.in_loop && index_of(place.loop) >= 0) place.rank = of_.loops.elements[place.loop].rank;
  }

  const node* nodes_;
  fusion& of_;
  const sequence<int>& members_;
  int count_;
  edge edges_[most * most] = {};
};

/// Joins the loops of every stage that has no more of them than can be looked at pair by pair.
constexpr void join_loops(const node* nodes, fusion& of) {
  const std::size_t loops = of.loops.size();
  sequence<unsigned char> seen(loops);
  for (std::size_t i = 0; i < loops; ++i) {
    if (seen.elements[i]) continue;
    const loop_outline& first = of.loops.elements[i];
    sequence<int> members;
    bool alike = false;
    for (std::size_t k = i; k < loops; ++k) {
      const loop_outline& each = of.loops.elements[k];
      if (each.when != first.when || each.stage != first.stage) continue;
      seen.elements[k] = 1;
      for (int member : members) alike = alike || of.loops.elements[member].domain == each.domain;
      members.push_back(int(k));
    }
    if (alike && members.size() <= std::size_t(loop_joiner::most)) loop_joiner(nodes, of, members).run();
  }
}

}  // namespace fusegrad
