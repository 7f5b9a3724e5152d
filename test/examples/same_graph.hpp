// SPDX-License-Identifier: BSL-1.0
// Whether two formulas are one graph: as many nodes, and the same text.
#pragma once

#include <string>

#include "fusegrad/expr/expression.hpp"
#include "fusegrad/graph/print.hpp"

namespace fusegrad::test {

/// The text of a graph's value, and its number of nodes: "square(x) / 2 (4 nodes)".
[[nodiscard]] inline std::string described(const graph& of) {
  const text formula = to_text(of, of.outputs().front().id);
  return formula.string() + " (" + std::to_string(of.size()) + " nodes)";
}

/// The graph of a formula, as it was written.
template <class Formula> [[nodiscard]] std::string graph_of(Formula) { return described(lowered<Formula>()); }

}  // namespace fusegrad::test
