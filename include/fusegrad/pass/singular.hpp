// SPDX-License-Identifier: BSL-1.0
// Which values of a graph may be NaN or infinite though the data are finite: beside them an absolute zero of
// a derivative needs a select. An analysis; adds nothing.
#pragma once

#include "fusegrad/op/repetition.hpp"

namespace fusegrad {

/// For each node, whether something in it, or below it, is singular somewhere.
[[nodiscard]] constexpr node_flags singular_nodes(const graph& in) {
  node_flags singular(std::size_t(in.size()));
  bool repeats = false;
  do {
    for (int i = 0; i < in.size(); ++i) {
      const node& each = in[node_id{i}];
      singular[std::size_t(i)] |= char(each.op->unbounded_partial);
      for (int k = 0; k < each.arity; ++k)
        singular[std::size_t(i)] |= singular[std::size_t(each.operands[k].value)];
      repeats = repeats || each.op->family == operation_family::repetition;
    }
  } while (repeats && mark_carries(in, singular));
  return singular;
}

/// Whether a node or one of its operands may be NaN or infinite.
[[nodiscard]] constexpr bool meets_singular(const node_flags& singular, const node& here) {
  for (int k = 0; k < here.arity; ++k)
    if (singular[std::size_t(here.operands[k].value)]) return true;
  return here.op->unbounded_partial;
}

}  // namespace fusegrad
