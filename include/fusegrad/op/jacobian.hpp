// SPDX-License-Identifier: BSL-1.0
// Whole matrices of derivatives as values: jacobian and hessian, promises that the compiler keeps.
#pragma once

#include "fusegrad/op/jvp.hpp"

namespace fusegrad {

/// Every derivative of an element of a formula by an element of a symbol. Reads `number`: 1 where the result
/// is known to be symmetric.
struct jacobian_op : promised_derivative {
  static constexpr std::string_view name = "jacobian";
  static constexpr int arity = 2;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& value = in[of.operands[0]];
    const node& by = in[of.operands[1]];
    problem trouble = problem_of(value, by);
    if (value.extents.rank + by.extents.rank > max_rank)
      return {value.extents, value_kind::real, {problem_kind::rank_too_large, value.extents, by.extents}};
    tensor_shape extents = value.extents;
    for (int axis = 0; axis < by.extents.rank; ++axis) extents.push_back(by.extents[axis]);
    return {extents, value_kind::real, trouble};
  }
};

struct jacobian_function {
  using printed_as = jacobian_op;
  constexpr ref operator()(ref value, ref by) const { return apply<jacobian_op>(value, by); }
};

/// A function of refs: the Jacobian of the gradient, which is symmetric.
struct hessian_function {
  static constexpr std::string_view word = "hessian";
  constexpr ref operator()(ref value, ref by) const {
    attributes payload;
    payload.number = 1;
    return apply<jacobian_op>(payload, apply<gradient_op>(value, by), by);
  }
};

/// Every derivative of an element of f by an element of x. All directions are one further axis of the same
/// loops, or the steps of a repetition where something takes no further axis (fold, scan, convolutions): the plan
/// does not grow with the extents. Reverse mode where f has fewer elements than x, else forward.
/// Shape:   f of any shape -> the axes of f, then those of x: at most six in all.
/// Errors:  compile time, if x is no parameter, input or target in f, or if there are more than six axes.
/// Cost:    the lesser of the elements of f and of x, times a pass of that mode.
template <formula Value, formula Symbol> [[nodiscard]] constexpr auto jacobian(Value f, Symbol x) {
  return call<jacobian_function>(f, x);
}

/// The Jacobians by several symbols, as a std::tuple in their order: see grad.
template <formula Value, formula First, formula Second, formula... Rest>
[[nodiscard]] constexpr auto jacobian(Value f, First first, Second second, Rest... rest) {
  return std::tuple{jacobian(f, first), jacobian(f, second), jacobian(f, rest)...};
}

/// Every second derivative of a scalar by two elements of w: forward over reverse, all directions as for a
/// Jacobian.
/// Shape:   scalar -> the axes of w twice: at most six in all.
/// Errors:  as grad and jacobian.
/// Cost:    the elements of w, times an hvp.
template <formula Value, formula Symbol> [[nodiscard]] constexpr auto hessian(Value loss, Symbol w) {
  return call<hessian_function>(loss, w);
}

}  // namespace fusegrad
