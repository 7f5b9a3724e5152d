// SPDX-License-Identifier: BSL-1.0
// The error function and the normal distribution, accurate far into the tails, and the activation made of it.
// All rest on erfcx(x) = exp(x * x) erfc(x), which neither overflows nor vanishes for positive x.
// Source: Shepherd, Laframboise 1981, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x)", for the
// variable that takes x from 0 to infinity into an interval.
#pragma once

#include "fusegrad/op/exponential.hpp"

namespace fusegrad {

/// The functions of numbers and registers. In long double they are those of the C library.
namespace error_functions {

inline constexpr long double root_half = std::numbers::sqrt2_v<long double> / 2;
inline constexpr long double inverse_root_pi = std::numbers::inv_sqrtpi_v<long double>;

/// Up to here erf(x) / x is a polynomial of x * x.
inline constexpr double border = 0.5;

/// erf(x) for sizes below 0.5; elsewhere it is of no use.
/// Rounds: relative error of the polynomial 4e-18, in float 1.4e-9.
template <class Value> constexpr Value erf_of_small(Value x) {
  const Value square = x * x;
  if constexpr (math::is_double<Value>)
    return x *
           math::polynomial(
               square, std::array{1.1283791670955126, -0.37612638903183476, 0.11283791670925353,
                                  -0.026866170632887928, 0.00522397737302147, -0.0008548297753674966,
                                  0.00012053335124353741, -1.4845849259707869e-05, 1.4725865480556744e-06});
  else
    return x * math::polynomial(square, std::array{1.12837911F, -0.376126081F, 0.112828314F, -0.026757732F,
                                                   0.00471908273F});
}

/// erfcx(x) for x >= 0: t times a polynomial of 2 t - 1, t = 1 / (1 + x / 3).
/// Rounds: relative error of the polynomial 2.2e-17, in float 2e-8.
template <class Value> constexpr Value erfcx_of_positive(Value x) {
  const Value t = Value(3) / (x + Value(3));
  const Value centred = t + t - Value(1);
  if constexpr (math::is_double<Value>)
    return t * math::polynomial_in_turn(
                   centred,
                   std::array{0.3580023023627799,      0.2944648177232945,      0.1967427857013695,
                              0.1034890873001889,      0.03984258709565953,     0.008942411541493538,
                              -0.0004041388738382599,  -0.0010113540003986608,  -0.00018276991508258444,
                              9.225928273365532e-05,   3.585392750000691e-05,   -1.0132730174040267e-05,
                              -5.823868584100777e-06,  1.5831303440440469e-06,  9.226037418424269e-07,
                              -3.3314597870270045e-07, -1.3725325306312533e-07, 7.818223334208088e-08,
                              1.667106728097079e-08,   -1.7222715872994848e-08, -1.1971203723870318e-09,
                              2.9626149638389826e-09,  3.719707966416795e-12,   -2.8159509281076503e-10});
  else
    return t * math::polynomial_in_turn(
                   centred, std::array{0.358002305F, 0.294464737F, 0.196742743F, 0.103490591F, 0.0398434177F,
                                       0.00893382169F, -0.000408896216F, -0.000991010922F, -0.000171437874F,
                                       7.02600373e-05F, 2.34684176e-05F});
}

/// exp(factor * x * x) for x >= 0 and a factor that is a power of two or minus one. Rounding x * x would cost
/// as many ulp as it is large, so its head is squared exactly, and what is missing multiplies the result.
template <class Value> constexpr Value exp_of_square(Value x, Value factor) {
  // What is added to it is rounded to a multiple of 2^-20, in float 2^-7, whose square is exact up to x = 64
  // (16).
  const Value shifter = math::number<Value>(math::is_double<Value> ? 0x1.8p32L : 0x1.8p16L);
  const Value limit = Value(math::is_double<Value> ? 64 : 16);
  const Value size = math::min(x, limit);
  const Value head = (size + shifter) - shifter;
  const Value rest = (size - head) * (size + head);
  const Value square = head * head + rest;
  const Value missing = (head * head - square) + rest;
  const Value power = math::exp(factor * square);
  const Value corrected = power + power * (factor * missing);
  return math::choose(corrected == corrected, corrected, power);  // infinity * 0 is none
}

/// exp(x * x) erfc(x) by its continued fraction, or as it stands where neither factor is extreme.
constexpr long double erfcx_of_long(long double x) {
  if (x < 10) return std::exp(x * x) * std::erfc(x);
  long double below = x;
  for (int i = 120; i > 0; --i) below = x + 0.5L * i / below;
  return inverse_root_pi / below;
}

template <class Value> constexpr Value erf(Value x) {
  if constexpr (std::floating_point<Value>) {
    return std::erf(x);
  } else {
    const Value size = math::abs(x);
    const Value tail = exp_of_square(size, Value(-1)) * erfcx_of_positive(size);
    return math::choose(size < Value(border), erf_of_small(x), math::copysign(Value(1) - tail, x));
  }
}

template <class Value> constexpr Value erfc(Value x) {
  if constexpr (std::floating_point<Value>) {
    return std::erfc(x);
  } else {
    const Value size = math::abs(x);
    const Value tail = exp_of_square(size, Value(-1)) * erfcx_of_positive(size);
    return math::choose(size < Value(border), Value(1) - erf_of_small(x),
                        math::choose(x < Value(0), Value(2) - tail, tail));
  }
}

template <class Value> constexpr Value erfcx(Value x) {
  if constexpr (std::same_as<Value, long double>) {
    return erfcx_of_long(x);
  } else {
    const Value size = math::abs(x);
    const Value scaled = erfcx_of_positive(size), power = exp_of_square(size, Value(1));
    return math::choose(size < Value(border), power * (Value(1) - erf_of_small(x)),
                        math::choose(x < Value(0), Value(2) * power - scaled, scaled));
  }
}

/// The probability that a standard normal number is less than -size, for size >= 0. It takes exp(-size^2 / 2)
/// from size itself: erfc(size / sqrt(2)) feels the rounding of its argument, 38^2 ulp at size = 38.
template <class Value> constexpr Value normal_tail(Value size) {
  return Value(0.5) * exp_of_square(size, Value(-0.5)) *
         erfcx_of_positive(size * math::number<Value>(root_half));
}

template <class Value> constexpr Value normal_cdf(Value x) {
  if constexpr (std::same_as<Value, long double>) {
    return std::erfc(-x * root_half) / 2;
  } else {
    const Value scaled = x * math::number<Value>(root_half);
    const Value tail = normal_tail(math::abs(x));
    return math::choose(math::abs(scaled) < Value(border), Value(0.5) + Value(0.5) * erf_of_small(scaled),
                        math::choose(x < Value(0), tail, Value(1) - tail));
  }
}

/// For negative x log(erfcx(-x / sqrt(2)) / 2) - x^2 / 2, two terms of one sign; else log1p of minus the
/// tail. Near 0 the probability itself is best.
template <class Value> constexpr Value log_normal_cdf(Value x) {
  if constexpr (std::same_as<Value, long double>) {
    return x < 0 ? std::log(erfcx_of_long(-x * root_half) / 2) - x * x / 2
                 : std::log1p(-std::erfc(x * root_half) / 2);
  } else {
    const Value size = math::abs(x), argument = x * math::number<Value>(root_half);
    const auto near = math::abs(argument) < Value(border);
    const Value scaled = erfcx_of_positive(math::abs(argument));
    const Value part = Value(0.5) * math::choose(near, Value(1) + erf_of_small(argument), scaled);
    const Value below = math::log(part) - math::choose(near, Value(0), Value(0.5) * size * size);
    const Value above = math::log1p(-(exp_of_square(size, Value(-0.5)) * (Value(0.5) * scaled)));
    return math::choose(near || (x < Value(0)), below, above);
  }
}

/// For x from 1/2 on log(erfcx(x)) - x^2, two terms of one sign; else log1p of -erf(x), which is 0 where x
/// is.
template <class Value> constexpr Value log_erfc(Value x) {
  if constexpr (std::same_as<Value, long double>) {
    return x < 0.5L ? std::log1p(-std::erf(x)) : std::log(erfcx_of_long(x)) - x * x;
  } else {
    const auto far = x > Value(border);
    const Value size = math::abs(x);
    const Value near = math::log1p(-error_functions::erf(math::choose(far, Value(0), x)));
    return math::choose(far, math::log(erfcx_of_positive(size)) - size * size, near);
  }
}

/// Density by probability: sqrt(2 / pi) / erfcx(-x / sqrt(2)) for negative x; else the power by what the tail
/// leaves.
template <class Value> constexpr Value log_normal_cdf_slope(Value x) {
  constexpr long double numerator = std::numbers::sqrt2_v<long double> * inverse_root_pi;
  if constexpr (std::same_as<Value, long double>) {
    return x < 0 ? numerator / erfcx_of_long(-x * root_half)
                 : numerator * std::exp(-x * x / 2) / std::erfc(-x * root_half);
  } else {
    const Value size = math::abs(x), argument = x * math::number<Value>(root_half);
    const auto near = math::abs(argument) < Value(border);
    const auto far_below = !near && (x < Value(0));
    const Value scaled = erfcx_of_positive(math::abs(argument));
    const Value power = exp_of_square(size, Value(-0.5));
    const Value twice = math::choose(near, Value(1) + erf_of_small(argument), Value(2) - power * scaled);
    return math::number<Value>(numerator) * math::choose(far_below, Value(1), power) /
           math::choose(far_below, scaled, twice);
  }
}

/// Density by probability, -2 / sqrt(pi) exp(-x^2) / erfc(x): from 1/2 on by erfcx, else as it stands.
template <class Value> constexpr Value log_erfc_slope(Value x) {
  if constexpr (std::same_as<Value, long double>) {
    return -2 * inverse_root_pi * (x < 0.5L ? std::exp(-x * x) / std::erfc(x) : 1 / erfcx_of_long(x));
  } else {
    const auto far = x > Value(border);
    const Value size = math::abs(x);
    const Value above = math::choose(far, Value(1), exp_of_square(size, Value(-1)));
    const Value below = math::choose(far, erfcx_of_positive(size), error_functions::erfc(x));
    return math::number<Value>(-2 * inverse_root_pi) * above / below;
  }
}

}  // namespace error_functions

struct erf_op : elementwise_operation<1> {
  static constexpr std::string_view name = "erf";
  static constexpr int flops = 70;
  template <class Value> static constexpr Value value(Value a) { return error_functions::erf(a); }
  static constexpr ref partials(ref a, ref) { return 2 * std::numbers::inv_sqrtpi * exp(-square(a)); }
};

/// 1 - erf(a), which keeps its digits for large a.
struct erfc_op : elementwise_operation<1> {
  static constexpr std::string_view name = "erfc";
  static constexpr int flops = 70;
  template <class Value> static constexpr Value value(Value a) { return error_functions::erfc(a); }
  static constexpr ref partials(ref a, ref) { return -2 * std::numbers::inv_sqrtpi * exp(-square(a)); }
};

/// exp(a * a) erfc(a).
struct erfcx_op : elementwise_operation<1> {
  static constexpr std::string_view name = "erfcx";
  static constexpr int flops = 70;
  static constexpr bool unbounded_partial = true;  // it overflows
  template <class Value> static constexpr Value value(Value a) { return error_functions::erfcx(a); }
  static constexpr ref partials(ref a, ref result) {
    return 2 * multiply(a, result) - 2 * std::numbers::inv_sqrtpi;
  }
};

/// The probability that a standard normal number is less than a.
struct normal_cdf_op : elementwise_operation<1> {
  static constexpr std::string_view name = "normal_cdf";
  static constexpr std::string_view latex_sign = "\\Phi";
  static constexpr int flops = 70;
  template <class Value> static constexpr Value value(Value a) { return error_functions::normal_cdf(a); }
  static constexpr ref partials(ref a, ref) {
    return std::numbers::inv_sqrtpi * std::numbers::sqrt2 / 2 * exp(-square(a) / 2);
  }
};

/// The slope of log_normal_cdf, nowhere 0 / 0.
struct log_normal_cdf_slope_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log_normal_cdf_slope";
  static constexpr int flops = 75;
  template <class Value> static constexpr Value value(Value a) {
    return error_functions::log_normal_cdf_slope(a);
  }
  static constexpr ref partials(ref a, ref result) { return -multiply(result, a + result); }
};

