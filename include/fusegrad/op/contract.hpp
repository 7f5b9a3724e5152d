// SPDX-License-Identifier: BSL-1.0
// The contraction: a sum of products over shared axes. Every matrix product is one, and so is each of its
// adjoints.
#pragma once

#include "fusegrad/op/reduce.hpp"

namespace fusegrad {

/// result[r] = sum over the letters not in r of a[...] * b[...]. Reads `letters`: of a, of b, of the result.
/// Every letter of an operand stands in the other operand or in the result, once in each; at most six of
/// them.
struct contract_op {
  static constexpr std::string_view name = "contract";
  static constexpr operation_family family = operation_family::contraction;
  static constexpr int arity = 2;
  static constexpr int flops = 2;  // per product

  static constexpr int extent_of(int letter, axis_letters a, const tensor_shape& left, axis_letters b,
                                 const tensor_shape& right) {
    const int axis = a.find(letter);
    return axis >= 0 ? left[axis] : right[b.find(letter)];
  }
  static constexpr inference infer(const graph& in, const node& of) {
    const tensor_shape left = in[of.operands[0]].extents;
    const tensor_shape right = in[of.operands[1]].extents;
    const axis_letters a = of.payload.letters[0];
    const axis_letters b = of.payload.letters[1];
    inference result;
    for (int axis = 0; axis < left.rank; ++axis) {
      const int other = b.find(a[axis]);
      if (other >= 0 && right[other] != left[axis])
        result.trouble = {problem_kind::product_extents_differ, left, right};
    }
    for (int k = 0; k < 2; ++k) {
      const problem_kind wrong = kind_problem(value_kind::real, in[of.operands[k]].kind);
      if (wrong != problem_kind::none) result.trouble = {wrong, left, right};
    }
    if (letters_in_all(of) > max_rank) result.trouble = {problem_kind::rank_too_large, left, right};
    for (int axis = 0; of.payload.letters[2][axis] != 0; ++axis)
      result.extents.push_back(extent_of(of.payload.letters[2][axis], a, left, b, right));
    return result;
  }
  /// One accumulator per result; the summed letters run in the order in which they first stand in the
  /// operands.
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const axis_letters* letters = of.payload.letters;
    int extent[16] = {};
    for (int k = 0; k < 2; ++k)
      for (int axis = 0; axis < operands[k].extents.rank; ++axis)
        extent[letters[k][axis]] = operands[k].extents[axis];
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = 0;
    int at[16] = {};
    while (true) {
      result[offset(letters[2], result.extents, at)] +=
          operands[0][offset(letters[0], operands[0].extents, at)] *
          operands[1][offset(letters[1], operands[1].extents, at)];
      int letter = 15;
      for (; letter > 0; --letter) {
        if (extent[letter] == 0) continue;
        if (++at[letter] < extent[letter]) break;
        at[letter] = 0;
      }
      if (letter == 0) return;
    }
  }
  /// The adjoint of one operand is the contraction of the adjoint with the other operand.
  static constexpr ref transpose(int operand, const ref* operands, ref result, ref adjoint);
  /// The new axis has a letter of its own, which the result and each operand that has it begin with.
  static constexpr attributes carry(const node& of, int, unsigned carriers) {
    attributes wide = of.payload;
    int letter = 1;
    while (of.payload.letters[0].find(letter) >= 0 || of.payload.letters[1].find(letter) >= 0) ++letter;
    for (int k = 0; k < 2; ++k)
      if (carriers >> k & 1u) wide.letters[k].push_front(letter);
    wide.letters[2].push_front(letter);
    return wide;
  }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    const axis_letters* letters = of.payload.letters;
    const bool shared =
        letters[0][0] != 0 && letters[1].find(letters[0][in[of.operands[0]].extents.rank - 1]) >= 0;
    if (letters[0].size() == 0 || letters[1].size() == 0) return print_infix(operands, " * ", 2, true);
    if (letters[2].size() == 0) return {text("dot(") + operands[0].text + ", " + operands[1].text + ")", 9};
    if (in[of.operands[0]].extents.rank == 1 && in[of.operands[1]].extents.rank == 1)
      return {text("outer(") + operands[0].text + ", " + operands[1].text + ")", 9};
    const bool left_first = letters[0].find(letters[1][0]) == in[of.operands[0]].extents.rank - 1;
    if (shared && left_first) return print_infix(operands, " * ", 2, true);
    const printed left{text("transpose(") + operands[0].text + ")", 9};
    if (in[of.operands[0]].extents.rank == 2 && letters[1].find(letters[0][0]) == 0) {
      const printed swapped[2] = {left, operands[1]};
      return print_infix(swapped, " * ", 2, true);
    }
    return {text("einsum<\"") + spelled(letters[0]) + "," + spelled(letters[1]) + "->" + spelled(letters[2]) +
                "\">(" + operands[0].text + ", " + operands[1].text + ")",
            9};
  }
  /// Products of matrices as such; whatever else with the letters of its axes.
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    const axis_letters a = of.payload.letters[0], b = of.payload.letters[1], r = of.payload.letters[2];
    const int left = in[of.operands[0]].extents.rank, right = in[of.operands[1]].extents.rank;
    if (left == 0 || right == 0) return latex_product(operands[0], operands[1]);
    if (left == 1 && right == 1 && r.size() == 0)
      return latex_product(latex_transpose(operands[0]), operands[1]);
    if (left == 1 && right == 1) return latex_product(operands[0], latex_transpose(operands[1]));
    const bool matrices = left <= 2 && right <= 2 && r.size() == left + right - 2;
    const int kept = r.size() > 0 ? r[0] : 0;
    const bool in_order = left == 1 || a.find(kept) >= 0;
    if (matrices && in_order && b.find(a[left - 1]) == 0) return latex_product(operands[0], operands[1]);
    if (matrices && in_order && left == 2 && b.find(a[0]) == 0)
      return latex_product(latex_transpose(operands[0]), operands[1]);
    if (matrices && in_order && right == 2 && b.find(a[left - 1]) == 1)
      return latex_product(operands[0], latex_transpose(operands[1]));
    text summed;
    for (int axis = 0; axis < left; ++axis)
      if (r.find(a[axis]) < 0) summed += text(summed.empty() ? "" : " ") + letter(a[axis]);
    const text product =
        latex_subscript(operands[0], spaced(a)) + " " + latex_subscript(operands[1], spaced(b));
    if (summed.empty()) return {product, latex_binding::product};
    return {text("\\sum_{") + summed + "} " + product, latex_binding::big};
  }

 private:
  static constexpr text letter(int which) {
    text result;
    return result += char('a' + which - 1);
  }
  static constexpr text spaced(axis_letters axes) {
    text result;
    for (int axis = 0; axes[axis] != 0; ++axis) result += text(axis > 0 ? " " : "") + letter(axes[axis]);
    return result;
  }
  static constexpr text spelled(axis_letters axes) {
    text result;
    for (int axis = 0; axes[axis] != 0; ++axis) result += letter(axes[axis]);
    return result;
  }
  static constexpr int letters_in_all(const node& of) {
    const axis_letters a = of.payload.letters[0], b = of.payload.letters[1];
    int count = a.size();
    for (int axis = 0; b[axis] != 0; ++axis) count += a.find(b[axis]) < 0;
    return count;
  }
  static constexpr int offset(axis_letters letters, const tensor_shape& extents, const int* at) {
    int index = 0;
    for (int axis = 0; axis < extents.rank; ++axis) index = index * extents[axis] + at[letters[axis]];
    return index;
  }
};

