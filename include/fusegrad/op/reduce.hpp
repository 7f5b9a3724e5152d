// SPDX-License-Identifier: BSL-1.0
// Reductions over feature axes: sum, mean, max, min, argmax, argmin, any, all. A reduction drops its axes;
// keepdim puts them back as 1.
#pragma once

#include <limits>

#include "fusegrad/op/compare.hpp"

namespace fusegrad {

/// Asks a reduction to keep its axes with extent 1.
struct keepdim_t {};
inline constexpr keepdim_t keepdim{};

/// What all reductions share. Reads `axes`.
struct reduction_operation {
  static constexpr operation_family family = operation_family::reduction;
  static constexpr int arity = 1;
  static constexpr int flops = 1;  // per element of the operand
  static constexpr inference infer(const graph& in, const node& of) {
    const node& operand = in[of.operands[0]];
    return {without(operand.extents, of.payload.axes), value_kind::real, real_expected(operand)};
  }
  static constexpr attributes carry(const node& of, int, unsigned) { return along_later_axes(of.payload); }
  /// Calls `visit(result index, position among the reduced, element)` for every element of the operand.
  template <class Real>
  static constexpr void for_each(const node& of, const tensor_view<const Real>& operand, auto visit) {
    const axis_set kept = all_axes(operand.extents) & ~of.payload.axes;
    for (int i = 0; i < operand.extents.elements(); ++i)
      visit(position_op::position_of(i, operand.extents, kept),
            position_op::position_of(i, operand.extents, of.payload.axes), operand[i]);
  }
  static constexpr printed print_reduction(std::string_view name, const graph& in, const node& of,
                                           const printed* operands) {
    text axes;
    if (of.payload.axes != all_axes(in[of.operands[0]].extents))
      for (int axis = 0; axis < max_rank; ++axis)
        if (contains(of.payload.axes, axis)) axes += text(axes.empty() ? "" : ", ") + to_text(axis);
    text call = name;
    if (!axes.empty()) call += text("<") + axes + ">";
    return {call + "(" + operands[0].text + ")", 9};
  }
};

/// "\sum_{j} A_{i j}".
[[nodiscard]] constexpr printed latex_reduction(const text& sign, const graph& in, const node& of,
                                                const printed* operands) {
  return latex_over_axes(sign, in[of.operands[0]].extents, of.payload.axes, operands[0]);
}

struct sum_op : reduction_operation {
  static constexpr std::string_view name = "sum";
  /// One accumulator per result, in row-major order of the operand.
  template <class Value> struct accumulator {
    Value total = Value(0);
    constexpr void add(Value each, Value) { total = total + each; }
    constexpr void merge(const accumulator& other) { total = total + other.total; }
    constexpr Value result() const { return total; }
  };
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = 0;
    for_each<Real>(of, operands[0], [&](int to, int, Real each) { result[to] += each; });
  }
  static constexpr ref transpose(int, const ref* operands, ref result, ref adjoint) {
    return broadcast_over(adjoint, operands[0].extents(), result->payload.axes);
  }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    return print_reduction(name, in, of, operands);
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    return latex_reduction("\\sum", in, of, operands);
  }
};

