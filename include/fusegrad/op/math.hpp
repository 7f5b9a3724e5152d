// SPDX-License-Identifier: BSL-1.0
// The mathematical functions that operations are made of, one name each for a number and for a SIMD batch.
// They stand in a namespace of their own since fusegrad::exp is the user's word.
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <numbers>

namespace fusegrad::math {

/// The type of one number: of a plain number itself.
template <class Value> constexpr auto element_of_type() {
  if constexpr (std::floating_point<Value>)
    return Value();
  else
    return typename Value::value_type();
}
template <class Value> using element_type = decltype(element_of_type<Value>());

/// The distance from 1 to the next number.
template <class Value> constexpr double epsilon_of() {
  return double(std::numeric_limits<element_type<Value>>::epsilon());
}

/// A constant in the type of an element, which may hold fewer digits.
template <class Value> constexpr Value number(long double constant) {
  return Value(element_type<Value>(constant));
}

/// Functions of a type that are better than those beside it: a specialisation has some of them as members.
template <class Value> struct own_functions {};

template <class Value> [[gnu::always_inline]] constexpr Value exp(Value a) {
  if constexpr (requires { own_functions<Value>::exp(a); }) {
    return own_functions<Value>::exp(a);
  } else {
    using std::exp;
    return exp(a);
  }
}
template <class Value> constexpr Value log(Value a) {
  if constexpr (requires { own_functions<Value>::log(a); }) {
    return own_functions<Value>::log(a);
  } else {
    using std::log;
    return log(a);
  }
}
template <class Value> [[gnu::always_inline]] constexpr Value log1p(Value a) {
  if constexpr (requires { own_functions<Value>::log1p(a); }) {
    return own_functions<Value>::log1p(a);
  } else {
    using std::log1p;
    return log1p(a);
  }
}
template <class Value> [[gnu::always_inline]] constexpr Value expm1(Value a) {
  if constexpr (requires { own_functions<Value>::expm1(a); }) {
    return own_functions<Value>::expm1(a);
  } else {
    using std::expm1;
    return expm1(a);
  }
}
template <class Value> constexpr Value sinh(Value a) {
  using std::sinh;
  return sinh(a);
}
template <class Value> constexpr Value cosh(Value a) {
  using std::cosh;
  return cosh(a);
}
template <class Value> constexpr Value tanh(Value a) {
  using std::tanh;
  return tanh(a);
}
template <class Value> constexpr Value sqrt(Value a) {
  using std::sqrt;
  return sqrt(a);
}
/// `a` where the condition holds, else `b`.
template <std::floating_point Value> constexpr Value select(bool condition, Value a, Value b) {
  return condition ? a : b;
}

/// Whether a stored condition holds; batches bring their own overload.
template <std::floating_point Value> constexpr bool is_true(Value stored) { return stored != 0; }

/// Chooses between two values lane by lane.
template <class Condition, class Value> constexpr Value choose(Condition condition, Value a, Value b) {
  return select(condition, a, b);
}

template <class Value> constexpr Value abs(Value a) {
  using std::abs;
  if constexpr (std::floating_point<Value>)
    return a < 0 ? -a : a == 0 ? Value(0) : a;
  else
    return abs(a);
}
/// exp(-|a|) cosh(a) - 1 = (exp(-2 |a|) - 1) / 2, from -1/2 to 0.
template <class Value> [[gnu::always_inline]] constexpr Value scaled_coshm1(Value a) {
  const Value size = abs(a);
  if constexpr (requires { own_functions<Value>::scaled_coshm1(size); })
    return own_functions<Value>::scaled_coshm1(size);
  else
    return Value(0.5) * expm1(Value(-2) * size);
}
template <class Value> constexpr Value max(Value a, Value b) {
  if constexpr (std::floating_point<Value>)
    return b > a ? b : a;
  else
    return choose(b > a, b, a);
}
template <class Value> constexpr Value min(Value a, Value b) {
  if constexpr (std::floating_point<Value>)
    return b < a ? b : a;
  else
    return choose(b < a, b, a);
}

template <class Value> constexpr Value sin(Value a) {
  using std::sin;
  return sin(a);
}
template <class Value> constexpr Value cos(Value a) {
  using std::cos;
  return cos(a);
}
template <class Value> constexpr Value tan(Value a) {
  using std::tan;
  return tan(a);
}
template <class Value> constexpr Value asin(Value a) {
  using std::asin;
  return asin(a);
}
template <class Value> constexpr Value acos(Value a) {
  using std::acos;
  return acos(a);
}
template <class Value> constexpr Value atan(Value a) {
  using std::atan;
  return atan(a);
}
template <class Value> constexpr Value asinh(Value a) {
  using std::asinh;
  return asinh(a);
}
template <class Value> constexpr Value atanh(Value a) {
  using std::atanh;
  return atanh(a);
}
template <class Value> constexpr Value floor(Value a) {
  using std::floor;
  return floor(a);
}
template <class Value> constexpr Value ceil(Value a) {
  using std::ceil;
  return ceil(a);
}

/// Whether a condition holds, of a register in any lane.
template <class Condition> constexpr bool holds_anywhere(Condition condition) {
  if constexpr (std::same_as<Condition, bool>)
    return condition;
  else
    return any(condition);
}

/// The nearest whole number, of two the even one.
template <class Value> constexpr Value round(Value a) {
  using std::nearbyint;
  return nearbyint(a);
}

/// The size of `a` with the sign of `b`, zeros included.
template <class Value> constexpr Value copysign(Value a, Value b) {
  using std::copysign;
  return copysign(a, b);
}

/// a * b + c, rounded once; by registers of instruction sets that lack this, twice.
template <class Value> constexpr Value fma(Value a, Value b, Value c) {
  if constexpr (requires { own_functions<Value>::fma(a, b, c); }) {
    return own_functions<Value>::fma(a, b, c);
  } else {
    using std::fma;
    return fma(a, b, c);
  }
}

/// a * b + c, rounded once or twice: whatever is faster.
template <class Value> constexpr Value multiply_add(Value a, Value b, Value c) {
  if constexpr (std::floating_point<Value>)
    return a * b + c;
  else
    return math::fma(a, b, c);
}

/// The sum of terms[i] * x^i: even and odd powers apart, so that fewer terms wait for another.
template <class Value, class Term, std::size_t Count>
constexpr Value polynomial(Value x, const std::array<Term, Count>& terms) {
  static_assert(Count >= 2);
  const Value square = x * x;
  const auto every_second = [&](std::size_t last) {
    Value sum = Value(terms[last]);
    for (std::size_t i = last; i >= 2; i -= 2) sum = multiply_add(sum, square, Value(terms[i - 2]));
    return sum;
  };
  const Value one = every_second(Count - 1), other = every_second(Count - 2);
  return Count % 2 == 0 ? multiply_add(one, x, other) : multiply_add(other, x, one);
}

/// Whether the polynomials for double are needed, or those for float suffice.
template <class Value> inline constexpr bool is_double = std::same_as<element_type<Value>, double>;

/// The same, each term waiting for the one before: a rounding less where terms cancel.
template <class Value, class Term, std::size_t Count>
constexpr Value polynomial_in_turn(Value x, const std::array<Term, Count>& terms) {
  Value sum = Value(terms.back());
  for (std::size_t i = Count - 1; i > 0; --i) sum = multiply_add(sum, x, Value(terms[i - 1]));
  return sum;
}

/// 2 to the power of a. Registers scale in two steps, since the greatest power of xsimd is 2^127, or 2^1023,
/// and its least the least normal number.
template <class Value> constexpr Value exp2(Value a) {
  using std::exp2;
  if constexpr (std::floating_point<Value>) {
    return exp2(a);
  } else {
    constexpr int half = is_double<Value> ? 512 : 64;
    constexpr long double scale = is_double<Value> ? 0x1p512L : 0x1p64L;
    const Value bounded = max(min(a, Value(3 * half)), Value(-3 * half));
    const auto great = a > Value(half), little = a < Value(-half);
    const Value shift = choose(great, Value(half), choose(little, Value(-half), Value(0)));
    const Value factor =
        choose(great, number<Value>(scale), choose(little, number<Value>(1 / scale), Value(1)));
    return exp2(bounded - shift) * factor;
  }
}
template <class Value> constexpr Value log2(Value a) {
  if constexpr (requires { own_functions<Value>::log2(a); }) {
    return own_functions<Value>::log2(a);
  } else {
    using std::log2;
    return log2(a);
  }
}
template <class Value> constexpr Value log10(Value a) {
  if constexpr (requires { own_functions<Value>::log10(a); }) {
    return own_functions<Value>::log10(a);
  } else {
    using std::log10;
    return log10(a);
  }
}
template <class Value> constexpr Value cbrt(Value a) {
  if constexpr (requires { own_functions<Value>::cbrt(a); }) {
    return own_functions<Value>::cbrt(a);
  } else {
    using std::cbrt;
    return cbrt(a);
  }
}

/// The inverse of cosh; NaN below 1.
template <class Value> constexpr Value acosh(Value a) {
  using std::acosh;
  if constexpr (std::floating_point<Value>)
    return acosh(a);
  else
    return choose(a < Value(1), number<Value>(std::numeric_limits<double>::quiet_NaN()), acosh(a));
}

/// The length of (a, b), which overflows only where it must; infinite if one of them is.
template <class Value> constexpr Value hypot(Value a, Value b) {
  if constexpr (std::floating_point<Value>) {
    using std::hypot;
    return hypot(a, b);
  } else {
    const Value infinity = number<Value>(std::numeric_limits<double>::infinity());
    const Value first = abs(a), second = abs(b);
    const Value most = max(first, second), least = min(first, second);
    const Value ratio = choose(most == Value(0), Value(0), least / most);
    const Value length = most * sqrt(multiply_add(ratio, ratio, Value(1)));
    return choose((first == infinity) || (second == infinity), infinity, length);
  }
}

/// The angle of the point (x, y), from -pi to pi; 0 at the origin, with the signs of the C library.
template <class Value> constexpr Value atan2(Value y, Value x) {
  if constexpr (std::floating_point<Value>) {
    using std::atan2;
    return atan2(y, x);
  } else {
    const Value up = abs(y), across = abs(x);
    // Of two zeros or two infinities there is no quotient.
    const Value quotient = choose(up == across, choose(up == Value(0), Value(0), Value(1)), up / across);
    const Value angle = atan(quotient);
    const Value left = number<Value>(std::numbers::pi_v<long double>) - angle;
    return copysign(choose(copysign(Value(1), x) < Value(0), left, angle), y);
  }
}

/// a to the power of b.
template <class Value> constexpr Value pow(Value a, Value b) {
  if constexpr (requires { own_functions<Value>::pow(a, b); }) {
    return own_functions<Value>::pow(a, b);
  } else {
    using std::pow;
    return pow(a, b);
  }
}
template <class Value>
requires(!std::same_as<Value, double>) constexpr Value pow(Value a, double exponent) {
  return math::pow(a, number<Value>(exponent));
}

}  // namespace fusegrad::math
