// SPDX-License-Identifier: BSL-1.0
// Einstein's summation: products and sums of tensors, the axes spelled as letters that are read at compile
// time. Two operands at a time become a contraction, or a product element by element where nothing is summed.
#pragma once

#include "fusegrad/base/fixed_string.hpp"
#include "fusegrad/op/contract.hpp"
#include "fusegrad/op/slice.hpp"

namespace fusegrad {

namespace summation {

/// The letters of an einsum, as small numbers in the order in which they appear.
struct einsum_letters {
  static constexpr int most_operands = 8;
  axis_letters operands[most_operands];
  int count = 1;
  axis_letters result;
  bool well_formed = true;
};

/// Reads "ij,jk->ik". Without -> the result has the letters that appear once, in alphabetical order.
class einsum_parser {
 public:
  constexpr explicit einsum_parser(std::string_view text) : text_(text) {}

  constexpr einsum_letters run() {
    for (std::size_t i = 0; i < text_.size() && found_.well_formed; ++i) {
      if (text_[i] == ' ') continue;
      if (text_[i] == '-' && i + 1 < text_.size() && text_[i + 1] == '>' && !in_result_) {
        in_result_ = true;
        ++i;
      } else if (text_[i] == ',' && !in_result_ && found_.count < einsum_letters::most_operands) {
        ++found_.count;
      } else {
        add(text_[i]);
      }
    }
    if (!in_result_) imply_result();
    return found_;
  }

 private:
  static constexpr int alphabet = 128;

  constexpr void add(char letter) {
    constexpr int most_letters = 15;
    const bool known = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    axis_letters& to = in_result_ ? found_.result : found_.operands[found_.count - 1];
    if (!known || to.size() == max_rank) {
      found_.well_formed = false;
      return;
    }
    int& number = numbers_[int(letter)];
    if (number == 0) number = ++letters_;
    if (letters_ > most_letters) {
      found_.well_formed = false;
      return;
    }
    if (!in_result_) ++uses_[int(letter)];
    to.push_back(number);
  }

  constexpr void imply_result() {
    for (int letter = 0; letter < alphabet && found_.well_formed; ++letter) {
      if (uses_[letter] != 1) continue;
      if (found_.result.size() == max_rank)
        found_.well_formed = false;
      else
        found_.result.push_back(numbers_[letter]);
    }
  }