/// The position of the greatest element among the reduced ones, counted row-major; the first of equals.
struct argmax_op : reduction_operation {
  static constexpr std::string_view name = "argmax";
  static constexpr bool no_derivative = true;
  static constexpr inference infer(const graph& in, const node& of) {
    inference inferred = reduction_operation::infer(in, of);
    inferred.kind = value_kind::category;
    return inferred;
  }
  template <class Value> struct accumulator {
    Value best = Value(-std::numeric_limits<float>::infinity());
    Value at = Value(0);
    constexpr void add(Value each, Value position) {
      at = math::choose(each > best, position, at);
      best = math::max(best, each);
    }
    constexpr void merge(const accumulator& other) {
      const auto wins = other.best > best || (other.best == best && other.at < at);
      at = math::choose(wins, other.at, at);
      best = math::max(best, other.best);
    }
    constexpr Value result() const { return at; }
  };
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const axis_set kept = all_axes(operands[0].extents) & ~of.payload.axes;
    for (int i = 0; i < result.extents.elements(); ++i) result[i] = -1;
    std::array<Real, 1> best{};
    for (int to = 0; to < result.extents.elements(); ++to)
      for (int i = 0; i < operands[0].extents.elements(); ++i) {
        if (position_op::position_of(i, operands[0].extents, kept) != to) continue;
        if (result[to] >= 0 && !(operands[0][i] > best[0])) continue;
        best[0] = operands[0][i];
        result[to] = Real(position_op::position_of(i, operands[0].extents, of.payload.axes));
      }
  }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    return print_reduction(name, in, of, operands);
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    return latex_reduction("\\arg\\max", in, of, operands);
  }
};

/// The greatest element; the first of equals takes the gradient.
struct reduce_max_op : reduction_operation {
  static constexpr std::string_view name = "reduce_max";
  static constexpr bool masks = true;
  template <class Value> struct accumulator {
    Value best = Value(-std::numeric_limits<float>::infinity());
    constexpr void add(Value each, Value) { best = math::max(best, each); }
    constexpr void merge(const accumulator& other) { best = math::max(best, other.best); }
    constexpr Value result() const { return best; }
  };
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    for_each<Real>(of, operands[0], [&](int to, int position, Real each) {
      if (position == 0 || each > result[to]) result[to] = each;
    });
  }
  static constexpr ref weights(ref operand, ref result);
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    return print_reduction("max", in, of, operands);
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    return latex_reduction("\\max", in, of, operands);
  }
};

/// Applies a reduction to some axes of a value.
template <class Op> [[nodiscard]] constexpr ref reduce(ref value, axis_set axes) {
  attributes payload;
  payload.axes = axes;
  return apply<Op>(payload, value);
}

/// The sum over some axes; of a constant it is computed.
[[nodiscard]] constexpr ref sum_over(ref value, axis_set axes) {
  if (axes == 0) return value;
  if (is<constant_op>(value))
    return constant_in(*value.in, value->payload.number * elements_along(value.extents(), axes),
                       without(value.extents(), axes));
  return reduce<sum_op>(value, axes);
}

constexpr ref reduce_max_op::weights(ref operand, ref result) {
  const axis_set axes = result->payload.axes;
  const ref best = broadcast_over(reduce<argmax_op>(operand, axes), operand.extents(), axes);
  const ref position = position_in(*operand.in, operand.extents(), axes);
  return where(position == best, 1, constant_like(operand, 0));
}

/// An axis as it is counted from the front; one that there is not is a problem, and the first stands for it.
[[nodiscard]] constexpr int axis_in(ref value, int axis, int rank) {
  const int wanted = axis < 0 ? axis + rank : axis;
  if (wanted >= 0 && wanted < rank) return wanted;
  value.in->report({problem_kind::axis_out_of_range, value.extents(), {}});
  return 0;
}
[[nodiscard]] constexpr int axis_in(ref value, int axis) { return axis_in(value, axis, value.rank()); }

/// The axes that a template argument list means: none means all, negative ones count from the last.
template <int... Axes> [[nodiscard]] constexpr axis_set axes_of(ref value) {
  axis_set axes = sizeof...(Axes) == 0 ? all_axes(value.extents()) : 0;
  ((axes |= 1u << axis_in(value, Axes)), ...);
  return value.in->trouble() ? 0 : axes;
}

/// A function of refs: a reduction over axes that are given as template arguments.
template <class Op, bool Keep, int... Axes> struct reduce_function {
  constexpr ref operator()(ref value) const {
    const tensor_shape extents = value.extents();
    const axis_set axes = axes_of<Axes...>(value);
    const ref reduced = std::is_same_v<Op, sum_op> ? sum_over(value, axes) : reduce<Op>(value, axes);
    return Keep ? reshape_to(reduced, with_ones(extents, axes)) : reduced;
  }
};

