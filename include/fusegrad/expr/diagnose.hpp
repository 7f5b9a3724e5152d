// SPDX-License-Identifier: BSL-1.0
// Says what is wrong with a formula at the user's own line: one literal sentence, and a type that carries the
// facts.
#pragma once

#include "fusegrad/base/fixed_string.hpp"
#include "fusegrad/graph/problem.hpp"

namespace fusegrad {

/// A shape as a type, for diagnostics.
template <int... Extents> struct extents {};

/// The facts of a wrong formula: how it was written, and the shapes that met.
template <fixed_string Formula, class Left, class Right> struct wrong_formula {};

/// Fails with the sentence of one kind of problem. The sentences are those of `sentence(problem_kind)`: a
/// static_assert takes a literal only.
template <problem_kind Kind, class Facts> constexpr void diagnose() {
  using enum problem_kind;
  static_assert(Kind != shapes_do_not_broadcast,
                "the shapes of the operands do not match: equal extents, 1 or a missing axis are needed");
  static_assert(Kind != product_extents_differ, "matrix product: the inner extents of the operands differ");
  static_assert(Kind != product_of_these_ranks,
                "matrix product: one operand must be a matrix, the other a matrix or a vector");
  static_assert(Kind != axis_out_of_range, "the operand has no such axis");
  static_assert(Kind != pick_needs_label, "v[y] and one_hot(y) need a label: write label<\"y\", classes>");
  static_assert(Kind != pick_classes_differ,
                "v[y]: the last extent of v differs from the number of classes of the label");
  static_assert(Kind != pick_positions_differ,
                "v[y] with several labels: v is one vector, or its axes before the last end with those of y");
  static_assert(Kind != label_is_no_number,
                "a label is a class, not a number: use v[y] or one_hot(y), or declare it "
                "as target<\"y\">");
  static_assert(Kind != condition_expected,
                "where(c, a, b), c && d, c || d, !c, any(c): c and d must be comparisons such as x > y");
  static_assert(Kind != condition_is_no_number, "a comparison is no number: use where(condition, a, b)");
  static_assert(Kind != loss_is_no_scalar, "a loss must be a scalar per row: reduce it with sum or mean");
  static_assert(Kind != symbol_with_two_shapes, "one symbol is used with two different shapes or roles");
  static_assert(Kind != not_a_parameter,
                "grad(loss, w): w must be a parameter (or another real symbol) that the loss "
                "contains");
  static_assert(Kind != rank_too_large, "a value has more than six axes");
  static_assert(Kind != reshape_changes_size, "reshape must keep the number of elements");
  static_assert(Kind != too_many_random_values, "a formula draws more than 256 random values");
  static_assert(Kind != too_many_statistics, "values of rows depend on more than 256 means over all rows");
  static_assert(
      Kind != slice_out_of_range,
      "slice<axis, start, stop, step>(v) needs 0 <= start < stop <= extent and a step of 1 or more; "
      "negative positions count from the end");
  static_assert(Kind != index_out_of_range, "at and take: the operand has no element of this index");
  static_assert(Kind != padding_is_negative, "pad<axis, before, after>(v): zeros cannot be fewer than none");
  static_assert(
      Kind != concat_extents_differ,
      "concat and stack: the extents of the operands differ beside the axis along which they are put "
      "together");
  static_assert(Kind != not_a_square_matrix, "diagonal(m): m must be a square matrix");
  static_assert(Kind != not_a_triangle,
                "lower_triangular<n>(v): v must be a vector of n * (n + 1) / 2 elements");
  static_assert(Kind != window_does_not_fit,
                "a window must have elements, a stride of 1 or more, and fit into the padded image");
  static_assert(Kind != no_image,
                "conv2d(image, weights): the image is [channels, height, width], the weights are "
                "[outputs, channels, height, width]");
  static_assert(Kind != channels_differ,
                "conv2d(image, weights): the image has another number of channels than the weights");
  static_assert(Kind != two_row_phases,
                "values of rows depend on means over all rows: one sweep is not enough");
  static_assert(Kind != einsum_letters_and_axes,
                "einsum: an operand has another number of axes than letters");
  static_assert(Kind != einsum_two_extents, "einsum: one letter stands for axes of two extents");
  static_assert(Kind != einsum_result_letter,
                "einsum: a letter of the result stands in no operand, or twice after ->");
  static_assert(Kind != split_leaves_a_rest,
                "split<parts, axis>(v): the extent of the axis is no multiple of the number of parts");
  static_assert(
      Kind != groups_do_not_divide,
      "conv2d<stride, padding, dilation, groups>: channels and outputs must be multiples of the groups, "
      "and weights have the channels of one group");
  static_assert(
      Kind != heads_do_not_divide,
      "multi_head_attention<heads>: the width of queries, keys and values is no multiple of the heads");
  static_assert(Kind != gather_classes_differ,
                "gather(t, y): a table must have one element for each class of the label along the axis that "
                "it chooses from");
  static_assert(Kind != embedding_classes_differ,
                "embedding(table, y): the table must have one row for each class of the label y");
  static_assert(Kind != no_symbol_of_formula,
                "jvp, vjp and jacobian differentiate by a parameter (or another real symbol) "
                "that the formula contains");
  static_assert(Kind != direction_of_other_shape,
                "jvp(f, x, v) and hvp(loss, w, v): the direction has the shape of the symbol; "
                "vjp(f, x, u): the weights have the shape of the formula");
  static_assert(Kind != direction_of_rows,
                "jvp and vjp: the formula depends on a mean over all rows, so a direction of "
                "what the rows share, or the weights of such a mean, cannot differ from row to "
                "row");
  static_assert(Kind != gradient_of_row_through_mean,
                "the value of a row depends on a mean over all rows, so that no row has a "
                "derivative of its own: differentiate mean_over_rows of it");
  static_assert(Kind != carry_changes_shape, "fold and scan: the body must keep the shape of the carry");
  static_assert(Kind != elements_of_other_extents,
                "fold and scan: the values whose elements are taken need a first axis of one extent");
  static_assert(Kind != too_many_repetitions,
                "a formula with its derivatives has more than 64 fold and scan");
  static_assert(Kind != mean_in_repetition,
                "fold and scan: the body cannot hold a mean over the rows of the batch of what it carries");
}

}  // namespace fusegrad