/// log(normal_cdf(a)), like -a^2 / 2 for negative a.
struct log_normal_cdf_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log_normal_cdf";
  static constexpr std::string_view latex_sign = "\\log\\Phi";
  static constexpr int flops = 110;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return error_functions::log_normal_cdf(a); }
  static constexpr ref partials(ref a, ref) { return apply<log_normal_cdf_slope_op>(a); }
};

/// The slope of log_erfc, nowhere 0 / 0.
struct log_erfc_slope_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log_erfc_slope";
  static constexpr int flops = 80;
  template <class Value> static constexpr Value value(Value a) { return error_functions::log_erfc_slope(a); }
  static constexpr ref partials(ref a, ref result) { return -multiply(result, 2 * a + result); }
};

/// log(erfc(a)), like -a^2 for large a.
struct log_erfc_op : elementwise_operation<1> {
  static constexpr std::string_view name = "log_erfc";
  static constexpr int flops = 110;
  static constexpr bool unbounded_partial = true;
  template <class Value> static constexpr Value value(Value a) { return error_functions::log_erfc(a); }
  static constexpr ref partials(ref a, ref) { return apply<log_erfc_slope_op>(a); }
};

/// 2 / sqrt(pi) times the integral of exp(-t * t) from 0 to x.
template <formula Value> [[nodiscard]] constexpr auto erf(Value x) { return call<elementwise<erf_op>>(x); }