/// A function of refs: the arithmetic mean over axes.
template <bool Keep, int... Axes> struct mean_function {
  constexpr ref operator()(ref value) const {
    const int count = elements_along(value.extents(), axes_of<Axes...>(value));
    return reduce_function<sum_op, Keep, Axes...>{}(value) / count;
  }
};

/// A function of refs: the least element or its position, those of the greatest of the negated elements.
template <bool Keep, int... Axes> struct min_function {
  constexpr ref operator()(ref value) const {
    return -reduce_function<reduce_max_op, Keep, Axes...>{}(-value);
  }
};
template <bool Keep, int... Axes> struct argmin_function {
  constexpr ref operator()(ref value) const { return reduce_function<argmax_op, Keep, Axes...>{}(-value); }
};

/// Functions of refs: whether a condition holds for some of the elements, or for all.
template <bool Keep, int... Axes> struct any_function {
  static constexpr std::string_view word = "any";
  constexpr ref operator()(ref condition) const {
    const ref holds = where(condition, 1, constant_like(condition, 0));
    return reduce_function<reduce_max_op, Keep, Axes...>{}(holds) > 0;
  }
};
template <bool Keep, int... Axes> struct all_function {
  static constexpr std::string_view word = "all";
  constexpr ref operator()(ref condition) const {
    const ref fails = where(condition, 0, constant_like(condition, 1));
    return reduce_function<reduce_max_op, Keep, Axes...>{}(fails) < 1;
  }
};

/// The sum over the given axes, over all without any: `sum(v)`, `sum<0>(v)`, `sum<-1>(v, keepdim)`.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto sum(Value v) {
  return call<reduce_function<sum_op, false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto sum(Value v, keepdim_t) {
  return call<reduce_function<sum_op, true, Axes...>>(v);
}

/// The arithmetic mean over the given axes, over all without any.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto mean(Value v) {
  return call<mean_function<false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto mean(Value v, keepdim_t) {
  return call<mean_function<true, Axes...>>(v);
}

/// The greatest element over the given axes, over all without any; the first of equals takes the gradient.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto max(Value v) {
  return call<reduce_function<reduce_max_op, false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto max(Value v, keepdim_t) {
  return call<reduce_function<reduce_max_op, true, Axes...>>(v);
}

/// The position of the greatest element, counted row-major among the reduced; the first of equals.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto argmax(Value v) {
  return call<reduce_function<argmax_op, false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto argmax(Value v, keepdim_t) {
  return call<reduce_function<argmax_op, true, Axes...>>(v);
}

/// The least element over the given axes, over all without any; the first of equals takes the gradient.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto min(Value v) {
  return call<min_function<false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto min(Value v, keepdim_t) {
  return call<min_function<true, Axes...>>(v);
}

/// The position of the least element, counted row-major among the reduced; the first of equals.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto argmin(Value v) {
  return call<argmin_function<false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto argmin(Value v, keepdim_t) {
  return call<argmin_function<true, Axes...>>(v);
}

/// Whether a condition holds for at least one element over the given axes, over all without any:
/// `where(any(x > limit), a, b)`.
template <int... Axes, formula Condition> [[nodiscard]] constexpr auto any(Condition condition) {
  return call<any_function<false, Axes...>>(condition);
}
template <int... Axes, formula Condition> [[nodiscard]] constexpr auto any(Condition condition, keepdim_t) {
  return call<any_function<true, Axes...>>(condition);
}

/// Whether a condition holds for all elements over the given axes, over all without any.
template <int... Axes, formula Condition> [[nodiscard]] constexpr auto all(Condition condition) {
  return call<all_function<false, Axes...>>(condition);
}
template <int... Axes, formula Condition> [[nodiscard]] constexpr auto all(Condition condition, keepdim_t) {
  return call<all_function<true, Axes...>>(condition);
}

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/op/contract.hpp"
