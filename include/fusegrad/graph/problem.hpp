// SPDX-License-Identifier: BSL-1.0
// What can be wrong with a formula, as a value: the first problem met is kept and told to the user as a
// sentence.
#pragma once

#include <string_view>

#include "fusegrad/base/shape.hpp"

namespace fusegrad {

/// The kinds of wrong formula. Each has one sentence, in `sentence`.
enum class problem_kind {
  none,
  shapes_do_not_broadcast,
  product_extents_differ,
  product_of_these_ranks,
  axis_out_of_range,
  pick_needs_label,
  pick_classes_differ,
  pick_positions_differ,
  label_is_no_number,
  condition_expected,
  condition_is_no_number,
  loss_is_no_scalar,
  symbol_with_two_shapes,
  not_a_parameter,
  rank_too_large,
  reshape_changes_size,
  too_many_random_values,
  too_many_statistics,
  slice_out_of_range,
  index_out_of_range,
  padding_is_negative,
  concat_extents_differ,
  not_a_square_matrix,
  not_a_triangle,
  window_does_not_fit,
  no_image,
  channels_differ,
  two_row_phases,
  einsum_letters_and_axes,
  einsum_two_extents,
  einsum_result_letter,
  split_leaves_a_rest,
  groups_do_not_divide,
  heads_do_not_divide,
  gather_classes_differ,
  embedding_classes_differ,
  no_symbol_of_formula,
  direction_of_other_shape,
  direction_of_rows,
  gradient_of_row_through_mean,
  carry_changes_shape,
  elements_of_other_extents,
  too_many_repetitions,
  mean_in_repetition,
};

/// A problem with the two shapes that met.
struct problem {
  problem_kind kind = problem_kind::none;
  tensor_shape left;
  tensor_shape right;

  [[nodiscard]] constexpr explicit operator bool() const { return kind != problem_kind::none; }
};

/// What was called, what was found, what to do.
[[nodiscard]] constexpr std::string_view sentence(problem_kind kind) {
  switch (kind) {
    case problem_kind::none: return "no problem";
    case problem_kind::shapes_do_not_broadcast:
      return "the shapes of the operands do not match: equal extents, 1 or a missing axis are needed";
    case problem_kind::product_extents_differ:
      return "matrix product: the inner extents of the operands differ";
    case problem_kind::product_of_these_ranks:
      return "matrix product: one operand must be a matrix, the other a matrix or a vector";
    case problem_kind::axis_out_of_range: return "the operand has no such axis";
    case problem_kind::pick_needs_label:
      return "v[y] and one_hot(y) need a label: write label<\"y\", classes>";
    case problem_kind::pick_classes_differ:
      return "v[y]: the last extent of v differs from the number of classes of the label";
    case problem_kind::pick_positions_differ:
      return "v[y] with several labels: v is one vector, or its axes before the last end with those of y";
    case problem_kind::label_is_no_number:
      return "a label is a class, not a number: use v[y] or one_hot(y), or declare it as target<\"y\">";
    case problem_kind::condition_expected:
      return "where(c, a, b), c && d, c || d, !c, any(c): c and d must be comparisons such as x > y";
    case problem_kind::condition_is_no_number: return "a comparison is no number: use where(condition, a, b)";
    case problem_kind::loss_is_no_scalar:
      return "a loss must be a scalar per row: reduce it with sum or mean";
    case problem_kind::symbol_with_two_shapes: return "one symbol is used with two different shapes or roles";
    case problem_kind::not_a_parameter:
      return "grad(loss, w): w must be a parameter (or another real symbol) that the loss contains";
    case problem_kind::rank_too_large: return "a value has more than six axes";
    case problem_kind::reshape_changes_size: return "reshape must keep the number of elements";
    case problem_kind::too_many_random_values: return "a formula draws more than 256 random values";
    case problem_kind::too_many_statistics:
      return "values of rows depend on more than 256 means over all rows";
    case problem_kind::slice_out_of_range:
      return "slice<axis, start, stop, step>(v) needs 0 <= start < stop <= extent and a step of 1 or more; "
             "negative positions count from the end";
    case problem_kind::index_out_of_range: return "at and take: the operand has no element of this index";
    case problem_kind::padding_is_negative:
      return "pad<axis, before, after>(v): zeros cannot be fewer than none";
    case problem_kind::concat_extents_differ:
      return "concat and stack: the extents of the operands differ beside the axis along which they are put "
             "together";
    case problem_kind::not_a_square_matrix: return "diagonal(m): m must be a square matrix";
    case problem_kind::not_a_triangle:
      return "lower_triangular<n>(v): v must be a vector of n * (n + 1) / 2 elements";
    case problem_kind::window_does_not_fit:
      return "a window must have elements, a stride of 1 or more, and fit into the padded image";
    case problem_kind::no_image:
      return "conv2d(image, weights): the image is [channels, height, width], the weights are "
             "[outputs, channels, height, width]";
    case problem_kind::channels_differ:
      return "conv2d(image, weights): the image has another number of channels than the weights";
    case problem_kind::two_row_phases:
      return "values of rows depend on means over all rows: one sweep is not enough";
    case problem_kind::einsum_letters_and_axes:
      return "einsum: an operand has another number of axes than letters";
    case problem_kind::einsum_two_extents: return "einsum: one letter stands for axes of two extents";
    case problem_kind::einsum_result_letter:
      return "einsum: a letter of the result stands in no operand, or twice after ->";
    case problem_kind::split_leaves_a_rest:
      return "split<parts, axis>(v): the extent of the axis is no multiple of the number of parts";
    case problem_kind::groups_do_not_divide:
      return "conv2d<stride, padding, dilation, groups>: channels and outputs must be multiples of the "
             "groups, and weights have the channels of one group";
    case problem_kind::heads_do_not_divide:
      return "multi_head_attention<heads>: the width of queries, keys and values is no multiple of the heads";
    case problem_kind::gather_classes_differ:
      return "gather(t, y): a table must have one element for each class of the label along the axis that it "
             "chooses from";
    case problem_kind::embedding_classes_differ:
      return "embedding(table, y): the table must have one row for each class of the label y";
    case problem_kind::no_symbol_of_formula:
      return "jvp, vjp and jacobian differentiate by a parameter (or another real symbol) that "
             "the formula contains";
    case problem_kind::direction_of_other_shape:
      return "jvp(f, x, v) and hvp(loss, w, v): the direction has the shape of the symbol; "
             "vjp(f, x, u): the weights have the shape of the formula";
    case problem_kind::direction_of_rows:
      return "jvp and vjp: the formula depends on a mean over all rows, so a direction of what "
             "the rows share, or the weights of such a mean, cannot differ from row to row";
    case problem_kind::gradient_of_row_through_mean:
      return "the value of a row depends on a mean over all rows, so that no row has a "
             "derivative of its own: differentiate mean_over_rows of it";
    case problem_kind::carry_changes_shape: return "fold and scan: the body must keep the shape of the carry";
    case problem_kind::elements_of_other_extents:
      return "fold and scan: the values whose elements are taken need a first axis of one extent";
    case problem_kind::too_many_repetitions:
      return "a formula with its derivatives has more than 64 fold and scan";
    case problem_kind::mean_in_repetition:
      return "fold and scan: the body cannot hold a mean over the rows of the batch of what it carries";
  }
  return "unknown problem";
}

}  // namespace fusegrad
