// SPDX-License-Identifier: BSL-1.0
// The bound that a formula sets to the memory of a tile: see op/scratch_within.hpp. It is read from the formula
// as it was written, and dropped before all other passes, so that no rule has to look through it.
// In: graph as it was written. Out: the bound; the same graph without it.
#pragma once

#include <array>
#include <span>

#include "fusegrad/op/scratch_within.hpp"
#include "fusegrad/pass/plan.hpp"
#include "fusegrad/pass/rewrite.hpp"

namespace fusegrad {

namespace scratch_bounds {

constexpr ref drop(ref at) { return at.operand(0); }

inline constexpr std::array rules{
    rewrite_rule{"bound", "scratch_within(x) = x", &row<scratch_within_op>(), any_operand, drop}};

}  // namespace scratch_bounds

/// The smallest bound that stands in a formula, in bytes; 0 if there is none.
[[nodiscard]] constexpr int scratch_bound(std::span<const node> formula) {
  int bound = 0;
  for (const node& each : formula) {
    if (each.op != &row<scratch_within_op>()) continue;
    const int bytes = int(each.payload.number);
    if (bound == 0 || bytes < bound) bound = bytes;
  }
  return bound;
}

/// The graph without its bounds.
[[nodiscard]] constexpr graph without_bound(const graph& from) {
  return rewrite(from, scratch_bounds::rules);
}

/// A machine on which a tile takes no more than a formula allows.
[[nodiscard]] constexpr machine within_bound(machine on, int bound) {
  on.most_scratch = bound;
  return on;
}

}  // namespace fusegrad
