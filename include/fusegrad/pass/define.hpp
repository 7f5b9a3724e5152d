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

/// log_cosh(x) + log1p(q) takes one logarithm: s + log1p(z) + log1p(q) = s + log1p(z + q (1 + z)), where
/// cosh(x) is exp(s) (1 + z) with z from -1/2 to 0.3. Nothing cancels that did not before.
constexpr ref one_logarithm(ref at) {
  for (int i = 0; i < 2; ++i) {
    const ref sum = at.operand(i), other = at.operand(1 - i);
    if (!is<add_op>(sum) || !is<log1p_op>(sum.operand(1)) || !is<log1p_op>(other)) continue;
    const ref z = sum.operand(1).operand(0), q = other.operand(0);
    if (is<where_op>(z) && is<coshm1_op>(z.operand(1))) return sum.operand(0) + log1p(z + multiply(q, 1 + z));
  }
  return no_match;
}

/// x / c by the reciprocal of c: one rounding more, a tenth of the time. Not where the reciprocal might be
/// too small for a number, or too large.
constexpr ref divide_by_constant(ref at) {
  const ref divisor = at.operand(1);
  if (!is<constant_op>(divisor) || at->depends != level::row) return no_match;
  const double size = divisor->payload.number < 0 ? -divisor->payload.number : divisor->payload.number;
  if (!(size > 1e-30 && size < 1e30)) return no_match;
  return multiply(at.operand(0), constant_like(at, 1 / divisor->payload.number));
}

/// exp(s) / sum(exp(s)) by the reciprocal of the sum, which is from 1 to the number of elements where s is
/// shifted by its maximum: one division for all elements, one rounding more. Rows have few elements each, so that
/// a number more for each would cost what it saves.
constexpr ref divide_by_sum_of_powers(ref at) {
  const ref powers = at.operand(0), divisor = at.operand(1);
  if (at->depends == level::row) return no_match;
  if (!is<exp_op>(powers) || !is<broadcast_op>(divisor) || !is<sum_op>(divisor.operand(0))) return no_match;
  const ref total = divisor.operand(0);
  if (!same(total.operand(0), powers) || !is_shifted_by_max(powers.operand(0), total->payload.axes))
    return no_match;
  return multiply(broadcast_over(1 / total, at.extents(), divisor->payload.axes), powers);
}

inline constexpr std::array rules{
    rewrite_rule{"definition", "a composite is written out", nullptr, any_operand, define},
    rewrite_rule{"one logarithm", "log_cosh(x) + log1p(q) takes one logarithm", &row<add_op>(),
                 made_by<log1p_op>(), one_logarithm},
    rewrite_rule{"divide by constant", "x / 3 = x * (1 / 3)", &row<divide_op>(), made_by<constant_op>(),
                 divide_by_constant},
    rewrite_rule{"share", "exp(s) / sum(exp(s)) = 1 / sum(exp(s)) * exp(s)", &row<divide_op>(),
                 made_by<exp_op>(), divide_by_sum_of_powers},
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
