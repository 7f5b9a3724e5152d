// SPDX-License-Identifier: BSL-1.0
// The leaves: numbers, symbols, and the position of an element within its tensor.
#pragma once

#include <optional>

#include "fusegrad/graph/print.hpp"
#include "fusegrad/op/describe.hpp"

namespace fusegrad {

/// What all leaves share.
struct leaf_operation {
  static constexpr operation_family family = operation_family::leaf;
  static constexpr int arity = 0;
  static constexpr int flops = 0;
};

/// A number that fills a shape. Reads `number`, `extents`.
struct constant_op : leaf_operation {
  static constexpr std::string_view name = "constant";
  static constexpr inference infer(const graph&, const node& of) {
    return {of.payload.extents, value_kind::real, {}};
  }
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>*, tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = Real(of.payload.number);
  }
  static constexpr printed print(const graph&, const node& of, const printed*) {
    return {to_text(of.payload.number), of.payload.number < 0 ? 3 : 9};
  }
  static constexpr printed latex(const graph&, const node& of, const printed*) {
    return {latex_number(of.payload.number),
            of.payload.number < 0 ? latex_binding::sum : latex_binding::atom};
  }
};

/// A named leaf; its values are bound at the call. Reads `symbol`.
struct symbol_op : leaf_operation {
  static constexpr std::string_view name = "symbol";
  static constexpr inference infer(const graph& in, const node& of) {
    const symbol& named = in.symbols()[std::size_t(of.payload.symbol)];
    return {named.extents, named.role == symbol_role::label ? value_kind::category : value_kind::real, {}};
  }
  static constexpr printed print(const graph& in, const node& of, const printed*) {
    return {text(in.symbols()[std::size_t(of.payload.symbol)].name), 9};
  }
  static constexpr printed latex(const graph& in, const node& of, const printed*) {
    return {latex_name(in.symbols()[std::size_t(of.payload.symbol)].name), latex_binding::atom};
  }
};

/// The position of each element along some axes, counted row-major. Reads `extents`, `axes`.
struct position_op : leaf_operation {
  static constexpr std::string_view name = "position";
  static constexpr inference infer(const graph&, const node& of) {
    return {of.payload.extents, value_kind::category, {}};
  }
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>*, tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i)
      result[i] = Real(position_of(i, result.extents, of.payload.axes));
  }
  static constexpr printed print(const graph&, const node&, const printed*) { return {"position", 9}; }
  static constexpr printed latex(const graph&, const node&, const printed*) {
    return {"\\mathrm{position}", latex_binding::atom};
  }

  /// The position along `axes` of the element with row-major index `element`.
  static constexpr int position_of(int element, const tensor_shape& extents, axis_set axes) {
    int position = 0;
    for (int axis = 0; axis < extents.rank; ++axis)
      if (contains(axes, axis))
        position = position * extents[axis] + element / extents.stride(axis) % extents[axis];
    return position;
  }
};

/// A number of the given shape.
[[nodiscard]] constexpr ref constant_in(graph& in, double value, const tensor_shape& extents = {}) {
  attributes payload;
  payload.number = value == 0 ? 0 : value;  // one zero, so that equal constants are one node
  payload.extents = extents;
  return {&in, in.add(row<constant_op>(), nullptr, 0, payload)};
}

/// A number of the shape of `like`.
[[nodiscard]] constexpr ref constant_like(ref like, double value) {
  return constant_in(*like.in, value, like.extents());
}

/// A symbol of the graph, added if it is new.
[[nodiscard]] constexpr ref symbol_in(graph& in, const symbol& named) {
  attributes payload;
  payload.symbol = in.add_symbol(named);
  return {&in, in.add(row<symbol_op>(), nullptr, 0, payload)};
}

/// The position of each element of a tensor along some axes.
[[nodiscard]] constexpr ref position_in(graph& in, const tensor_shape& extents, axis_set axes) {
  attributes payload;
  payload.extents = extents;
  payload.axes = axes;
  return {&in, in.add(row<position_op>(), nullptr, 0, payload)};
}

/// The number that fills a value, if it is a constant.
[[nodiscard]] constexpr std::optional<double> number_in(ref value) {
  if (!is<constant_op>(value)) return std::nullopt;
  return value->payload.number;
}

[[nodiscard]] constexpr bool is_number(ref value, double wanted) {
  return is<constant_op>(value) && value->payload.number == wanted;
}

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/op/movement.hpp"