/// 1 - erf(x), with all its digits also where it is small.
template <formula Value> [[nodiscard]] constexpr auto erfc(Value x) { return call<elementwise<erfc_op>>(x); }

/// exp(x * x) erfc(x): like 1 / (sqrt(pi) x) for large x. Its slope there, a difference, has an absolute
/// error of an ulp of 1.
template <formula Value> [[nodiscard]] constexpr auto erfcx(Value x) {
  return call<elementwise<erfcx_op>>(x);
}

/// log(erfc(x)), accurate where erfc(x) is near 1 and where it vanishes.
template <formula Value> [[nodiscard]] constexpr auto log_erfc(Value x) {
  return call<elementwise<log_erfc_op>>(x);
}

/// The probability that a standard normal number is less than x.
template <formula Value> [[nodiscard]] constexpr auto normal_cdf(Value x) {
  return call<elementwise<normal_cdf_op>>(x);
}

/// log(normal_cdf(x)), which is -x^2 / 2 - log(-x) - log(2 pi) / 2 for large negative x. Its slope is
/// accurate everywhere; the second derivative loses x^2 ulp for negative x.
template <formula Value> [[nodiscard]] constexpr auto log_normal_cdf(Value x) {
  return call<elementwise<log_normal_cdf_op>>(x);
}

/// x times the probability that a standard normal number is less than x.
/// Source: Hendrycks, Gimpel 2016, "Gaussian error linear units (GELUs)".
template <formula Value> [[nodiscard]] constexpr auto gelu(Value x) { return multiply(x, normal_cdf(x)); }

/// The form of `gelu` with a tanh, x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, off by up to 5e-4: as
/// x logistic(...) of twice the argument, which is the same and does not cancel.
/// Source: Hendrycks, Gimpel 2016, "Gaussian error linear units (GELUs)".
template <formula Value> [[nodiscard]] constexpr auto gelu_tanh(Value x) {
  constexpr double scale = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  const auto inner = multiply(constant<scale> * x, constant<1> + constant<0.044715> * square(x));
  return multiply(x, logistic(inner));
}

}  // namespace fusegrad
