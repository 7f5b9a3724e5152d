// SPDX-License-Identifier: BSL-1.0
// The logarithm of the gamma function and its derivatives of every order.
// Source: Abramowitz, Stegun 1964, ch. 6: recurrence, reflection and asymptotic series; Cody, Strecok,
// Thacher 1973, "Chebyshev approximations for the psi function", for the factor that holds the positive zero
// of digamma.
#pragma once

#include "fusegrad/op/trigonometric.hpp"

namespace fusegrad {

/// The functions of numbers and registers.
namespace gamma_functions {

/// From here on the asymptotic series.
inline constexpr int large = 8;

/// Orders beyond are not computed.
inline constexpr int max_order = 30;

/// x minus the nearest whole number; 0 for numbers so large that all are whole.
template <class Value> constexpr Value beside_whole(Value x) {
  const Value limit = math::number<Value>(1 / (long double)(math::epsilon_of<Value>()));
  return math::choose(math::abs(x) < limit, x - math::round(x), Value(0));
}

/// lgamma(2 + d) / (d (1 + d)) for d from -1/2 to 1/2: the zeros at 1 and 2 are divided out.
/// Rounds: relative error of the polynomial 1e-17, in float 1.7e-8.
template <class Value> constexpr Value without_zeros(Value d) {
  if constexpr (math::is_double<Value>)
    return math::polynomial(
        d, std::array{0.42278433509846713, -0.10031730167435392, 0.03296500062115359, -0.012384192193370211,
                      0.0049986411649353725, -0.002108130834069472, 0.0009153769125087831,
                      -0.00040570739285611585, 0.0001825528383907226, -8.309522146915126e-05,
                      3.816660593339992e-05, -1.7660586231652296e-05, 8.23747667463625e-06,
                      -3.854622136251583e-06, 1.749054030806819e-06, -8.247688082905913e-07,
                      5.236568534841362e-07, -2.489029529650396e-07});
  else
    return math::polynomial(d, std::array{0.422784328F, -0.100317299F, 0.0329657942F, -0.0123845534F,
                                          0.0049829362F, -0.00210097083F, 0.00101365766F, -0.000450498512F});
}

/// What lgamma(x) has beside (x - 1/2) (log(x) - 1) + (log(2 pi) - 1) / 2, times x, as a function of 1 / x^2
/// up to 1/64.
template <class Value> constexpr Value stirling_series(Value v) {
  if constexpr (math::is_double<Value>)
    return math::polynomial(v, std::array{0.08333333333333333, -0.002777777777773988, 0.0007936507897524059,
                                          -0.0005952365845057049, 0.0008414700852503147,
                                          -0.001890382993887715, 0.005065905360156132});
  else
    return math::polynomial(v, std::array{0.0833333358F, -0.00277769845F, 0.000780034694F});
}

/// lgamma(x) for x > -1/2. Up to 8 recurrence leads to between 1.5 and 2.5.
template <class Value> constexpr Value lgamma_of_positive(Value x) {
  const auto is_large = x >= Value(large);
  const Value small = math::choose(is_large, Value(2), x);
  const auto below_one = small < Value(1.5);
  const auto below_half = small < Value(0.5);
  Value d = math::choose(below_half, small, math::choose(below_one, small - Value(1), small - Value(2)));
  Value factor = math::choose(below_half, math::abs(small * (small + Value(1))), small);
  factor = math::choose(below_one, factor, Value(1));
  for (int i = 0; i < large - 2; ++i) {
    const auto above = d >= Value(0.5);
    factor = math::choose(above, factor * (d + Value(1)), factor);
    d = math::choose(above, d - Value(1), d);
  }
  const Value logarithm = math::log(math::choose(is_large, x, factor));
  const Value near_two =
      d * (d + Value(1)) * without_zeros(d) + math::choose(below_one, -logarithm, logarithm);
  const Value inverse = Value(1) / x;
  constexpr long double half_log_2_pi = 0.918938533204672741780329736405617640L;
  const Value series = math::multiply_add(inverse, stirling_series(inverse * inverse),
                                          math::number<Value>(half_log_2_pi - 0.5L));
  return math::choose(is_large, (x - Value(0.5)) * (logarithm - Value(1)) + series, near_two);
}

/// log(|gamma(x)|). Below -1/2 by reflection: log(pi / |x sin(pi x)|) - lgamma(-x).
template <class Value> constexpr Value lgamma(Value x) {
  if constexpr (std::same_as<Value, long double>) {
    return std::lgamma(x);
  } else {
    const auto reflected = x < Value(-0.5);
    if (!math::holds_anywhere(reflected)) return lgamma_of_positive(x);
    const Value size = math::abs(x);
    const Value positive = lgamma_of_positive(math::choose(reflected, size, x));
    const Value sine =
        math::abs(math::sin(math::number<Value>(std::numbers::pi_v<long double>) * beside_whole(size)));
    const Value pole = math::number<Value>(std::numeric_limits<double>::infinity());
    const Value mirrored =
        math::log(math::number<Value>(std::numbers::pi_v<long double>) / (size * sine)) - positive;
    return math::choose(reflected, math::choose(sine == Value(0), pole, mirrored), positive);
  }
}

/// digamma(3/2 + c) / (3/2 + c - zero) for c from -1/2 to 1/2.
/// Rounds: relative error of the polynomial 1.6e-17, in float 2.4e-8.
template <class Value> constexpr Value without_zero(Value c) {
  if constexpr (math::is_double<Value>)
    return math::polynomial(
        c, std::array{
               0.951055876031833,      -0.4236274212814605,    0.2405424842407742,    -0.14840492305390884,
               0.09498872445494122,    -0.061922133273064534,  0.04076083381242074,   -0.02697579675613825,
               0.0179072524394512,     -0.011908218001568644,  0.007926944646403797,  -0.005279964873257405,
               0.003519006401502276,   -0.002345267632540769,  0.0015566317474486838, -0.0010376374098418604,
               0.0007233266279287554,  -0.0004821990530566789, 0.0002272331660987376, -0.00015148586836773365,
               0.00025968482126430747, -0.00017312261802727394});
  else
    return math::polynomial(
        c, std::array{0.951055884F, -0.423627436F, 0.240538448F, -0.148402244F, 0.0951162204F, -0.0620070696F,
                      0.0393694192F, -0.0260488819F, 0.0239090715F, -0.0159063172F});
}

/// (log(x) - 1 / (2 x) - digamma(x)) x^2 as a function of 1 / x^2 up to 1/64.
template <class Value> constexpr Value digamma_series(Value v) {
  if constexpr (math::is_double<Value>)
    return math::polynomial(
        v, std::array{0.08333333333333333, -0.008333333333331664, 0.003968253965999701, -0.004166665501516725,
                      0.007575459920369176, -0.02105106090804774, 0.08002337465397756, -0.299425370626735});
  else
    return math::polynomial(v, std::array{0.0833333358F, -0.00833278336F, 0.00387358828F});
}

/// digamma(x) for x >= 0. Up to 8 recurrence leads to between 1 and 2; near its zero digamma is (x - zero)
/// times something, with the zero in two parts.
template <class Value> constexpr Value digamma_of_positive(Value x) {
  using element = math::element_type<Value>;
  constexpr auto head = element(math::is_double<Value> ? 1.4616321449683622 : 1.46163213F);
  constexpr auto tail = element(math::is_double<Value> ? 9.54999542996569772e-17 : 1.243814994e-8);
  const auto is_large = x >= Value(large);
  const Value small = math::choose(is_large, Value(2), x);
  const auto below_one = small < Value(1);
  // The sum of 1 / (x - k) as one fraction.
  Value at = math::choose(below_one, Value(1), small);
  Value above = Value(0), below = Value(1);
  for (int i = 0; i < large - 2; ++i) {
    const auto beyond = at >= Value(2);
    at = math::choose(beyond, at - Value(1), at);
    above = math::choose(beyond, math::multiply_add(above, at, below), above);
    below = math::choose(beyond, below * at, below);
  }
  at = math::choose(below_one, small + Value(1), at);
  const Value distance =
      math::choose(below_one, small - Value(head - element(1)), at - Value(head)) - Value(tail);
  above = math::choose(below_one, Value(-1), above);
  below = math::choose(below_one, small, below);
  const Value near_zero = math::multiply_add(distance, without_zero(at - Value(1.5)), above / below);
  const Value inverse = Value(1) / x;
  const Value square = inverse * inverse;
  const Value series = math::log(x) - Value(0.5) * inverse - square * digamma_series(square);
  return math::choose(is_large, series, near_zero);
}

/// digamma for numbers of any sign in long double: the series from 20 on.
constexpr long double digamma_of_long(long double x) {
  constexpr long double pi = std::numbers::pi_v<long double>;
  if (x < 0) {
    const long double beside = beside_whole(x);
    if (beside == 0) return std::numeric_limits<long double>::quiet_NaN();
    return digamma_of_long(-x) - 1 / x - pi * std::cos(pi * beside) / std::sin(pi * beside);
  }
  long double sum = 0;
  for (; x < 20; ++x) sum -= 1 / x;
  const long double v = 1 / (x * x);
  const long double terms[] = {1.0L / 12,  -1.0L / 120,     1.0L / 252, -1.0L / 240,
                               1.0L / 132, -691.0L / 32760, 1.0L / 12,  -3617.0L / 8160};
  long double series = 0;
  for (int i = 7; i >= 0; --i) series = (series + terms[i]) * v;
  return sum + std::log(x) - 0.5L / x - series;
}

/// The derivative of lgamma. For negative x by reflection: digamma(-x) - 1 / x - pi cot(pi x); NaN at its
/// poles there.
template <class Value> constexpr Value digamma(Value x) {
  if constexpr (std::same_as<Value, long double>) {
    return digamma_of_long(x);
  } else {
    const auto reflected = x < Value(0);
    if (!math::holds_anywhere(reflected)) return digamma_of_positive(x);
    const Value size = math::abs(x);
    const Value positive = digamma_of_positive(size);
    const Value beside = beside_whole(size);
    const Value pi = math::number<Value>(std::numbers::pi_v<long double>);
    const Value cotangent = pi * math::cos(pi * beside) / math::sin(pi * beside);
    const Value none = math::number<Value>(std::numeric_limits<double>::quiet_NaN());
    const Value mirrored = positive + Value(1) / size + cotangent;
    const Value of_positive = math::choose(x == Value(0), -(Value(1) / x), positive);
    return math::choose(reflected, math::choose(beside == Value(0), none, mirrored), of_positive);
  }
}

/// x to a whole power.
template <class Value> constexpr Value whole_power(Value x, int exponent) {
  Value result = Value(1);
  for (int i = 0; i < exponent; ++i) result = result * x;
  return result;
}

/// The sum of (x + k)^-power over all k >= 0, for x > 0: term by term up to 10 + power, then by Euler and
/// Maclaurin.
template <class Value> constexpr Value hurwitz_zeta(int power, Value x) {
  const Value from = Value(math::element_type<Value>(10 + power));
  Value sum = Value(0), at = x;
  for (int i = 0; i < 10 + power; ++i) {
    const auto term_by_term = at < from;
    sum = sum + math::choose(term_by_term, whole_power(Value(1) / at, power), Value(0));
    at = math::choose(term_by_term, at + Value(1), at);
  }
  // Bernoulli numbers divided by factorials, of even order.
  constexpr long double terms[] = {1.0L / 12,
                                   -1.0L / 720,
                                   1.0L / 30240,
                                   -1.0L / 1209600,
                                   1.0L / 47900160,
                                   -691.0L / 1307674368000,
                                   1.0L / 74724249600,
                                   -3617.0L / 10670622842880000,
                                   43867.0L / 5109094217170944000};
  const Value inverse = Value(1) / at;
  const Value square = inverse * inverse;
  long double rising = power;
  Value series = Value(0), step = inverse;
  for (int i = 0; i < 9; ++i) {
    series = series + math::number<Value>(terms[i] * rising) * step;
    step = step * square;
    rising *= (long double)(power + 2 * i + 1) * (long double)(power + 2 * i + 2);
  }
  const Value first = math::number<Value>(1 / (long double)(power - 1));
  const Value rest = math::multiply_add(inverse, Value(0.5) + series, first);
  return sum + whole_power(inverse, power - 1) * rest;
}

/// The derivative of pi cot(pi x) of some order, divided by pi^(order + 1): a polynomial of c = cot(pi x),
/// since the derivative of c is -pi (1 + c^2).
template <class Value> constexpr Value derivative_of_cotangent(int order, Value c) {
  long double terms[max_order + 2] = {0, 1};
  for (int k = 0; k < order; ++k) {
    long double next[max_order + 2] = {};
    for (int i = 1; i <= k + 1; ++i) {
      next[i - 1] -= i * terms[i];
      next[i + 1] -= i * terms[i];
    }
    for (int i = 0; i <= k + 2; ++i) terms[i] = next[i];
  }
  Value sum = math::number<Value>(terms[order + 1]);  // not 0, which an infinite c would make NaN
  for (int i = order; i >= 0; --i) sum = sum * c + math::number<Value>(terms[i]);
  return sum;
}

/// The derivative of digamma of an order from 1 on: (-1)^(order + 1) order! zeta(order + 1, x); for negative
/// x by reflection.
template <class Value> constexpr Value polygamma(int order, Value x) {
  if (order > max_order) return math::number<Value>(std::numeric_limits<double>::quiet_NaN());
  long double factorial = 1;
  for (int i = 2; i <= order; ++i) factorial *= i;
  const auto of_positive = [&](Value positive) {
    return math::number<Value>(order % 2 == 0 ? -factorial : factorial) * hurwitz_zeta(order + 1, positive);
  };
  const auto reflected = x < Value(0);
  if (!math::holds_anywhere(reflected)) return of_positive(x);
  const Value mirrored = of_positive(math::choose(reflected, Value(1) - x, x));
  constexpr long double pi = std::numbers::pi_v<long double>;
  const Value angle = math::number<Value>(pi) * beside_whole(x);
  const Value slope = derivative_of_cotangent(order, math::cos(angle) / math::sin(angle));
  const Value rest = math::number<Value>(whole_power(pi, order + 1)) * slope;
  const Value none = math::number<Value>(std::numeric_limits<double>::quiet_NaN());
  const Value below = (order % 2 == 0 ? mirrored : -mirrored) - rest;
  return math::choose(reflected, math::choose(angle == Value(0), none, below), mirrored);
}

}  // namespace gamma_functions

/// A derivative of digamma; its order, from 1 on, is `number`.
struct polygamma_op : elementwise_operation<1> {
  static constexpr std::string_view name = "polygamma";
  static constexpr int flops = 150;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(const attributes& payload, Value a) {
    return gamma_functions::polygamma(int(payload.number), a);
  }
  static constexpr ref of_order(double order, ref a) {
    attributes payload;
    payload.number = order;
    return apply<polygamma_op>(payload, a);
  }
  static constexpr ref partials(ref a, ref result) { return of_order(result->payload.number + 1, a); }
  static constexpr printed print(const graph&, const node& of, const printed* operands) {
    return {text("polygamma<") + to_text(of.payload.number) + ">(" + operands[0].text + ")", 9};
  }
  static constexpr printed latex(const graph&, const node& of, const printed* operands) {
    return latex_call(text("\\psi^{(") + to_text(of.payload.number) + ")}", operands, 1);
  }
};

struct digamma_op : elementwise_operation<1> {
  static constexpr std::string_view name = "digamma";
  static constexpr std::string_view latex_sign = "\\psi";
  static constexpr int flops = 90;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return gamma_functions::digamma(a); }
  static constexpr ref partials(ref a, ref) { return polygamma_op::of_order(1, a); }
};

