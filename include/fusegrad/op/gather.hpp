// SPDX-License-Identifier: BSL-1.0
// Rows of a table by labels: reading those that classes name, and its transpose, which adds to these rows
// alone. Neither looks at the other rows, so that a table may have a million of them.
#pragma once

#include "fusegrad/op/pick.hpp"

namespace fusegrad {

/// What is wrong with a table whose first axis labels should choose from.
[[nodiscard]] constexpr problem problem_of_table(const graph& in, const node& table, const node& label) {
  if (label.kind != value_kind::category) return {problem_kind::pick_needs_label, label.extents, {}};
  if (table.extents.rank == 0) return {problem_kind::gather_classes_differ, table.extents, {}};
  if (label.extents.rank + table.extents.rank - 1 > max_rank)
    return {problem_kind::rank_too_large, table.extents, label.extents};
  const int classes = classes_of(in, label);
  if (classes == 0 || classes == table.extents[0]) return {};
  return {problem_kind::gather_classes_differ, table.extents, tensor_shape{classes}};
}

/// Rows of a table: what stands at the places on the first axis that classes name. The axes of the labels
/// come first, then the other axes of the table.
struct gather_op : placement_operation {
  static constexpr std::string_view name = "gather";
  static constexpr int arity = 2;
  static constexpr bool masks = true;  // the rows that are not read
  static constexpr inference infer(const graph& in, const node& of) {
    const node& table = in[of.operands[0]];
    const node& label = in[of.operands[1]];
    problem trouble = problem_of_table(in, table, label);
    if (trouble) return {{}, value_kind::real, trouble};
    tensor_shape extents = label.extents;
    for (int axis = 1; axis < table.extents.rank; ++axis) extents.push_back(table.extents[axis]);
    return {extents, value_kind::real, real_expected(table)};
  }
  template <class Real>
  static constexpr void evaluate(const node&, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const int width = operands[0].extents.stride(0);
    for (int i = 0; i < result.extents.elements(); ++i)
      result[i] = operands[0][int(operands[1][i / width]) * width + i % width];
  }
  static constexpr ref transpose(int, const ref* operands, ref, ref adjoint);
  static constexpr ref carried(ref tables, const node& of);
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {latex_subscript(operands[0], operands[1].text), latex_binding::atom};
  }
};

/// A table of zeros but for the rows that classes name, one for each label; those of one class are added.
/// Reads `extents`: the table's.
struct place_at_label_op : placement_operation {
  static constexpr std::string_view name = "place_at_label";
  static constexpr int arity = 2;
  static constexpr inference infer(const graph& in, const node& of) {
    problem trouble = real_expected(in[of.operands[0]]);
    const node& label = in[of.operands[1]];
    if (label.kind != value_kind::category) trouble = {problem_kind::pick_needs_label, label.extents, {}};
    return {of.payload.extents, value_kind::real, trouble};
  }
  template <class Real>
  static constexpr void evaluate(const node&, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const int width = result.extents.stride(0);
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = 0;
    for (int i = 0; i < operands[0].extents.elements(); ++i)
      result[int(operands[1][i / width]) * width + i % width] += operands[0][i];
  }
  static constexpr ref transpose(int, const ref* operands, ref, ref adjoint) {
    return apply<gather_op>(adjoint, operands[1]);
  }
  static constexpr ref carried(ref rows, const node& of);
  /// As on paper: the outer product of the class as a vector and the row; of a sequence of labels the product
  /// of matrices that adds these up.
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    const int rows = in[of.operands[0]].extents.rank, labels = in[of.operands[1]].extents.rank;
    const text one = text("one_hot(") + operands[1].text + ")";
    if (labels > 1 || (labels == 1 && rows > 2))
      return {text("place_at_label(") + operands[0].text + ", " + operands[1].text + ")", 9};
    if (labels == 1) return {text("transpose(") + one + ") * " + enclose(operands[0], 3), 2};
    if (rows == 0) return {enclose(operands[0], 2) + " * " + one, 2};
    return {text("outer(") + one + ", " + operands[0].text + ")", 9};
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    const bool one = in[of.operands[1]].extents.rank == 0;
    return {text("\\mathbf{e}_{") + operands[1].text + (one ? "} \\otimes " : "}^{\\top} ") +
                enclose_latex(operands[0], latex_binding::product),
            latex_binding::product};
  }
};

