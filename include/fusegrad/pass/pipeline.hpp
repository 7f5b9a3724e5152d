// SPDX-License-Identifier: BSL-1.0
// The passes in their order, from the graph of a formula to the graph that a plan is made of. Ordinary
// functions: the compiler calls them in constant evaluations, `explain` once more at run time.
#pragma once

#include <span>
#include <vector>

#include "fusegrad/graph/verify.hpp"
#include "fusegrad/pass/define.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/evaluation.hpp"
#include "fusegrad/pass/expand_gradients.hpp"
#include "fusegrad/pass/objective.hpp"
#include "fusegrad/pass/quotients.hpp"
#include "fusegrad/pass/scratch.hpp"
#include "fusegrad/pass/stabilise.hpp"
#include "fusegrad/pass/view.hpp"

namespace fusegrad {

/// What is wanted of a formula. Who wants a gradient trains; the others evaluate.
enum class goal {
  rows,      // its value for every row
  mean,      // the mean over the rows
  gradient,  // the mean and its gradient by every parameter, or by the symbols that are asked for
};

/// The parameters of a graph, in the order in which the formula names them.
[[nodiscard]] constexpr std::vector<int> parameters_of(const graph& in) {
  std::vector<int> result;
  for (std::size_t i = 0; i < in.symbols().size(); ++i)
    if (in.symbols()[i].role == symbol_role::parameter) result.push_back(int(i));
  return result;
}

/// The places of some symbols among those of a graph.
[[nodiscard]] constexpr std::vector<int> places_of(std::span<const symbol> wanted, const graph& in) {
  std::vector<int> result;
  for (const symbol& each : wanted) result.push_back(in.find_symbol(each.name));
  return result;
}

namespace pipeline {

/// Every `grad(loss, w)` written out; what is for training only left out of what is only evaluated.
[[nodiscard]] constexpr graph expanded(const graph& formula, goal wanted,
                                       int most_kept = reverse_mode::most_kept) {
  if (scratch_bound(formula.nodes()) > 0)
    return expanded(verified(without_bound(formula)), wanted, most_kept);
  if (wanted != goal::gradient && differs_in_training(formula))
    return expanded(verified(in_evaluation(formula)), wanted, most_kept);
  if (!first_gradient(formula)) return formula;
  return verified(expand_gradients(formula, nullptr, most_kept));
}

/// What is computed: the formula, or its mean over the rows.
[[nodiscard]] constexpr graph value(const graph& expanded, goal wanted) {
  if (wanted == goal::rows) return expanded;  // no conditional operator: g++ 12 destroys its operands twice
  return verified(objective(expanded));
}

/// Nothing overflows or cancels.
[[nodiscard]] constexpr graph stable(const graph& value) { return verified(stabilise(value)); }

/// With one output more for each parameter, or for each symbol of `by`, if gradients are wanted.
[[nodiscard]] constexpr graph differentiated(const graph& stable, goal wanted,
                                             std::span<const symbol> by = {},
                                             int most_kept = reverse_mode::most_kept) {
  if (wanted != goal::gradient || stable.trouble()) return stable;
  const node_id value = stable.find_output(output_role::value);
  if (by.empty())
    return verified(differentiate(stable, value, parameters_of(stable), true, {}, false, most_kept));
  return verified(
      shares_of_rows(differentiate(stable, value, places_of(by, stable), true, {}, false, most_kept)));
}

/// What differentiation has appended to `stable` nodes in stable form, too, and products with reciprocals joined.
[[nodiscard]] constexpr graph simplified(const graph& differentiated, int stable) {
  graph simple = verified(stabilise(differentiated, nullptr, stable));
  if (is_as_written(differentiated)) return simple;
  return verified(join_quotients(static_cast<graph&&>(simple)));
}

/// Only operations that kernels know.
[[nodiscard]] constexpr graph composites_expanded(const graph& simplified) {
  return verified(expand_composites(simplified));
}

/// No `stop_gradient`: it has done its work.
[[nodiscard]] constexpr graph without_walls(const graph& composites_expanded) {
  return verified(drop_walls(composites_expanded), strictness::written_out);
}

/// What must lie in memory in its own order has memory of its own.
[[nodiscard]] constexpr graph settled(const graph& without_walls) {
  return verified(settle(without_walls), strictness::written_out);
}

}  // namespace pipeline

/// What a formula becomes on its way to a plan.
struct formula_stages {
  graph value;
  graph stable;
  graph differentiated;
  graph simplified;
  graph settled;
};

/// All passes, one after the other. `most_kept`: how many numbers derivatives may keep of the steps of a
/// repetition.
[[nodiscard]] constexpr formula_stages run_passes(const graph& formula, goal wanted,
                                                  std::span<const symbol> by = {},
                                                  int most_kept = reverse_mode::most_kept) {
  formula_stages result;
  result.value = pipeline::value(pipeline::expanded(formula, wanted, most_kept), wanted);
  result.stable = pipeline::stable(result.value);
  result.differentiated = pipeline::differentiated(result.stable, wanted, by, most_kept);
  result.simplified = pipeline::simplified(result.differentiated, result.stable.size());
  result.settled =
      pipeline::settled(pipeline::without_walls(pipeline::composites_expanded(result.simplified)));
  return result;
}

}  // namespace fusegrad
