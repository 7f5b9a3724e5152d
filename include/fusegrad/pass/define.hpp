// SPDX-License-Identifier: BSL-1.0
// Writes composite operations in terms of the simpler ones that kernels know; after this no wall for
// gradients is needed. In: differentiated graph. Out: graph of leaves, elementwise operations, movements,
// reductions, contractions, row means.
#pragma once

#include <array>

#include "fusegrad/op/words.hpp"
#include "fusegrad/pass/simplify.hpp"

namespace fusegrad::definitions {

/// Any composite is replaced by its definition.
constexpr ref define(ref at) {
  if (at->op->define == nullptr) return no_match;
  return {at.in, at->op->define(*at.in, at.id)};
}

/// An inner product of two values of one row is a product and a sum: it needs no micro-kernel.
constexpr ref inner_product(ref at) {
  if (at.rank() != 0 || at.operand(0)->depends != at.operand(1)->depends) return no_match;
  if (!(at->payload.letters[0] == at->payload.letters[1])) return no_match;  // one of them is transposed
  const ref product = multiply(at.operand(0), at.operand(1));
  return sum_over(product, all_axes(product.extents()));
}

inline constexpr std::array rules{
    rewrite_rule{"definition", "a composite is written out", nullptr, any_operand, define},
    rewrite_rule{"inner product", "dot(a, b) = sum(a * b)", &row<contract_op>(), any_operand, inner_product},
};

constexpr ref pass_gradient_wall(ref at) { return at.operand(0); }

/// Walls are dropped once all definitions stand: these look for them. What was hidden behind one is
/// simplified.
inline constexpr auto walls = [] {
  std::array<rewrite_rule, simplifications::rules.size() + 1> result{};
  result[0] = {"wall", "stop_gradient(x) = x", &row<stop_gradient_op>(), any_operand, pass_gradient_wall};
  for (std::size_t i = 0; i < simplifications::rules.size(); ++i) result[i + 1] = simplifications::rules[i];
  return result;
}();

}  // namespace fusegrad::definitions

namespace fusegrad {

/// The graph with every composite written out.
[[nodiscard]] constexpr graph expand_composites(const graph& from) {
  return rewrite(from, definitions::rules);
}

/// The graph without walls for gradients, in simplified form.
[[nodiscard]] constexpr graph drop_walls(const graph& from) { return rewrite(from, definitions::walls); }

/// The graph without composites and without walls.
[[nodiscard]] constexpr graph write_definitions(const graph& from) {
  return drop_walls(expand_composites(from));
}

}  // namespace fusegrad