/// A table of some shape, zero but for the row that a label names.
[[nodiscard]] constexpr ref place_at_label(ref row, ref label, const tensor_shape& table) {
  attributes payload;
  payload.extents = table;
  return apply<place_at_label_op>(payload, row, label);
}

constexpr ref gather_op::transpose(int, const ref* operands, ref, ref adjoint) {
  return place_at_label(adjoint, operands[1], operands[0].extents());
}

/// The order of axes that brings `count` of them, from one on, to the front.
[[nodiscard]] constexpr axis_letters in_front(int first, int count, int rank) {
  axis_letters order;
  for (int axis = first; axis < first + count; ++axis) order.push_back(axis + 1);
  for (int axis = 0; axis < rank; ++axis)
    if (axis < first || axis >= first + count) order.push_back(axis + 1);
  return order;
}

/// The order that brings them back.
[[nodiscard]] constexpr axis_letters from_front(int first, int count, int rank) {
  const axis_letters there = in_front(first, count, rank);
  axis_letters order;
  for (int axis = 0; axis < rank; ++axis) order.push_back(there.find(axis + 1) + 1);
  return order;
}

/// The elements of one axis that labels name: the axes of the labels stand in the place of that axis.
[[nodiscard]] constexpr ref gather_along(ref table, int axis, ref label) {
  const ref rows = apply<gather_op>(transpose_of(table, in_front(axis, 1, table.rank())), label);
  return transpose_of(rows, from_front(axis, label.rank(), rows.rank()));
}

/// A table of some shape, zero but for what stands at the places on one axis that labels name.
[[nodiscard]] constexpr ref place_along(ref row, int axis, ref label, const tensor_shape& table) {
  const tensor_shape moved = with_leading(table[axis], without(table, 1u << axis));
  const ref rows = transpose_of(row, in_front(axis, label.rank(), row.rank()));
  return transpose_of(place_at_label(rows, label, moved), from_front(axis, 1, table.rank));
}

constexpr ref gather_op::carried(ref tables, const node& of) {
  return gather_along(tables, 1, {tables.in, of.operands[1]});
}
constexpr ref place_at_label_op::carried(ref rows, const node& of) {
  return place_along(rows, 1, {rows.in, of.operands[1]}, with_leading(rows.extents()[0], of.extents));
}

template <int Axis> struct gather_function {
  static constexpr std::string_view word = "gather";
  constexpr ref operator()(ref table, ref label) const {
    if (table.rank() == 0) return apply<gather_op>(table, label);  // which reports it
    return gather_along(table, axis_in(table, Axis), label);
  }
};

/// A function of refs: the rows of a table that labels name.
struct embedding_function {
  static constexpr std::string_view word = "embedding";
  constexpr ref operator()(ref table, ref label) const {
    problem trouble = problem_of_table(*table.in, *table, *label);
    const bool matrix = table.rank() == 2;
    if (trouble.kind == problem_kind::gather_classes_differ || (!trouble && !matrix))
      trouble = {problem_kind::embedding_classes_differ, table.extents(), trouble.right};
    if (trouble) table.in->report(trouble);
    return apply<gather_op>(table, label);
  }
};

/// What stands at the place on one axis that a label names: a row of a matrix, or a column with `gather<1>`.
/// Shape:  t [..., classes, ...], label of as many classes -> the other axes of t; of labels [n] those with n in
///         the place of the classes, as NumPy's `take`.
/// Errors: compile time, if the axis has not one element for each class.
/// Cost:   one read per element of the result; in the gradient one addition for each, and once per step a
///         pass over all of t, whose gradient is as large as t.
template <int Axis = 0, formula Table, formula Label> [[nodiscard]] constexpr auto gather(Table t, Label y) {
  return call<gather_function<Axis>>(t, y);
}

/// The row of a table that a label names; of a sequence of labels one row each: `embedding(E, words)`.
/// Shape:  table [classes, width], label of as many classes -> [width]; labels [n] -> [n, width].
/// Errors: compile time, if the table has not one row for each class.
/// Cost:   as `gather`: whatever the number of classes, one row is read, and one row of the gradient added
///         to, for each label.
template <formula Table, formula Label> [[nodiscard]] constexpr auto embedding(Table table, Label y) {
  return call<embedding_function>(table, y);
}

}  // namespace fusegrad
