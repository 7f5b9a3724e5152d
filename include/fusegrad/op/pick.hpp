// SPDX-License-Identifier: BSL-1.0
// Classes and vectors: v[y] picks the element of a class, one_hot(y) is the class as a vector. Of a sequence
// of labels each picks from what stands at its own place, or all from one vector. Both are selects on the
// position along the last axis, so that no kernel multiplies by zeros. Only a vector that all labels pick
// from, or that is long and the same for all rows, is read where the classes say.
#pragma once

#include "fusegrad/op/reduce.hpp"

namespace fusegrad {

/// How many classes a label has, or labels of which it is a part; 0 where that is not known.
[[nodiscard]] constexpr int classes_of(const graph& in, const node& label) {
  const node* of = &label;
  while (of->op->family == operation_family::movement) of = &in[of->operands[0]];
  if (of->payload.symbol >= 0) return in.symbols()[std::size_t(of->payload.symbol)].classes;
  return of->op->family == operation_family::leaf ? int(of->payload.number) : 0;
}

/// Whether the last axes of a shape are those of another.
[[nodiscard]] constexpr bool ends_with(const tensor_shape& of, const tensor_shape& end) {
  for (int back = 1; back <= end.rank; ++back)
    if (back > of.rank || of[of.rank - back] != end[end.rank - back]) return false;
  return true;
}

/// Whether labels can pick from a tensor: from one vector all of them, else each from those at its own place.
[[nodiscard]] constexpr bool can_pick(const tensor_shape& labels, const tensor_shape& from) {
  return from.rank == 1 || (from.rank > 1 && ends_with(without(from, 1u << (from.rank - 1)), labels));
}

/// Whether each position along the last axis is the class: a condition of the given shape. The axes before
/// the last end with those of the labels.
[[nodiscard]] constexpr ref at_class(ref labels, const tensor_shape& extents) {
  const int last = extents.rank - 1, begin = last > labels.rank() ? last - labels.rank() : 0;
  const axis_set own = all_axes(labels.extents()) << begin;
  const ref position = position_in(*labels.in, extents, 1u << last);
  return position == broadcast_over(labels, extents, all_axes(extents) & ~own);
}

/// The class as a vector: 1 at its position, 0 elsewhere. Reads `extents`: [classes], behind the axes of the
/// label.
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
    const int classes = result.extents.back();
    for (int i = 0; i < result.extents.elements(); ++i)
      result[i] = Real(i % classes == int(operands[0][i / classes]));
  }
  static constexpr ref define(ref of) {
    return where(at_class(of.operand(0), of.extents()), constant_like(of, 1), constant_like(of, 0));
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\mathbf{e}_{") + operands[0].text + "}", latex_binding::atom};
  }
};

constexpr ref gather_along(ref table, int axis, ref label);
constexpr ref place_along(ref row, int axis, ref label, const tensor_shape& table);

/// Whether a picked value is the same for all rows, and so long that the element is read where it is. In a
/// short one it is looked for among all, in the loops around it.
[[nodiscard]] constexpr bool is_long_table(ref vector) {
  constexpr int many = 64;
  return vector->depends < level::row && vector.extents().back() >= many;
}

/// Whether picked elements are read where they are.
[[nodiscard]] constexpr bool reads_at_label(ref vector, ref label) {
  return label.rank() == 0 ? is_long_table(vector) : vector.rank() == 1;
}

/// The element of the last axis that a class names; of several labels what each of them names.
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
    if (vector.extents.rank <= 1) return {label.extents, value_kind::real, trouble};
    return {without(vector.extents, 1u << (vector.extents.rank - 1)), value_kind::real, trouble};
  }
  template <class Real>
  static constexpr void evaluate(const node&, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const int classes = operands[0].extents.back(), labels = operands[1].extents.elements();
    const int apart = operands[0].extents.rank == 1 ? 0 : classes;
    for (int i = 0; i < result.extents.elements(); ++i)
      result[i] = operands[0][i * apart + int(operands[1][i % labels])];
  }
  static constexpr ref transpose(int, const ref* operands, ref, ref adjoint) {
    const tensor_shape extents = operands[0].extents();
    if (reads_at_label(operands[0], operands[1]))
      return place_along(adjoint, extents.rank - 1, operands[1], extents);
    const ref wide = broadcast_over(adjoint, extents, 1u << (extents.rank - 1));
    return where(at_class(operands[1], extents), wide, 0);
  }
  static constexpr ref carried(ref vectors, const node& of) {
    const ref label{vectors.in, of.operands[1]};
    if (vectors.rank() == 2 && label.rank() > 0) return gather_along(vectors, 1, label);
    return apply<pick_op>(vectors, label);
  }
  static constexpr ref define(ref of) {
    const tensor_shape extents = of.operand(0).extents();
    if (reads_at_label(of.operand(0), of.operand(1)))
      return gather_along(of.operand(0), extents.rank - 1, of.operand(1));
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
    const int classes = classes_of(in, label);
    if (classes != 0 && classes != vector.extents.back())
      return {problem_kind::pick_classes_differ, vector.extents, tensor_shape{classes}};
    if (can_pick(label.extents, vector.extents)) return {};
    return {problem_kind::pick_positions_differ, vector.extents, label.extents};
  }
};

struct pick_function {
  using printed_as = pick_op;
  constexpr ref operator()(ref vector, ref label) const { return apply<pick_op>(vector, label); }
};

/// A function of refs: the class of each label as a vector of their number of classes.
struct one_hot_function {
  using printed_as = one_hot_op;
  constexpr ref operator()(ref label) const {
    attributes payload;
    const int classes = classes_of(*label.in, *label);
    if (label->kind != value_kind::category || classes == 0)
      label.in->report({problem_kind::pick_needs_label, label.extents(), {}});
    else if (label.rank() == max_rank)
      label.in->report({problem_kind::rank_too_large, label.extents(), {}});
    else
      payload.extents = with_last(label.extents(), classes);
    return apply<one_hot_op>(payload, label);
  }
};

/// A label as a vector: 1 at the position of its class, 0 elsewhere.
/// Shape: label of n classes -> [n]; labels [...] -> [..., n].
template <formula Label> [[nodiscard]] constexpr auto one_hot(Label y) { return call<one_hot_function>(y); }

/// The element of the last axis that a label names: `v[y]`.
/// Shape:  v [..., classes], label of as many classes -> [...]. Labels [n] pick from [..., n, classes] each
///         at its own place -> [..., n], or all from [classes] -> [n].
/// Errors: compile time, if the classes or the places are others.
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
