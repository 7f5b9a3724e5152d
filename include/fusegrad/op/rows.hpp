// SPDX-License-Identifier: BSL-1.0
// Means and sums over the rows of a batch, and the walls that gradients do not pass.
#pragma once

#include "fusegrad/op/contract.hpp"
#include "fusegrad/op/repetition.hpp"

namespace fusegrad {

/// The mean over all rows of the batch: from row level to parameter level.
/// Adjoints of row values are kept as `rows` times the derivative, so that entering and leaving the rows
/// costs nothing: the mean's adjoint enters as it is, and a parameter collects the mean of its rows' shares.
struct row_mean_op {
  static constexpr std::string_view name = "mean_over_rows";
  static constexpr operation_family family = operation_family::row_mean;
  static constexpr int arity = 1;
  static constexpr int flops = 1;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& operand = in[of.operands[0]];
    return {operand.extents, value_kind::real, real_expected(operand)};
  }
  static constexpr ref transpose(int, const ref*, ref, ref adjoint) { return adjoint; }
  static constexpr attributes carry(const node& of, int, unsigned) { return of.payload; }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\frac{1}{n} \\sum_{\\text{rows}} ") + enclose_latex(operands[0], latex_binding::product),
            latex_binding::big};
  }
};

/// The mean over the rows; a value that is the same for all rows is its own mean, and is kept out of the sum.
[[nodiscard]] constexpr ref row_mean(ref value) {
  if (value->depends < level::row) return value;
  if (is<add_op>(value) || is<subtract_op>(value)) {
    const ref a = value.operand(0), b = value.operand(1);
    if (a->depends < level::row || b->depends < level::row)
      return is<add_op>(value) ? row_mean(a) + row_mean(b) : row_mean(a) - row_mean(b);
  }
  return apply<row_mean_op>(value);
}

/// The same while a formula is written. What belongs to a repetition may yet depend on the rows by what it
/// carries: its mean stays, until the level of the repetition is known.
[[nodiscard]] constexpr ref row_mean_as_written(ref value) {
  const graph& in = *value.in;
  const bool repeated = has_repetitions(in) && regions_of(in).sets.elements[value.id.value] != 0;
  return repeated ? apply<row_mean_op>(value) : row_mean(value);
}

/// The number of rows of the batch, known at the call.
[[nodiscard]] constexpr ref row_count_in(graph& in) {
  return symbol_in(in, {"rows", symbol_role::row_count, {}, 0});
}

/// The same value with gradient 0.
struct stop_gradient_op : elementwise_operation<1> {
  static constexpr std::string_view name = "stop_gradient";
  static constexpr bool no_derivative = true;
  static constexpr bool exact = true;
  static constexpr int flops = 0;
  template <class Value> static constexpr Value value(Value a) { return a; }
};

/// The same value with memory of its own; a category becomes the number that it is.
struct copy_op : elementwise_operation<1> {
  static constexpr std::string_view name = "copy";
  static constexpr bool takes_categories = true;
  static constexpr int flops = 0;
  template <class Value> static constexpr Value value(Value a) { return a; }
  static constexpr ref along(int, const ref*, ref, ref direction) { return direction; }
};

struct mean_over_rows_function {
  constexpr ref operator()(ref value) const { return row_mean_as_written(value); }
};
struct sum_over_rows_function {
  constexpr ref operator()(ref value) const { return row_count_in(*value.in) * row_mean_as_written(value); }
};

/// The mean of a value over the rows of the batch.
template <formula Value> [[nodiscard]] constexpr auto mean_over_rows(Value v) {
  return call<mean_over_rows_function>(v);
}

/// The sum of a value over the rows of the batch.
template <formula Value> [[nodiscard]] constexpr auto sum_over_rows(Value v) {
  return call<sum_over_rows_function>(v);
}

/// The same value, taken as a constant by every derivative.
template <formula Value> [[nodiscard]] constexpr auto stop_gradient(Value v) {
  return call<elementwise<stop_gradient_op>>(v);
}

}  // namespace fusegrad
