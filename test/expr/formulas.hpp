// SPDX-License-Identifier: BSL-1.0
// Ways to look at the graphs of expressions.
#pragma once

#include "fusegrad/expr/expression.hpp"

#include <algorithm>
#include <string>

namespace fusegrad::test {

/// Whether two graphs are the same in every node, symbol and output, in the same order.
constexpr bool identical(const graph& a, const graph& b) {
  return std::ranges::equal(a.nodes(), b.nodes()) && std::ranges::equal(a.symbols(), b.symbols()) &&
         std::ranges::equal(a.outputs(), b.outputs());
}

/// Whether two formulas have the same graph.
template <class A, class B> constexpr bool same_graph(A, B) { return identical(lowered<A>(), lowered<B>()); }

/// A formula as it is printed.
template <class Formula> constexpr text shown(Formula) {
  const graph whole = lowered<Formula>();
  return to_text(whole, whole.outputs()[0].id);
}

}  // namespace fusegrad::test
