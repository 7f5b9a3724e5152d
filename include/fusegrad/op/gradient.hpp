// SPDX-License-Identifier: BSL-1.0
// grad(loss, w) as a value: a promise that the compiler keeps by differentiating the loss.
#pragma once

#include <tuple>

#include "fusegrad/op/loss.hpp"

namespace fusegrad {

/// What all promised derivatives share: a formula is differentiated by a symbol of real numbers.
struct promised_derivative {
  static constexpr bool no_derivative = true;  // written out before anything is differentiated
  static constexpr bool promise = true;
  static constexpr operation_family family = operation_family::composite;
  static constexpr int flops = 0;

  static constexpr problem problem_of(const node& value, const node& by) {
    if (const problem found = real_expected(value)) return found;
    if (by.op != &row<symbol_op>() || by.kind != value_kind::real)
      return {problem_kind::no_symbol_of_formula, value.extents, by.extents};
    return {};
  }

  /// The same, with a direction in the shape of `like`.
  static constexpr problem problem_of(const node& value, const node& by, const node& along,
                                      const node& like) {
    const problem found = problem_of(value, by);
    if (found) return found;
    if (along.kind != value_kind::real || !(along.extents == like.extents))
      return {problem_kind::direction_of_other_shape, like.extents, along.extents};
    return {};
  }
};

/// The gradient of a scalar by a symbol; expanded by a pass before anything is computed.
struct gradient_op : promised_derivative {
  static constexpr std::string_view name = "grad";
  static constexpr int arity = 2;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& value = in[of.operands[0]];
    const node& by = in[of.operands[1]];
    problem trouble = real_expected(value);
    if (value.extents.rank != 0) trouble = {problem_kind::loss_is_no_scalar, value.extents, by.extents};
    if (by.op != &row<symbol_op>() || by.kind != value_kind::real)
      trouble = {problem_kind::not_a_parameter, value.extents, by.extents};
    return {by.extents, value_kind::real, trouble};
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\nabla_{") + operands[1].text + "} " + enclose_latex(operands[0], latex_binding::atom),
            latex_binding::product};
  }
};

struct gradient_function {
  using printed_as = gradient_op;
  constexpr ref operator()(ref value, ref by) const { return apply<gradient_op>(value, by); }
};

/// The gradient of a scalar by a symbol, as an expression that can be used, and differentiated, like any
/// other. Of a value of a row it is the gradient of that row: `predict(grad(loss, W), model, data)` gives one
/// gradient per row.
/// Shape:   the symbol's.
/// Errors:  compile time, if `value` is no scalar, if `by` is no parameter, input or target in it, or if the
///          value of a row depends on a mean over all rows, by which no row has a gradient of its own.
/// Cost:    value and gradient together at most four times the value: see docs/derivatives.md.
template <formula Value, formula Symbol> [[nodiscard]] constexpr auto grad(Value value, Symbol by) {
  return call<gradient_function>(value, by);
}

/// The gradients of a scalar by several symbols, as a std::tuple in their order:
/// `const auto [by_w, by_b] = grad(loss, w, b)` in a function, `std::get<0>(grad(loss, w, b))` where all is
/// constexpr.
/// Cost:    in one formula they share one pass of reverse mode.
template <formula Value, formula First, formula Second, formula... Rest>
[[nodiscard]] constexpr auto grad(Value value, First first, Second second, Rest... rest) {
  return std::tuple{grad(value, first), grad(value, second), grad(value, rest)...};
}

}  // namespace fusegrad
