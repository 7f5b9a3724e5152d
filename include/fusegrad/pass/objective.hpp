// SPDX-License-Identifier: BSL-1.0
// From a formula to the scalar that a training step lowers: the mean over the rows of a row-level loss.
// In: graph of a formula. Out: graph whose value is of parameter level.
#pragma once

#include "fusegrad/op/rows.hpp"
#include "fusegrad/pass/prune.hpp"

namespace fusegrad {

/// The mean of the value over the rows. A penalty on parameters is kept out of the mean: it counts once per
/// step.
[[nodiscard]] constexpr graph objective(const graph& from) {
  graph result;
  for (const symbol& each : from.symbols()) result.add_symbol(each);
  for (const node& each : from.nodes()) result.add(*each.op, each.operands, each.arity, each.payload);
  const node_id value = from.find_output(output_role::value);
  if (result[value].extents.rank != 0)
    result.report({problem_kind::loss_is_no_scalar, result[value].extents, {}});
  result.add_output({output_role::value, -1, row_mean({&result, value}).id});
  result.report(from.trouble());
  return prune(static_cast<graph&&>(result));
}

}  // namespace fusegrad