  std::string_view text_;
  einsum_letters found_;
  bool in_result_ = false;
  int letters_ = 0;
  int numbers_[alphabet] = {};
  int uses_[alphabet] = {};
};

[[nodiscard]] constexpr einsum_letters parse_einsum(std::string_view text) {
  return einsum_parser(text).run();
}

/// A tensor with a letter for each of its axes.
struct lettered {
  ref value;
  axis_letters axes;
};

/// Some letters, one bit each.
using letter_set = unsigned;

[[nodiscard]] constexpr letter_set set_of(axis_letters letters) {
  letter_set result = 0;
  for (int axis = 0; letters[axis] != 0; ++axis) result |= 1u << letters[axis];
  return result;
}

/// The letters that are in a set, in their order.
[[nodiscard]] constexpr axis_letters keep(axis_letters letters, letter_set kept) {
  axis_letters result;
  for (int axis = 0; letters[axis] != 0; ++axis)
    if (kept >> letters[axis] & 1u) result.push_back(letters[axis]);
  return result;
}

/// Sums the axes whose letters nobody asks for.
[[nodiscard]] constexpr lettered sum_but(lettered of, letter_set wanted) {
  axis_set summed = 0;
  for (int axis = 0; axis < of.value.rank(); ++axis)
    if (!(wanted >> of.axes[axis] & 1u)) summed |= 1u << axis;
  return {sum_over(of.value, summed), keep(of.axes, wanted)};
}

/// A letter that stands twice means the diagonal: its axes are moved to the end, and become one.
[[nodiscard]] constexpr lettered diagonal_of(lettered of) {
  for (int axis = 0; axis < of.value.rank(); ++axis) {
    const int first = of.axes.find(of.axes[axis]);
    if (first == axis) continue;
    axis_letters order, rest;
    for (int other = 0; other < of.value.rank(); ++other) {
      if (other == first || other == axis) continue;
      order.push_back(other + 1);
      rest.push_back(of.axes[other]);
    }
    order.push_back(first + 1);
    order.push_back(axis + 1);
    rest.push_back(of.axes[axis]);
    return diagonal_of({diagonals_of(transpose_of(of.value, order)), rest});
  }
  return of;
}

/// The axes in another order of their letters.
[[nodiscard]] constexpr ref in_order(lettered of, axis_letters wanted) {
  axis_letters order;
  for (int axis = 0; wanted[axis] != 0; ++axis) order.push_back(of.axes.find(wanted[axis]) + 1);
  return transpose_of(of.value, order);
}

/// A tensor as large as another that has all its letters.
[[nodiscard]] constexpr ref spread_like(lettered narrow, lettered wide) {
  axis_set missing = 0;
  for (int axis = 0; axis < wide.value.rank(); ++axis)
    if (narrow.axes.find(wide.axes[axis]) < 0) missing |= 1u << axis;
  const ref ordered = in_order(narrow, keep(wide.axes, set_of(narrow.axes)));
  return broadcast_over(ordered, wide.value.extents(), missing);
}

/// The product of two tensors, summed over the letters that are not kept.
[[nodiscard]] constexpr lettered combine(lettered a, lettered b, letter_set kept) {
  a = sum_but(a, kept | set_of(b.axes));
  b = sum_but(b, kept | set_of(a.axes));
  const letter_set of_a = set_of(a.axes), of_b = set_of(b.axes), both = of_a | of_b;
  const bool nothing_summed = (both & ~kept) == 0;
  if (nothing_summed && both == of_a) return {multiply(a.value, spread_like(b, a)), a.axes};
  if (nothing_summed && both == of_b) return {multiply(spread_like(a, b), b.value), b.axes};
  axis_letters result = keep(a.axes, kept);
  const axis_letters further = keep(b.axes, kept & ~of_a);
  for (int axis = 0; further[axis] != 0; ++axis) result.push_back(further[axis]);
  return {contract(a.value, a.axes, b.value, b.axes, result), result};
}

/// What is wrong with the operands of an einsum, if anything.
[[nodiscard]] constexpr problem einsum_problem(const einsum_letters& spelled, const ref* operands) {
  tensor_shape extent_of[16] = {};  // by letter; rank 0 where it has not been seen
  letter_set seen = 0;
  for (int k = 0; k < spelled.count; ++k) {
    const axis_letters axes = spelled.operands[k];
    const tensor_shape extents = operands[k].extents();
    if (axes.size() != extents.rank)
      return {problem_kind::einsum_letters_and_axes, extents, tensor_shape{axes.size()}};
    for (int axis = 0; axis < extents.rank; ++axis) {
      tensor_shape& known = extent_of[axes[axis]];
      const tensor_shape found{extents[axis]};
      if (known.rank != 0 && !(known == found)) return {problem_kind::einsum_two_extents, known, found};
      known = found;
    }
    seen |= set_of(axes);
  }
  for (int axis = 0; spelled.result[axis] != 0; ++axis)
    if (!(seen >> spelled.result[axis] & 1u) || spelled.result.find(spelled.result[axis]) != axis)
      return {problem_kind::einsum_result_letter, {}, {}};
  return {};
}

}  // namespace summation

/// A function of refs: the einsum of letters that are known.
template <fixed_string Letters> struct einsum_function {
  static constexpr std::string_view word = "einsum";
  template <std::same_as<ref>... Refs> constexpr ref operator()(Refs... refs) const {
    using namespace summation;
    constexpr einsum_letters spelled = parse_einsum(Letters.view());
    const ref operands[] = {refs...};
    const problem trouble = einsum_problem(spelled, operands);
    if (trouble) {
      operands[0].in->report(trouble);
      return operands[0];
    }
    lettered product = diagonal_of({operands[0], spelled.operands[0]});
    for (int k = 1; k < spelled.count; ++k) {
      letter_set kept = set_of(spelled.result);
      for (int later = k + 1; later < spelled.count; ++later) kept |= set_of(spelled.operands[later]);
      product = combine(product, diagonal_of({operands[k], spelled.operands[k]}), kept);
    }
    return in_order(sum_but(product, set_of(spelled.result)), spelled.result);
  }
};

/// Sums of products in Einstein's notation: `einsum<"ij,jk->ik">(a, b)`. A letter is an axis; one that does
/// not stand after -> is summed. Without -> the result has the letters that stand once, in alphabetical
/// order. A letter that stands twice in one operand means the diagonal: `einsum<"ii->">(a)` is the trace.
/// More than two operands are multiplied from left to right.
/// Shape:   as the letters say.
/// Errors:  compile time, if an operand has another number of axes than letters, a letter two extents, or the
///          result a letter that no operand has.
/// Source:  NumPy reference, "numpy.einsum".
template <fixed_string Letters, formula... Values> [[nodiscard]] constexpr auto einsum(Values... values) {
  constexpr summation::einsum_letters spelled = summation::parse_einsum(Letters.view());
  constexpr bool all_named = spelled.count == int(sizeof...(Values));
  static_assert(
      spelled.well_formed,
      "einsum: the letters of operands are separated by commas, those of the result follow ->, at most "
      "six each: einsum<\"ij,jk->ik\">(a, b)");
  static_assert(all_named, "einsum: the letters are those of another number of operands than are given");
  if constexpr (spelled.well_formed && all_named) return call<einsum_function<Letters>>(values...);
}

/// A function of refs: the products of all elements of one tensor with all of another.
struct outer_function {
  static constexpr std::string_view word = "outer";
  constexpr ref operator()(ref a, ref b) const {
    axis_letters of_a, of_b, result;
    if (a.rank() + b.rank() > max_rank) {
      a.in->report({problem_kind::rank_too_large, a.extents(), b.extents()});
      return a;
    }
    for (int axis = 0; axis < a.rank(); ++axis) of_a.push_back(axis + 1);
    for (int axis = 0; axis < b.rank(); ++axis) of_b.push_back(a.rank() + axis + 1);
    for (int axis = 0; axis < a.rank() + b.rank(); ++axis) result.push_back(axis + 1);
    return summation::combine({a, of_a}, {b, of_b}, summation::set_of(result)).value;
  }
};

/// The outer product: element [i, k] is a[i] * b[k].
/// Shape:  [m] [n] -> [m, n]; of tensors the axes of a, then those of b.
/// Errors: compile time, if that makes more than six axes.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto outer(Left a, Right b) { return call_operator<outer_function>(a, b); }

}  // namespace fusegrad