/// A contraction with its axes spelled as letters.
[[nodiscard]] constexpr ref contract(ref a, axis_letters of_a, ref b, axis_letters of_b,
                                     axis_letters of_result) {
  attributes payload;
  payload.letters[0] = of_a;
  payload.letters[1] = of_b;
  payload.letters[2] = of_result;
  return apply<contract_op>(payload, a, b);
}

constexpr ref contract_op::transpose(int operand, const ref* operands, ref result, ref adjoint) {
  const axis_letters* letters = result->payload.letters;
  const axis_letters a = letters[0], b = letters[1], r = letters[2];
  // Of an inner product that nothing follows: the other operand, which fuses with what is around it.
  if (r.size() == 0 && is<constant_op>(adjoint)) {
    axis_letters order;
    const axis_letters own = operand == 0 ? a : b, other = operand == 0 ? b : a;
    for (int axis = 0; own[axis] != 0; ++axis) order.push_back(other.find(own[axis]) + 1);
    const ref along = transpose_of(operands[1 - operand], order);
    return is_number(adjoint, 1) ? along : multiply(constant_like(along, adjoint->payload.number), along);
  }
  return operand == 0 ? contract(adjoint, r, operands[1], b, a) : contract(operands[0], a, adjoint, r, b);
}

/// The matrix product of NumPy's `@`: matrix by vector, vector by matrix, matrix by matrix.
constexpr ref contract_product(ref a, ref b) {
  const bool vectors_ok =
      (a.rank() == 2 && (b.rank() == 1 || b.rank() == 2)) || (a.rank() == 1 && b.rank() == 2);
  if (!vectors_ok) {
    a.in->report({problem_kind::product_of_these_ranks, a.extents(), b.extents()});
    return a;
  }
  if (a.extents().back() != b.extents()[0]) {
    a.in->report({problem_kind::product_extents_differ, a.extents(), b.extents()});
    return a;
  }
  if (a.rank() == 1) return contract(a, letters("k"), b, letters("kn"), letters("n"));
  if (b.rank() == 1) return contract(a, letters("mk"), b, letters("k"), letters("m"));
  return contract(a, letters("mk"), b, letters("kn"), letters("mn"));
}