struct lgamma_op : elementwise_operation<1> {
  static constexpr std::string_view name = "lgamma";
  static constexpr std::string_view latex_sign = "\\log\\Gamma";
  static constexpr int flops = 90;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return gamma_functions::lgamma(a); }
  static constexpr ref partials(ref a, ref) { return apply<digamma_op>(a); }
};

/// A function of refs: the derivative of lgamma of an order from 1 on, less one.
template <int Order> struct polygamma_function {
  constexpr ref operator()(ref a) const {
    if constexpr (Order == 0)
      return apply<digamma_op>(a);
    else
      return polygamma_op::of_order(Order, a);
  }
};

/// log(|gamma(x)|); infinite at 0, -1, -2, ... Near its zeros at negative x the error is an ulp of 1, not of
/// the result.
template <formula Value> [[nodiscard]] constexpr auto lgamma(Value x) {
  return call<elementwise<lgamma_op>>(x);
}

/// The derivative of lgamma; infinite at 0, NaN at -1, -2, ..., where it has no sign.
template <formula Value> [[nodiscard]] constexpr auto digamma(Value x) {
  return call<elementwise<digamma_op>>(x);
}

/// The derivative of digamma of some order: `polygamma<1>(x)`; `polygamma<0>(x)` is digamma(x) itself. Orders
/// up to 20.
template <int Order, formula Value> [[nodiscard]] constexpr auto polygamma(Value x) {
  static_assert(Order >= 0 && Order <= 20, "polygamma<order>(x): the order is 0 to 20");
  return call<polygamma_function<Order>>(x);
}

}  // namespace fusegrad
