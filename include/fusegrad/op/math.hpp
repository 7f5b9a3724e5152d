// SPDX-License-Identifier: BSL-1.0
// The mathematical functions that operations are made of, one name each for a number and for a SIMD batch.
// They stand in a namespace of their own since fusegrad::exp is the user's word.
#pragma once

#include <cmath>
#include <concepts>
#include <limits>

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

/// Functions of a type that are better than those beside it: a specialisation has some of them as members.
template <class Value> struct own_functions {};

template <class Value> constexpr Value exp(Value a) {
  using std::exp;
  return exp(a);
}
template <class Value> constexpr Value log(Value a) {
  using std::log;
  return log(a);
}
template <class Value> constexpr Value log1p(Value a) {
  if constexpr (requires { own_functions<Value>::log1p(a); }) {
    return own_functions<Value>::log1p(a);
  } else {
    using std::log1p;
    return log1p(a);
  }
}
template <class Value> constexpr Value expm1(Value a) {
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
template <class Value> constexpr Value pow(Value a, double exponent) {
  using std::pow;
  if constexpr (std::floating_point<Value>)
    return pow(a, Value(exponent));
  else
    return pow(a, Value(static_cast<typename Value::value_type>(exponent)));
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

}  // namespace fusegrad::math
