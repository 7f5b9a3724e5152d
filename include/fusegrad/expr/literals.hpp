// SPDX-License-Identifier: BSL-1.0
// Short numbers in formulas: 0.5_c is constant<0.5>, for all who use the namespace fusegrad, or this one alone.
// Only decimal numbers of few digits, so that every literal is read exactly as the C++ compiler reads it.
#pragma once

#include "fusegrad/op/ref.hpp"

namespace fusegrad {
inline namespace literals {

/// The value of a decimal literal of at most 15 digits, whose last one stands for at most 10^22 and at least 10^-22:
/// its digits and this power of ten are exact, so that their product or quotient is correctly rounded.
template <char... Characters> consteval double parse_decimal() {
  constexpr int most_digits = 15, most_power = 22;
  double digits = 0;
  int count = 0, power = 0, exponent = 0;
  bool fraction = false, in_exponent = false, negative = false;
  for (char each : {Characters...}) {
    const bool is_digit = each >= '0' && each <= '9';
    if (each == '\'') continue;
    if (in_exponent) {
      negative = negative || each == '-';
      if (is_digit && exponent <= 10 * most_power) exponent = exponent * 10 + (each - '0');
    } else if (each == '.') {
      fraction = true;
    } else if (each == 'e' || each == 'E') {
      in_exponent = true;
    } else {
      if (!is_digit) throw "a literal like 0.5_c or 1e-3_c is a decimal number: write constant<...>";
      if (++count > most_digits) throw "a literal like 0.5_c has at most 15 digits: write constant<...>";
      digits = digits * 10 + (each - '0');
      if (fraction) --power;
    }
  }
  power += negative ? -exponent : exponent;
  if (power > most_power || power < -most_power)
    throw "a literal like 1e-3_c is neither that large nor that small: write constant<...>";
  double scale = 1;
  for (int i = power < 0 ? -power : power; i > 0; --i) scale *= 10;
  return power < 0 ? digits / scale : digits * scale;
}

/// A number in a formula: `0.5_c * x`, `1e-3_c * sum(square(w))`.
/// Errors: compile time, if it is not decimal, has more than 15 digits or a last digit beyond 10^22 or 10^-22.
template <char... Characters> consteval auto operator""_c() {
  return literal<parse_decimal<Characters...>()>{};
}

}  // namespace literals
}  // namespace fusegrad
