// SPDX-License-Identifier: BSL-1.0
// Recompute or keep: how much of the rows is kept in memory, chosen by the plan that follows from it. All that
// is cheap to keep, less where the formula bounds the memory of a tile and a register of rows exceeds it.
// In: formula, machine. Out: all stages of the formula, and what its loops compute again.
#pragma once

#include "fusegrad/pass/pipeline.hpp"
#include "fusegrad/pass/schedule.hpp"
#include "fusegrad/pass/sweeps.hpp"

namespace fusegrad {

/// One choice of what is kept and what is computed again.
struct economy {
  int most_kept = reverse_mode::most_kept;  // numbers of a row that derivatives keep of a repetition
  fusing::recomputation again = fusing::recomputation::conditions;
};

/// How many choices there are for loops: the values of `recomputation`.
inline constexpr int economies_of_loops = 3;

/// How many choices there are for a formula.
[[nodiscard]] constexpr int economies_of(const graph& formula) {
  constexpr int of_repetitions = 5;
  return has_repetitions(formula) ? economies_of_loops * of_repetitions : economies_of_loops;
}

/// The choices, from what keeps most to what keeps least: loops compute more again, then derivatives keep an
/// eighth of the steps of a repetition, and so on, down to 4 numbers.
[[nodiscard]] constexpr economy economy_at(int choice) {
  return {reverse_mode::most_kept >> 3 * (choice / economies_of_loops),
          fusing::recomputation(choice % economies_of_loops)};
}

/// The memory of a tile of a settled graph, in bytes: the greatest of its sweeps.
[[nodiscard]] constexpr long long peak_scratch(const graph& settled, const machine& on, economy chosen) {
  const int sweeps = count_sweeps(settled);
  if (sweeps == 1) return scratch_bytes(make_plan(settled, on, chosen.again), on);
  long long peak = 0;
  for (int sweep = 1; sweep <= sweeps; ++sweep) {
    const long long bytes = scratch_bytes(make_plan(sweep_of(settled, sweep), on, chosen.again), on);
    if (bytes > peak) peak = bytes;
  }
  return peak;
}

/// The stages of a formula with the choice that they were made for.
struct economical_stages : formula_stages {
  economy chosen;
};

/// All passes, for a machine: of the first choice that is within its bound, else of the one that needs least.
[[nodiscard]] constexpr economical_stages run_passes_on(const machine& on, const graph& formula, goal wanted,
                                                        std::span<const symbol> by = {}) {
  economical_stages best{run_passes(formula, wanted, by), {}};
  if (on.most_scratch == 0) return best;
  long long least = peak_scratch(best.settled, on, best.chosen);
  for (int choice = 1; choice < economies_of(formula) && least > on.most_scratch; ++choice) {
    const economy chosen = economy_at(choice);
    economical_stages next{run_passes(formula, wanted, by, chosen.most_kept), chosen};
    const long long bytes = peak_scratch(next.settled, on, chosen);
    if (bytes >= least) continue;
    least = bytes;
    best = static_cast<economical_stages&&>(next);
  }
  return best;
}

}  // namespace fusegrad
