// SPDX-License-Identifier: BSL-1.0
// Derivatives along a direction as values: jvp, vjp and hvp, promises that the compiler keeps.
#pragma once

#include "fusegrad/op/gradient.hpp"

namespace fusegrad {

/// The rate of change of a formula while a symbol moves along a direction: operands formula, symbol,
/// direction.
struct jvp_op : promised_derivative {
  static constexpr std::string_view name = "jvp";
  static constexpr int arity = 3;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& value = in[of.operands[0]];
    const node& by = in[of.operands[1]];
    return {value.extents, value_kind::real, problem_of(value, by, in[of.operands[2]], by)};
  }
};

/// The gradient by a symbol of the products of a formula and weights, summed: operands formula, symbol,
/// weights.
struct vjp_op : promised_derivative {
  static constexpr std::string_view name = "vjp";
  static constexpr int arity = 3;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& value = in[of.operands[0]];
    const node& by = in[of.operands[1]];
    return {by.extents, value_kind::real, problem_of(value, by, in[of.operands[2]], value)};
  }
};

struct jvp_function {
  using printed_as = jvp_op;
  constexpr ref operator()(ref value, ref by, ref along) const { return apply<jvp_op>(value, by, along); }
};

struct vjp_function {
  using printed_as = vjp_op;
  constexpr ref operator()(ref value, ref by, ref weights) const { return apply<vjp_op>(value, by, weights); }
};

/// A function of refs: the Hessian of a scalar times a direction, forward over reverse.
struct hvp_function {
  static constexpr std::string_view word = "hvp";
  constexpr ref operator()(ref value, ref by, ref along) const {
    return apply<jvp_op>(apply<gradient_op>(value, by), by, along);
  }
};

/// The Jacobian of a formula times a vector: its rate of change while the symbol moves along the direction.
/// Shape:   f of any shape, v in the shape of x -> the shape of f.
/// Errors:  compile time, if x is no parameter, input or target in f, or if v has another shape.
/// Cost:    one pass of forward mode: value and tangent together at most three times the value.
/// Source:  Griewank, Walther 2008, "Evaluating Derivatives", ch. 3.
template <formula Value, formula Symbol, formula Direction>
[[nodiscard]] constexpr auto jvp(Value f, Symbol x, Direction v) {
  return call<jvp_function>(f, x, v);
}

/// A vector times the Jacobian of a formula: the gradient of sum(u * f) with u held.
/// Shape:   f of any shape, u in the shape of f -> the shape of x.
/// Errors:  compile time, if x is no parameter, input or target in f, or if u has another shape.
/// Cost:    one pass of reverse mode: as grad.
template <formula Value, formula Symbol, formula Weights>
[[nodiscard]] constexpr auto vjp(Value f, Symbol x, Weights u) {
  return call<vjp_function>(f, x, u);
}

/// The Hessian of a scalar times a vector, without the Hessian: the rate of change of the gradient while w
/// moves along v.
/// Shape:   scalar, v in the shape of w -> the shape of w.
/// Errors:  as grad and jvp.
/// Cost:    with value and gradient at most eight times the value.
/// Source:  Pearlmutter 1994, "Fast exact multiplication by the Hessian".
template <formula Value, formula Symbol, formula Direction>
[[nodiscard]] constexpr auto hvp(Value loss, Symbol w, Direction v) {
  return call<hvp_function>(loss, w, v);
}

}  // namespace fusegrad
