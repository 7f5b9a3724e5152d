// SPDX-License-Identifier: BSL-1.0
// fold and scan: a body repeated n times, or for every element of an axis. A body is a lambda over formulas;
// what it reads beside its arguments is simply written in it.
#pragma once

#include <tuple>
#include <utility>

#include "fusegrad/op/repetition.hpp"

namespace fusegrad {

namespace repeating {

/// The most steps that a repetition can take: as many as an axis can have elements.
inline constexpr int most_steps = int(tensor_shape::extent_mask);

/// The step number. `Body` tells repetitions of the same values from each other.
template <class Body, int Steps, int Carries> struct begin_function {
  static constexpr std::string_view word = "fold";
  template <std::same_as<ref>... Rest> constexpr ref operator()(ref first, Rest... rest) const {
    const ref all[] = {first, rest...};
    int steps = Steps;
    for (int i = Carries; i <= int(sizeof...(rest)); ++i) {
      const tensor_shape found = all[i].extents();
      if (found.rank == 0 || (steps > 0 && found[0] != steps))
        first.in->report({problem_kind::elements_of_other_extents, all[Carries].extents(), found});
      if (steps == 0 && found.rank > 0) steps = found[0];
    }
    return step_number_in(*first.in, steps > 0 ? steps : 1);
  }
};

template <int Which> struct carry_function {
  static constexpr std::string_view word = "fold";
  constexpr ref operator()(ref step, ref initial) const { return carry_of(step, initial, Which); }
};

struct element_function {
  static constexpr std::string_view word = "fold";
  constexpr ref operator()(ref step, ref all) const { return element_of(step, all); }
};

/// What a repetition leaves of its carry number `Which`: the last one, or all of them. Called with the step
/// number, the carries, what they become, and, if that says the number of steps, the elements of an axis.
template <bool Stacks, int Which, int Steps, int Carries> struct result_function {
  static constexpr std::string_view word = Stacks ? "scan" : "fold";
  template <std::same_as<ref>... Refs> constexpr ref operator()(Refs... refs) const {
    const ref all[] = {refs...};
    open_repetition open;
    open.step = all[0];
    open.carries.assign(all + 1, all + 1 + Carries);
    open.nexts.assign(all + 1 + Carries, all + 1 + 2 * Carries);
    open = at_its_level(open);
    const ref end = open.end();
    if constexpr (Stacks) {
      const int steps = Steps > 0 ? Steps : all[2 * Carries + 1].extents()[0];
      return stacked(end, open.nexts[Which], steps);
    } else {
      return last_carry(end, open.carries[Which]);
    }
  }
};

template <class Value> inline constexpr bool is_tuple = false;
template <class... Values> inline constexpr bool is_tuple<std::tuple<Values...>> = true;

template <class Value> constexpr auto as_tuple(Value value) {
  if constexpr (is_tuple<Value>)
    return value;
  else
    return std::tuple<Value>(value);
}

/// Calls a body with carries and elements, and with the step number if it takes one more argument.
template <class Body, class Step, class... Arguments>
constexpr auto call_body(Body body, Step step, Arguments... arguments) {
  constexpr bool counts = requires { body(arguments..., step); };
  static_assert(
      counts || requires { body(arguments...); },
      "fold and scan: the body takes the carries, then one element of each axis, then the number "
      "of the step if it wants it");
  if constexpr (counts)
    return as_tuple(body(arguments..., step));
  else
    return as_tuple(body(arguments...));
}

/// The results of a repetition: one formula, or a tuple if there are several carries.
template <bool Stacks, int Steps, class Body, class... Initial, std::size_t... Which, class... All>
constexpr auto repeat(Body body, std::tuple<Initial...> initial, std::index_sequence<Which...>, All... all) {
  constexpr int count = int(sizeof...(Initial));
  const auto step = call<begin_function<Body, Steps, count>>(std::get<Which>(initial)..., all...);
  const std::tuple carries(call<carry_function<int(Which)>>(step, std::get<Which>(initial))...);
  const auto nexts = call_body(body, step, std::get<Which>(carries)..., call<element_function>(step, all)...);
  static_assert(std::tuple_size_v<decltype(nexts)> == std::size_t(count),
                "fold and scan: the body returns the next value of every carry, several as a std::tuple");
  const auto result = [&]<std::size_t I>(std::integral_constant<std::size_t, I>, auto... steps) {
    return call<result_function<Stacks, int(I), Steps, count>>(step, std::get<Which>(carries)...,
                                                               std::get<Which>(nexts)..., steps...);
  };
  const auto results = [&](auto... steps) {
    if constexpr (count == 1)
      return result(std::integral_constant<std::size_t, 0>{}, steps...);
    else
      return std::tuple(result(std::integral_constant<std::size_t, Which>{}, steps...)...);
  };
  if constexpr (Stacks && Steps == 0)
    return results(std::get<0>(std::tuple(all...)));
  else
    return results();
}

/// Numbers the carries.
template <class Initial>
using carries_of = std::make_index_sequence<std::tuple_size_v<decltype(as_tuple(std::declval<Initial>()))>>;

/// Fails with a sentence if a number of steps is none.
template <int Steps> constexpr void check_steps() {
  static_assert(Steps > 0, "fold<n> and scan<n>: n must be 1 or more, a body is computed at least once");
  static_assert(Steps <= most_steps, "fold<n> and scan<n>: n must be below 2^21");
}

}  // namespace repeating

/// What is left when a body has been repeated n times: carry = body(carry), from `initial` on. A body that
/// takes one more argument gets the number of the step, from 0: body(carry, step).
/// Several carries are a std::tuple: `initial` is one, the body takes them one by one and returns one.
/// A `dropout` of the body drops the same elements in every step.
/// Shape:  that of `initial`.
/// Errors: compile time, if n is below 1, or if the body changes the shape of the carry.
/// Cost:   that of the body, n times; the program is as large as for n = 1. A gradient computes the body
///         twice and keeps the carry of every step, or of about every sqrt(n)-th where they are many.
/// Source: Bradbury et al. 2018, "JAX", lax.scan.
template <int Steps, class Body, class Initial>
[[nodiscard]] constexpr auto fold(Body body, Initial initial) {
  repeating::check_steps<Steps>();
  if constexpr (Steps > 0 && Steps <= repeating::most_steps)
    return repeating::repeat<false, Steps>(body, repeating::as_tuple(initial),
                                           repeating::carries_of<Initial>{});
}

/// What is left when a body has met every element of the first axis of some values:
/// carry = body(carry, all[step]).
/// Shape:  that of `initial`.
/// Errors: compile time, as above, or if a value has no axis, or another number of elements than the others.
template <class Body, class Initial, formula First, formula... Rest>
[[nodiscard]] constexpr auto fold(Body body, Initial initial, First all, Rest... rest) {
  return repeating::repeat<false, 0>(body, repeating::as_tuple(initial), repeating::carries_of<Initial>{},
                                     all, rest...);
}

/// The carry after each of n steps, one above the other.
/// Shape:  v -> [n, that of v].
/// Errors: as `fold`.
template <int Steps, class Body, class Initial>
[[nodiscard]] constexpr auto scan(Body body, Initial initial) {
  repeating::check_steps<Steps>();
  if constexpr (Steps > 0 && Steps <= repeating::most_steps)
    return repeating::repeat<true, Steps>(body, repeating::as_tuple(initial),
                                          repeating::carries_of<Initial>{});
}

/// The carry after each element of the first axis of some values.
template <class Body, class Initial, formula First, formula... Rest>
[[nodiscard]] constexpr auto scan(Body body, Initial initial, First all, Rest... rest) {
  return repeating::repeat<true, 0>(body, repeating::as_tuple(initial), repeating::carries_of<Initial>{}, all,
                                    rest...);
}

}  // namespace fusegrad
