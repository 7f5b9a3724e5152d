// SPDX-License-Identifier: BSL-1.0
// Randomness inside a formula: dropout. The random numbers are symbols that nobody gives data to: a kernel
// makes them where it reads them (base/philox.hpp), so that forward and backward pass see the same ones.
#pragma once

#include "fusegrad/base/numbered_name.hpp"
#include "fusegrad/base/philox.hpp"
#include "fusegrad/op/compare.hpp"

namespace fusegrad {

/// Numbers from 0 up to, and without, 1 that each row draws anew at every step, independent of all others of
/// the formula.
[[nodiscard]] constexpr ref random_uniform_in(graph& in, const shape& extents) {
  int known = 0;
  for (const symbol& each : in.symbols()) known += each.role == symbol_role::random ? 1 : 0;
  if (known == most_numbered_names) {
    in.report({problem_kind::too_many_random_values, extents, {}});
    return constant_in(in, 0, extents);
  }
  return symbol_in(in, {numbered_name<"random">(known), symbol_role::random, extents, known});
}

/// The first operand, without the share `number` of its elements: those whose random number, the second
/// operand, is below it. What is kept is scaled, so that the expectation stays. Outside training nothing is
/// dropped. Reads `number`, and `axes`, which tells draws apart.
struct dropout_op : elementwise_operation<2> {
  static constexpr std::string_view name = "dropout";
  static constexpr bool masks = true;
  static constexpr int flops = 16;  // with the drawing
  template <class Value> static constexpr Value value(const attributes& payload, Value a, Value random) {
    using real = math::element_type<Value>;
    return math::choose(random < Value(real(threshold(payload.number))), Value(0),
                        a * Value(real(1 / (1 - payload.number))));
  }
  static constexpr ref along(int operand, const ref* operands, ref result, ref direction) {
    if (operand == 1) return constant_like(direction, 0);
    return apply<dropout_op>(result->payload, direction, operands[1]);
  }
  static constexpr ref in_evaluation(ref of) { return of.operand(0); }
  static constexpr printed print(const graph&, const node& of, const printed* operands) {
    return {text("dropout<") + to_text(of.payload.number) + ">(" + operands[0].text + ")", 9};
  }

 private:
  /// The rate in units of the random numbers, rounded up: below it are as many in float as in double.
  static constexpr double threshold(double rate) {
    constexpr double units = 1 << bits_of_uniform;
    const double whole = double(std::int64_t(rate * units));
    return (whole < rate * units ? whole + 1 : whole) / units;
  }
};

/// A function of refs that drops elements at a rate. The same call is the same value, as of any function.
template <double Rate, unsigned Draw> struct dropout_function {
  using printed_as = dropout_op;
  constexpr ref operator()(ref value) const {
    if (Rate == 0) return value;
    if (Rate == 1) return multiply(constant_like(value, 0), value);
    attributes payload;
    payload.number = Rate;
    payload.axes = Draw;
    for (int i = value.id.value + 1; i < value.in->size(); ++i) {
      const ref known{value.in, node_id{i}};
      if (is<dropout_op>(known) && known->operands[0] == value.id && known->payload == payload) return known;
    }
    return apply<dropout_op>(payload, value, random_uniform_in(*value.in, value.extents()));
  }
};

/// The value with each element set to 0 with probability `Rate`, independently of all others, the rest scaled
/// by 1 / (1 - Rate). In training only: `value_and_grad`, `trainer` and `fit` drop; `evaluate`, `predict` and
/// `accuracy` do not.
/// Random: what is dropped depends on the seed, the step, the row of the data and the element, on nothing
///         else: see `random_seed`. The same call is the same value, as of any function: where one value is
///         to be dropped out twice, independently, the calls differ by a number: `dropout<0.5, 1>(v)`.
/// Errors: compile time, if the rate is not from 0 to 1.
/// Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"; Dive
///         into Deep Learning, "Dropout".
template <auto Rate, unsigned Draw = 0, formula Value> [[nodiscard]] constexpr auto dropout(Value value) {
  static_assert(Rate >= 0 && Rate <= 1, "dropout<rate>(v): the rate is a probability, from 0 to 1");
  return call<dropout_function<double(Rate), Draw>>(value);
}

}  // namespace fusegrad
