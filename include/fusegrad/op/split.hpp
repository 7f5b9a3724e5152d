// SPDX-License-Identifier: BSL-1.0
// A value in parts along one axis, each of them a slice: none costs a loop.
#pragma once

#include <tuple>
#include <utility>

#include "fusegrad/op/exponential.hpp"
#include "fusegrad/op/slice.hpp"

namespace fusegrad {

/// One of several equal parts of an axis.
template <int Parts, int Axis, int Which> struct split_function {
  static constexpr std::string_view word = "split";
  constexpr ref operator()(ref value) const {
    const int axis = axis_in(value, Axis);
    if (value.in->trouble()) return value;
    const int extent = value.extents()[axis];
    if (extent % Parts != 0) {
      value.in->report({problem_kind::split_leaves_a_rest, value.extents(), {}});
      return value;
    }
    return slice_of(value, axis, extent / Parts * Which, extent / Parts * (Which + 1), 1);
  }
};

/// So many equal parts of one axis, as a std::tuple: `const auto [a, b] = split<2>(v)` in a function,
/// `std::get<0>(split<2>(v))` where all is constexpr. The last axis unless another is named.
/// Shape:  that of v, with extent / Parts along the axis.
/// Errors: compile time, if the axis is missing or its extent is no multiple of Parts.
/// Cost:   none.
template <int Parts, int Axis = -1, formula Value>
requires(Parts > 0) [[nodiscard]] constexpr auto split(Value v) {
  return [v]<int... Which>(std::integer_sequence<int, Which...>) {
    return std::tuple{call<split_function<Parts, Axis, Which>>(v)...};
  }
  (std::make_integer_sequence<int, Parts>{});
}

/// The parts of one axis between places where it is cut, as a std::tuple: `split_at<0, 2, 5>(v)` are rows 0
/// and 1, rows 2 to 4, and the rest: NumPy's `split` at indices.
/// Shape:  that of v, but for the axis.
/// Errors: compile time, if the axis is missing, or the places do not ascend within it.
/// Cost:   none.
template <int Axis, int... Places, formula Value>
requires(sizeof...(Places) > 0) [[nodiscard]] constexpr auto split_at(Value v) {
  constexpr int cuts[] = {0, Places..., to_end};
  return [ v, cuts ]<int... Which>(std::integer_sequence<int, Which...>) {
    (void)cuts;
    return std::tuple{call<slice_function<Axis, cuts[Which], cuts[Which + 1], 1>>(v)...};
  }
  (std::make_integer_sequence<int, int(sizeof...(Places)) + 1>{});
}

/// The first half of an axis, each element let through as far as the logistic function of its fellow in the
/// second half says. The last axis unless another is named.
/// Shape:  that of x, with half the extent along the axis.
/// Errors: compile time, if the axis is missing or its extent is odd.
/// Source: Dauphin, Fan, Auli, Grangier 2017, "Language modeling with gated convolutional networks".
template <int Axis = -1, formula Value> [[nodiscard]] constexpr auto glu(Value x) {
  const auto let_through = call<split_function<2, Axis, 0>>(x);  // one after the other: they add to a graph
  const auto gate = call<split_function<2, Axis, 1>>(x);
  return multiply(let_through, logistic(gate));
}

}  // namespace fusegrad
