// SPDX-License-Identifier: BSL-1.0
// Values put together: padded with zeros, one behind the other, one above the other.
#pragma once

#include "fusegrad/op/slice.hpp"

namespace fusegrad {

/// Two values, one behind the other along an axis. Reads `axes`: that axis.
struct concat_op : placement_operation {
  static constexpr std::string_view name = "concat";
  static constexpr int arity = 2;
  static constexpr inference infer(const graph& in, const node& of) {
    const node& first = in[of.operands[0]];
    const node& second = in[of.operands[1]];
    const int axis = first_axis(of.payload.axes);
    problem trouble = real_expected(first);
    if (!trouble) trouble = real_expected(second);
    tensor_shape extents = first.extents, beside = second.extents;
    extents.set(axis, first.extents[axis] + second.extents[axis]);
    beside.set(axis, extents[axis]);
    if (!(extents == beside)) trouble = {problem_kind::concat_extents_differ, first.extents, second.extents};
    return {extents, value_kind::real, trouble};
  }
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const int axis = first_axis(of.payload.axes);
    const int inner = result.extents.stride(axis);
    const int all = result.extents[axis], first = operands[0].extents[axis];
    for (int i = 0; i < result.extents.elements(); ++i) {
      const int outer = i / inner / all, along = i / inner % all, rest = i % inner;
      result[i] = along < first ? operands[0][(outer * first + along) * inner + rest]
                                : operands[1][(outer * (all - first) + along - first) * inner + rest];
    }
  }
  static constexpr ref transpose(int operand, const ref* operands, ref result, ref adjoint) {
    const int axis = first_axis(result->payload.axes);
    const int first = operands[0].extents()[axis];
    return operand == 0 ? slice_of(adjoint, axis, 0, first, 1) : slice_of(adjoint, axis, first, to_end, 1);
  }
  static constexpr attributes carry(const node& of, int, unsigned) { return along_later_axes(of.payload); }
};

/// Zeros before and after the elements of one axis.
[[nodiscard]] constexpr ref padded(ref value, int axis, int before, int after) {
  const tensor_shape from = value.extents();
  if (before < 0 || after < 0) {
    value.in->report({problem_kind::padding_is_negative, from, {}});
    return value;
  }
  if (from.rank == 0 || (before == 0 && after == 0)) return value;
  attributes where_to = striding::whole(from);
  where_to.starts.set(axis, before);
  where_to.extents.set(axis, from[axis] + before + after);
  return scatter(value, where_to);
}

/// Two values, one behind the other.
[[nodiscard]] constexpr ref concat_two(ref a, ref b, int axis) {
  tensor_shape before = a.extents(), after = b.extents();
  if (before.rank == after.rank) after.set(axis, before[axis]);
  if (!(before == after)) {
    a.in->report({problem_kind::concat_extents_differ, a.extents(), b.extents()});
    return a;
  }
  attributes payload;
  payload.axes = 1u << axis;
  return apply<concat_op>(payload, a, b);
}

/// Several values, one behind the other. Put together by halves, so that each is copied a few times only.
[[nodiscard]] constexpr ref concat_all(const ref* values, int count, int axis) {
  if (values[0].in->trouble()) return values[0];
  if (count == 1) return values[0];
  const int half = count / 2;
  return concat_two(concat_all(values, half, axis), concat_all(values + half, count - half, axis), axis);
}

template <int Axis, int Before, int After> struct pad_function {
  static constexpr std::string_view word = "pad";
  constexpr ref operator()(ref value) const { return padded(value, axis_in(value, Axis), Before, After); }
};

template <int Axis> struct concat_function {
  static constexpr std::string_view word = "concat";
  template <class... Rest> constexpr ref operator()(ref first, Rest... rest) const {
    const ref values[] = {first, rest...};
    return concat_all(values, int(sizeof...(rest)) + 1, axis_in(first, Axis));
  }
};

template <int Axis> struct stack_function {
  static constexpr std::string_view word = "stack";
  template <class... Rest> constexpr ref operator()(ref first, Rest... rest) const {
    const int axis = axis_in(first, Axis, first.rank() + 1);
    if (first.rank() == max_rank) first.in->report({problem_kind::rank_too_large, first.extents(), {}});
    const auto differs = [&](ref each) {
      if (!(each.extents() == first.extents()))
        first.in->report({problem_kind::concat_extents_differ, first.extents(), each.extents()});
    };
    (differs(rest), ...);
    if (first.in->trouble()) return first;
    const ref layers[] = {layer(first, axis), layer(rest, axis)...};
    return concat_all(layers, int(sizeof...(rest)) + 1, axis);
  }

 private:
  static constexpr ref layer(ref value, int axis) {
    const tensor_shape from = value.extents();
    tensor_shape extents;
    for (int k = 0; k <= from.rank; ++k) extents.push_back(k == axis ? 1 : from[k < axis ? k : k - 1]);
    return reshape_to(value, extents);
  }
};

template <int Axis, int Shift> struct roll_function {
  static constexpr std::string_view word = "roll";
  constexpr ref operator()(ref value) const {
    const int axis = axis_in(value, Axis);
    if (value.in->trouble()) return value;
    const int extent = value.extents()[axis];
    const int shift = (Shift % extent + extent) % extent;
    if (shift == 0) return value;
    const ref last = slice_of(value, axis, extent - shift, extent, 1);
    const ref first = slice_of(value, axis, 0, extent - shift, 1);
    return concat_two(last, first, axis);
  }
};

/// Zeros before and after the elements of one axis.
/// Shape:  that of v, Before + After more along the axis. Negative axes count from the last.
/// Errors: compile time, if the axis is missing, or Before or After is negative.
/// Cost:   one write per element of the result; several pads are one.
template <int Axis, int Before, int After, formula Value> [[nodiscard]] constexpr auto pad(Value v) {
  return call<pad_function<Axis, Before, After>>(v);
}

/// Values one behind the other along an axis that they have.
/// Shape:  extents add up along the axis, all others are equal.
/// Errors: compile time, if the axis is missing or other extents differ.
/// Cost:   one write per element, a few for many operands.
template <int Axis, formula First, formula... Rest>
[[nodiscard]] constexpr auto concat(First a, Rest... rest) {
  return call<concat_function<Axis>>(a, rest...);
}

/// Values of one shape, one above the other along a new axis.
/// Shape:  n values [a, b] -> [n, a, b] for axis 0, [a, b, n] for axis 2 or -1.
/// Errors: compile time, if the shapes differ or the axis is out of range.
/// Cost:   as `concat`.
template <int Axis = 0, formula First, formula... Rest>
[[nodiscard]] constexpr auto stack(First a, Rest... rest) {
  return call<stack_function<Axis>>(a, rest...);
}

/// Elements moved along an axis; those that leave it at the end come back at the beginning: NumPy's `roll`.
/// Errors: compile time, if the axis is missing.
/// Cost:   one write per element.
template <int Axis, int Shift, formula Value> [[nodiscard]] constexpr auto roll(Value v) {
  return call<roll_function<Axis, Shift>>(v);
}

}  // namespace fusegrad
