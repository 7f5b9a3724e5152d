// SPDX-License-Identifier: BSL-1.0
// From a formula to the scalar that a training step lowers: the mean over the rows of a row-level loss.
// In: graph of a formula. Out: graph whose value is of parameter level.
#pragma once

#include "fusegrad/op/rows.hpp"
#include "fusegrad/pass/prune.hpp"

namespace fusegrad {

/// The mean of the value over the rows. A penalty on parameters is kept out of the mean: it counts once per
/// step.
[[nodiscard]] constexpr graph objective(graph in) {
  const node_id value = in.find_output(output_role::value);
  const tensor_shape extents = in[value].extents;
  if (extents.rank != 0) in.report({problem_kind::loss_is_no_scalar, extents, {}});
  in.drop_outputs();
  in.add_output({output_role::value, -1, row_mean({&in, value}).id});
  return prune(static_cast<graph&&>(in));
}

}  // namespace fusegrad
