// SPDX-License-Identifier: BSL-1.0
// The product of elements. Its derivative by one of them is the product of the others, which is right also
// where factors are zero, to any order; result / x is not.
#pragma once

#include "fusegrad/op/reduce.hpp"

namespace fusegrad {

/// The product of the elements over some axes. Reads `axes`.
struct prod_op : reduction_operation {
  static constexpr std::string_view name = "prod";
  /// One accumulator per result, in row-major order of the operand.
  template <class Value> struct accumulator {
    Value product = Value(1);
    constexpr void add(Value each, Value) { product = product * each; }
    constexpr void merge(const accumulator& other) { product = product * other.product; }
    constexpr Value result() const { return product; }
  };
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = 1;
    for_each<Real>(of, operands[0], [&](int to, int, Real each) { result[to] *= each; });
  }
  static constexpr ref weights(ref operand, ref result);
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    return print_reduction(name, in, of, operands);
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    return latex_reduction("\\prod", in, of, operands);
  }
};

/// A value with some of its axes moved behind the others and made one.
[[nodiscard]] constexpr ref with_axes_as_last(ref value, axis_set axes) {
  axis_letters order;
  for (bool moved : {false, true})
    for (int axis = 0; axis < value.rank(); ++axis)
      if (contains(axes, axis) == moved) order.push_back(axis + 1);
  tensor_shape extents = without(value.extents(), axes);
  extents.push_back(elements_along(value.extents(), axes));
  return reshape_to(transpose_of(value, order), extents);
}

/// For each element the product of the others: all factors along a new last axis, the element itself as 1.
constexpr ref prod_op::weights(ref operand, ref result) {
  const tensor_shape extents = operand.extents();
  const axis_set axes = result->payload.axes;
  if (extents.rank == max_rank) {
    operand.in->report({problem_kind::rank_too_large, extents, {}});
    return operand;
  }
  tensor_shape wide = extents;
  wide.push_back(elements_along(extents, axes));
  const axis_set last = 1u << extents.rank;
  const ref factors = broadcast_over(with_axes_as_last(operand, axes), wide, axes);
  const ref itself = position_in(*operand.in, wide, axes) == position_in(*operand.in, wide, last);
  return reduce<prod_op>(where(itself, 1, factors), last);
}

/// The product over the given axes, over all without any: `prod(v)`, `prod<0>(v)`, `prod<-1>(v, keepdim)`.
/// Cost: one product per element; the gradient of n factors n * n, since it takes the product of the others
///       for each.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto prod(Value v) {
  return call<reduce_function<prod_op, false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto prod(Value v, keepdim_t) {
  return call<reduce_function<prod_op, true, Axes...>>(v);
}

}  // namespace fusegrad
