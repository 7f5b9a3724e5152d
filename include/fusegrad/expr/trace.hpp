// SPDX-License-Identifier: BSL-1.0
// The second door: a lambda over handles of values, run once by the compiler. Bare numbers, loops and names
// of one's own work as in any function; the graph is the same as that of the formula written with
// expressions.
#pragma once

#include "fusegrad/expr/expression.hpp"

namespace fusegrad {

/// A function of refs: the user's lambda.
template <class Lambda> struct traced_function {
  static constexpr std::string_view word = "trace";
  template <std::same_as<ref>... Refs> constexpr ref operator()(Refs... refs) const {
    return Lambda{}(refs...);
  }
};

/// Whether a lambda can be called with so many handles.
template <class Lambda, std::size_t... Argument> consteval bool takes(std::index_sequence<Argument...>) {
  return requires(Lambda body) { body((void(Argument), ref{})...); };
}

/// A formula written as a lambda: `trace([](auto x, auto w) { return 2 * sum(w * x); }, x, w)`.
/// The lambda captures nothing; it gets one handle per symbol, in order.
/// Errors: compile time, at the line of the trace, as for expressions.
/// Cost:   one template instantiation per lambda, however long it is.
template <class Lambda, recordable... Symbols>
[[nodiscard]] constexpr auto trace(Lambda, Symbols... symbols) {
  static_assert(std::is_empty_v<Lambda>,
                "the lambda of a trace captures something: give formulas as arguments, numbers as literals");
  static_assert(takes<Lambda>(std::index_sequence_for<Symbols...>{}),
                "the lambda of a trace takes another number of arguments than formulas are given");
  if constexpr (std::is_empty_v<Lambda> && takes<Lambda>(std::index_sequence_for<Symbols...>{}))
    return call<traced_function<Lambda>>(symbols...);
}

}  // namespace fusegrad
