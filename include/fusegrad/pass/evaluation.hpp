// SPDX-License-Identifier: BSL-1.0
// What a formula is where nothing is learned: without dropout. In: graph as it was written. Out: the same
// graph, operations that are for training only replaced by what they say takes their place.
#pragma once

#include "fusegrad/op/words.hpp"
#include "fusegrad/pass/rewrite.hpp"

namespace fusegrad {

namespace evaluation {

constexpr ref replace(ref at) {
  if (at->op->in_evaluation == nullptr) return no_match;
  return {at.in, at->op->in_evaluation(*at.in, at.id)};
}

inline constexpr std::array rules{
    rewrite_rule{"evaluation", "what is for training only is left out", nullptr, any_operand, replace}};

}  // namespace evaluation

/// Whether a formula means something else in training.
[[nodiscard]] constexpr bool differs_in_training(const graph& in) {
  for (const node& each : in.nodes())
    if (each.op->in_evaluation != nullptr) return true;
  return false;
}

/// The graph as it is evaluated outside training.
[[nodiscard]] constexpr graph in_evaluation(const graph& from) { return rewrite(from, evaluation::rules); }

}  // namespace fusegrad
