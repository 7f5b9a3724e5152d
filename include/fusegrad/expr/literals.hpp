// SPDX-License-Identifier: BSL-1.0
// Short numbers in formulas: 0.5_c is constant<0.5>, for all who use the namespace fusegrad, or this one alone.
// Only digits and one point, so that every literal is read exactly as the C++ compiler reads it.
#pragma once

#include "fusegrad/op/ref.hpp"

namespace fusegrad {
inline namespace literals {

/// The value of a decimal literal of at most 15 digits: both parts are exact, so the quotient is correctly
/// rounded.
template <char... Characters> consteval double parse_decimal() {
  double digits = 0;
  double scale = 1;
  int count = 0;
  bool fraction = false;
  for (char each : {Characters...}) {
    if (each == '\'') continue;
    if (each == '.') {
      fraction = true;
      continue;
    }
    if (each < '0' || each > '9')
      throw "a literal like 0.5_c has digits and one point only: write constant<...>";
    if (++count > 15) throw "a literal like 0.5_c has at most 15 digits: write constant<...>";
    digits = digits * 10 + (each - '0');
    if (fraction) scale *= 10;
  }
  return digits / scale;
}

/// A number in a formula: `0.5_c * x`.
/// Errors: compile time, if it has an exponent or more than 15 digits.
template <char... Characters> consteval auto operator""_c() {
  return literal<parse_decimal<Characters...>()>{};
}

}  // namespace literals
}  // namespace fusegrad