/// The leading axes of a tensor of matrices.
[[nodiscard]] constexpr tensor_shape batch_of(const tensor_shape& extents) {
  tensor_shape result;
  for (int axis = 0; axis + 2 < extents.rank; ++axis) result.push_back(extents[axis]);
  return result;
}

/// A tensor of matrices, or a vector, for a product of batches: axes that stretch are dropped.
struct batched_operand {
  ref value;
  axis_letters axes;

  /// `last` are the letters of the matrix, or the one of the vector.
  constexpr batched_operand(ref of, const tensor_shape& batch, axis_letters last) : value(of) {
    constexpr int first_batch_letter = 4;
    const tensor_shape extents = of.extents();
    const int own = batch_of(extents).rank, missing = batch.rank - own;
    axis_set stretched = 0;
    for (int axis = 0; axis < own; ++axis)
      if (extents[axis] == batch[missing + axis])
        axes.push_back(first_batch_letter + missing + axis);
      else
        stretched |= 1u << axis;
    for (int axis = 0; last[axis] != 0; ++axis) axes.push_back(last[axis]);
    value = reshape_to(of, without(extents, stretched));
  }
};

/// The products of the matrices in the last two axes, for leading axes that broadcast; the right matrices as
/// they are, or transposed. A vector takes part in every product.
[[nodiscard]] constexpr ref batched_product(ref a, ref b, bool right_is_transposed = false) {
  constexpr int rows = 1, inner = 2, columns = 3;
  const tensor_shape left = a.extents(), right = b.extents();
  const broadcast_result batch = broadcast(batch_of(left), batch_of(right));
  const int inner_axis = right.rank == 1 || right_is_transposed ? right.rank - 1 : right.rank - 2;
  problem_kind trouble = problem_kind::none;
  if (left.rank == 0 || right.rank == 0)
    trouble = problem_kind::product_of_these_ranks;
  else if (left.back() != right[inner_axis])
    trouble = problem_kind::product_extents_differ;
  else if (!batch.fits)
    trouble = problem_kind::shapes_do_not_broadcast;
  if (trouble != problem_kind::none) {
    a.in->report({trouble, left, right});
    return a;
  }
  axis_letters of_left, of_right, result;
  for (int axis = 0; axis < batch.extents.rank; ++axis) result.push_back(columns + 1 + axis);
  if (left.rank > 1) of_left.push_back(rows);
  of_left.push_back(inner);
  if (right.rank > 1 && right_is_transposed) of_right.push_back(columns);
  of_right.push_back(inner);
  if (right.rank > 1 && !right_is_transposed) of_right.push_back(columns);
  if (left.rank > 1) result.push_back(rows);
  if (right.rank > 1) result.push_back(columns);
  const batched_operand first(a, batch.extents, of_left), second(b, batch.extents, of_right);
  return contract(first.value, first.axes, second.value, second.axes, result);
}

/// A function of refs: the matrix product only.
struct matmul_function {
  using printed_as = multiply_op;
  constexpr ref operator()(ref a, ref b) const {
    const bool batched = (a.rank() > 2 || b.rank() > 2) && a.rank() > 0 && b.rank() > 0;
    return batched ? batched_product(a, b) : contract_product(a, b);
  }
};

/// A function of refs: the inner product of two vectors.
struct dot_function {
  constexpr ref operator()(ref a, ref b) const {
    if (a.rank() != 1 || b.rank() != 1 || !(a.extents() == b.extents())) {
      a.in->report({problem_kind::product_extents_differ, a.extents(), b.extents()});
      return a;
    }
    return contract(a, letters("k"), b, letters("k"), {});
  }
};

/// The matrix product. `W * x` means the same when an operand is a matrix.
/// Shape:  [m, k] [k] -> [m];  [k] [k, n] -> [n];  [m, k] [k, n] -> [m, n]. Of tensors, the products of the
///         matrices in the last two axes, for leading axes that broadcast as NumPy's do.
/// Errors: compile time, if the inner extents differ.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto matmul(Left a, Right b) { return call_operator<matmul_function>(a, b); }

/// The inner product of two vectors.
/// Shape: [k] [k] -> scalar.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto dot(Left a, Right b) { return call_operator<dot_function>(a, b); }

}  // namespace fusegrad
