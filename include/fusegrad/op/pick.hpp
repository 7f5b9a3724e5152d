// SPDX-License-Identifier: BSL-1.0
// Classes and vectors: v[y] picks the element of a class, one_hot(y) is the class as a vector.
// Both are selects on the position along the last axis, so no kernel ever gathers by class or multiplies by
// zeros.
#pragma once

#include "fusegrad/op/reduce.hpp"

namespace fusegrad {

/// Whether each position along the last axis is the class: a condition of the given shape.
[[nodiscard]] constexpr ref at_class(ref label, const shape& extents) {
  const axis_set last = 1u << (extents.rank - 1);
  const ref position = position_in(*label.in, extents, last);
  return position == broadcast_over(label, extents, all_axes(extents));
}

/// The class as a vector: 1 at its position, 0 elsewhere. Reads `extents`: [classes].
struct one_hot_op {
  static constexpr std::string_view name = "one_hot";
  static constexpr bool no_derivative = true;  // of a label
  static constexpr operation_family family = operation_family::composite;
  static constexpr int arity = 1;
  static constexpr int flops = 1;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& label = in[of.operands[0]];
    problem trouble;
    if (label.kind != value_kind::category) trouble = {problem_kind::pick_needs_label, label.extents, {}};
    return {of.payload.extents, value_kind::real, trouble};
  }
  template <class Real>
  static constexpr void evaluate(const node&, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = Real(i == int(operands[0][0]));
  }
  static constexpr ref define(ref of) {
    return where(at_class(of.operand(0), of.extents()), constant_like(of, 1), constant_like(of, 0));
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\mathbf{e}_{") + operands[0].text + "}", latex_binding::atom};
  }
};

constexpr ref gather_along(ref table, int axis, ref label);
constexpr ref place_along(ref row, int axis, ref label, const shape& table);

/// Whether a picked value is the same for all rows, and so long that the element is read where it is. In a
/// short one it is looked for among all, in the loops around it.
[[nodiscard]] constexpr bool is_long_table(ref vector) {
  constexpr int many = 64;
  return vector->depends < level::row && vector.extents().back() >= many;
}

/// The element of the last axis that a class names.
struct pick_op {
  static constexpr std::string_view name = "pick";
  static constexpr operation_family family = operation_family::composite;
  static constexpr int arity = 2;
  static constexpr int flops = 1;
  static constexpr bool masks = true;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& vector = in[of.operands[0]];
    const node& label = in[of.operands[1]];
    problem trouble;
    if (label.kind != value_kind::category || vector.extents.rank == 0)
      trouble = {problem_kind::pick_needs_label, vector.extents, label.extents};
    else if (vector.kind != value_kind::real)
      trouble = {problem_kind::condition_is_no_number, vector.extents, label.extents};
    else
      trouble = class_problem(in, vector, label);
    const axis_set last = vector.extents.rank == 0 ? 0 : 1u << (vector.extents.rank - 1);
    return {without(vector.extents, last), value_kind::real, trouble};
  }
  template <class Real>
  static constexpr void evaluate(const node&, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const int classes = operands[0].extents.back();
    for (int i = 0; i < result.extents.elements(); ++i)
      result[i] = operands[0][i * classes + int(operands[1][0])];
  }
  static constexpr ref transpose(int, const ref* operands, ref, ref adjoint) {
    const shape extents = operands[0].extents();
    if (is_long_table(operands[0])) return place_along(adjoint, extents.rank - 1, operands[1], extents);
    const ref wide = broadcast_over(adjoint, extents, 1u << (extents.rank - 1));
    return where(at_class(operands[1], extents), wide, 0);
  }
  static constexpr attributes carry(const node& of, int, unsigned) { return of.payload; }
  static constexpr ref define(ref of) {
    const shape extents = of.operand(0).extents();
    if (is_long_table(of.operand(0))) return gather_along(of.operand(0), extents.rank - 1, of.operand(1));
    const ref taken = where(at_class(of.operand(1), extents), of.operand(0), 0);
    return sum_over(taken, 1u << (extents.rank - 1));
  }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return {enclose(operands[0], 9) + "[" + operands[1].text + "]", 9};
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {latex_subscript(operands[0], operands[1].text), latex_binding::atom};
  }

 private:
  static constexpr problem class_problem(const graph& in, const node& vector, const node& label) {
    if (label.payload.symbol < 0) return {};
    const int classes = in.symbols()[std::size_t(label.payload.symbol)].classes;
    if (classes == vector.extents.back()) return {};
    return {problem_kind::pick_classes_differ, vector.extents, shape{classes}};
  }
};

struct pick_function {
  using printed_as = pick_op;
  constexpr ref operator()(ref vector, ref label) const { return apply<pick_op>(vector, label); }
};

/// A function of refs: the label's class as a vector of its number of classes.
struct one_hot_function {
  using printed_as = one_hot_op;
  constexpr ref operator()(ref label) const {
    attributes payload;
    if (label->payload.symbol >= 0)
      payload.extents = shape{label.in->symbols()[std::size_t(label->payload.symbol)].classes};
    if (label->kind != value_kind::category)
      label.in->report({problem_kind::pick_needs_label, label.extents(), {}});
    return apply<one_hot_op>(payload, label);
  }
};

/// A label as a vector: 1 at the position of its class, 0 elsewhere.
/// Shape: label of n classes -> [n].
template <formula Label> [[nodiscard]] constexpr auto one_hot(Label y) { return call<one_hot_function>(y); }

/// The element of the last axis that a label names: `v[y]`.
template <formula Vector, formula Label> [[nodiscard]] constexpr auto pick(Vector v, Label y) {
  return call<pick_function>(v, y);
}

/// Fails with a sentence: a bare number stands in the place of a label.
template <class Index> constexpr void refuse_index() {
  static_assert(!sizeof(Index),
                "v[y] picks the class that a label names: y is label<\"y\", classes>, not a number");
}

template <class Label> constexpr auto ref::operator[](Label label) const { return pick(*this, label); }

}  // namespace fusegrad

// Declared above, defined there.
#include "fusegrad/op/gather.hpp"
