// SPDX-License-Identifier: BSL-1.0
// Randomness inside a formula: dropout and normal noise. The random numbers are symbols that nobody gives data to: a kernel
// makes them where it reads them (base/philox.hpp), so that forward and backward pass see the same ones.
#pragma once

#include <array>

#include "fusegrad/base/numbered_name.hpp"
#include "fusegrad/base/philox.hpp"
#include "fusegrad/op/compare.hpp"

namespace fusegrad {

/// Numbers from 0 up to, and without, 1 that each row draws anew at every step, independent of all others of
/// the formula.
[[nodiscard]] constexpr ref random_uniform_in(graph& in, const tensor_shape& extents) {
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

/// Coefficients in the number type of a register.
template <class Real> constexpr std::array<Real, 8> rounded_to(const std::array<double, 8>& coefficients) {
  std::array<Real, 8> result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = Real(coefficients[i]);
  return result;
}

/// The quantile of the standard normal distribution at the middle of the interval of 2^-24 that a random
/// number stands for: up to 5.4 standard deviations, and never infinite.
/// Rounds: in double to 1e-15 of the quantile, in float to 5e-7.
/// Source: Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", PPND16; its
///         far tail begins behind the last of these intervals.
template <class Value> constexpr Value standard_normal_of(Value uniform) {
  using real = math::element_type<Value>;
  const auto middle_above =
      rounded_to<real>({3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                        1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                        3.3430575583588128105e+4, 2.5090809287301226727e+3});
  const auto middle_below =
      rounded_to<real>({1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                        2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                        5.2264952788528545610e+3});
  const auto tail_above =
      rounded_to<real>({1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                        3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                        2.27238449892691845833e-2, 7.74545014278341407640e-4});
  const auto tail_below =
      rounded_to<real>({1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                        1.05075007164441684324e-9});
  constexpr double half_interval = 0.5 / (1 << bits_of_uniform);
  // A multiple of half an interval, from -1/2 to 1/2: exact, in float as well.
  const Value off_middle = (uniform - Value(real(0.5))) + Value(real(half_interval));
  const Value square = off_middle * off_middle;
  const Value inner = Value(real(0.180625)) - square;
  const Value middle =
      off_middle * (math::polynomial(inner, middle_above) / math::polynomial(inner, middle_below));
  const Value outer = math::sqrt(-math::log(Value(real(0.5)) - math::abs(off_middle))) - Value(real(1.6));
  const Value tail = math::polynomial(outer, tail_above) / math::polynomial(outer, tail_below);
  return math::choose(math::abs(off_middle) <= Value(real(0.425)), middle, math::copysign(tail, off_middle));
}

/// The first operand plus normal noise of standard deviation `number`, made of a random number, the second
/// operand. Outside training there is none. Reads `number`, and `axes`, which tells draws apart.
struct gaussian_noise_op : elementwise_operation<2> {
  static constexpr std::string_view name = "gaussian_noise";
  static constexpr int flops = 70;  // with the drawing
  template <class Value> static constexpr Value value(const attributes& payload, Value a, Value random) {
    return a + Value(math::element_type<Value>(payload.number)) * standard_normal_of(random);
  }
  static constexpr ref along(int operand, const ref*, ref, ref direction) {
    return operand == 1 ? constant_like(direction, 0) : direction;
  }
  static constexpr ref in_evaluation(ref of) { return of.operand(0); }
  static constexpr printed print(const graph&, const node& of, const printed* operands) {
    return {text("gaussian_noise<") + to_text(of.payload.number) + ">(" + operands[0].text + ")", 9};
  }
};

/// A value and random numbers of its own. The same call is the same value, as of any function.
template <class Op> [[nodiscard]] constexpr ref with_random_numbers(ref value, double number, unsigned draw) {
  attributes payload;
  payload.number = number;
  payload.axes = draw;
  for (int i = value.id.value + 1; i < value.in->size(); ++i) {
    const ref known{value.in, node_id{i}};
    if (is<Op>(known) && known->operands[0] == value.id && known->payload == payload) return known;
  }
  return apply<Op>(payload, value, random_uniform_in(*value.in, value.extents()));
}

/// A function of refs that drops elements at a rate.
template <double Rate, unsigned Draw> struct dropout_function {
  using printed_as = dropout_op;
  constexpr ref operator()(ref value) const {
    if (Rate == 0) return value;
    if (Rate == 1) return multiply(constant_like(value, 0), value);
    return with_random_numbers<dropout_op>(value, Rate, Draw);
  }
};

template <double Deviation, unsigned Draw> struct gaussian_noise_function {
  using printed_as = gaussian_noise_op;
  constexpr ref operator()(ref value) const {
    return Deviation == 0 ? value : with_random_numbers<gaussian_noise_op>(value, Deviation, Draw);
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

/// The value plus normal noise of mean 0, independent for each element. In training only, as `dropout`.
/// Units:  the standard deviation is in those of v.
/// Rounds: the noise is the quantile of one of 2^24 equal shares of the distribution: at most 5.4 standard
///         deviations.
/// Random: as `dropout`: `gaussian_noise<0.1, 1>(v)` is another draw.
/// Errors: compile time, if the standard deviation is negative.
/// Source: Bishop 1995, "Training with noise is equivalent to Tikhonov regularization".
template <auto Deviation, unsigned Draw = 0, formula Value>
[[nodiscard]] constexpr auto gaussian_noise(Value value) {
  static_assert(Deviation >= 0, "gaussian_noise<sigma>(v): the standard deviation is not negative");
  return call<gaussian_noise_function<double(Deviation), Draw>>(value);
}

}  // namespace fusegrad
