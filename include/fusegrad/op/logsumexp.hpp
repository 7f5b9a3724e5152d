// SPDX-License-Identifier: BSL-1.0
// log(sum(exp(v))) and what is built on it: softmax and log_softmax are plain compositions.
// Source: Blanchard, Higham, Higham 2021, "Accurately computing the log-sum-exp and softmax functions".
#pragma once

#include "fusegrad/op/exponential.hpp"
#include "fusegrad/op/rows.hpp"

namespace fusegrad {

/// a - m, where m is the greatest of some numbers and a one of them. Equal infinities have no distance: where
/// all numbers are -infinity, all powers are 1, as of any other equal numbers.
struct shift_op : elementwise_operation<2> {
  static constexpr std::string_view name = "shift";
  static constexpr int flops = 2;
  template <class Value> static constexpr Value value(Value a, Value m) {
    return math::choose(a == m, Value(0), a - m);
  }
  static constexpr ref along(int operand, const ref*, ref, ref direction) {
    return operand == 0 ? direction : -direction;
  }
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    return subtract_op::print(in, of, operands);
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    return subtract_op::latex(in, of, operands);
  }
};

/// A function of refs: a + log1mexp(b - a).
struct logsubexp_function {
  static constexpr std::string_view word = "logsubexp";
  constexpr ref operator()(ref a, ref b) const {
    return a + apply<log1mexp_op>(elementwise<shift_op>{}(b, a));
  }
};

/// log(exp(a) - exp(b)) for a > b, element by element, without overflow. -infinity where they are equal, NaN
/// where b is greater.
/// Source: a + log1mexp(b - a), see log1mexp.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto logsubexp(Left a, Right b) { return call_operator<logsubexp_function>(a, b); }

/// Whether v is already w minus the maximum of w along these axes.
[[nodiscard]] constexpr bool is_shifted_by_max(ref v, axis_set axes) {
  if (!is<shift_op>(v) || !is<broadcast_op>(v.operand(1))) return false;
  const ref wide = v.operand(1);
  if (wide->payload.axes != axes) return false;
  const ref stopped = wide.operand(0);
  if (!is<stop_gradient_op>(stopped)) return false;
  const ref most = stopped.operand(0);
  return is<reduce_max_op>(most) && most->payload.axes == axes && same(most.operand(0), v.operand(0));
}

/// v minus its maximum along some axes, itself if it is so already; the shift cancels in whatever it is used
/// for, so it takes no gradient.
[[nodiscard]] constexpr ref shifted_by_max(ref v, axis_set axes) {
  if (is_shifted_by_max(v, axes)) return v;
  const ref most = stop_gradient(reduce<reduce_max_op>(v, axes));
  return apply<shift_op>(v, broadcast_over(most, v.extents(), axes));
}

/// m + log1p(sum of exp(v - m) without one greatest element), m = max(v): exact to rounding also where one
/// element dominates, as log(1 + 2e-9) is 2e-9 and not 0. Elements of -infinity count nothing and get
/// gradient 0, also where there are no others and the value is -infinity itself. Reads `axes`.
struct logsumexp_op : reduction_operation {
  static constexpr std::string_view name = "logsumexp";
  static constexpr operation_family family = operation_family::composite;
  static constexpr int flops = 45;
  template <class Real>
  static constexpr void evaluate(const node& of, const tensor_view<const Real>* operands,
                                 tensor_view<Real> result) {
    const axis_set kept = all_axes(operands[0].extents) & ~of.payload.axes;
    const auto each_of = [&](int to, auto visit) {
      for (int i = 0; i < operands[0].extents.elements(); ++i)
        if (position_op::position_of(i, operands[0].extents, kept) == to) visit(i, operands[0][i]);
    };
    for (int to = 0; to < result.extents.elements(); ++to) {
      int best = -1;
      each_of(to, [&](int i, Real value) {
        if (best < 0 || value > operands[0][best]) best = i;
      });
      Real others = 0;
      each_of(to, [&](int i, Real value) {
        if (i != best) others += math::exp(shift_op::value(value, operands[0][best]));
      });
      result[to] = operands[0][best] + math::log1p(others);
    }
  }
  /// softmax(v), from the shifted v. Shifted elements are all 0 where the others were all -infinity.
  static constexpr ref weights(ref operand, ref result) {
    const axis_set axes = result->payload.axes;
    const ref powers = exp(shifted_by_max(operand, axes));
    const ref shares = powers / broadcast_over(sum_over(powers, axes), operand.extents(), axes);
    if (is_shifted_by_max(operand, axes)) return shares;
    return where(operand == constant_like(operand, -std::numeric_limits<double>::infinity()), 0, shares);
  }
  static constexpr ref define(ref of);
  static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    return print_reduction(name, in, of, operands);
  }
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    return latex_reduction(latex_operator(name), in, of, operands);
  }
};

/// The sum of powers without that of one greatest element of v. In rows the position of an element is a constant,
/// and the greatest one is left out where it stands. Elsewhere elements fill lanes: all of the greatest, whose
/// powers are 1, are left out, and counted.
[[nodiscard]] constexpr ref sum_without_greatest(ref v, ref distances, axis_set axes) {
  const ref powers = exp(distances);
  if (v->depends == level::row) {
    const ref best = broadcast_over(reduce<argmax_op>(v, axes), v.extents(), axes);
    return sum_over(where(position_in(*v.in, v.extents(), axes) == best, 0, powers), axes);
  }
  const ref greatest = distances == constant_like(v, 0);
  const ref count = sum_over(where(greatest, 1, constant_like(v, 0)), axes);
  return sum_over(where(greatest, 0, powers), axes) + (count - 1);
}

constexpr ref logsumexp_op::define(ref of) {
  const axis_set axes = of->payload.axes;
  const ref v = of.operand(0);
  if (is_shifted_by_max(v, axes)) return log1p(sum_without_greatest(v.operand(0), v, axes));
  const ref log_of_sum = log1p(sum_without_greatest(v, shifted_by_max(v, axes), axes));
  return stop_gradient(reduce<reduce_max_op>(v, axes)) + log_of_sum;
}

/// log(sum(exp(v))) over the given axes, over all without any.
/// Source: the shifted form with log1p; gradient softmax(v).
template <int... Axes, formula Value> [[nodiscard]] constexpr auto logsumexp(Value v) {
  return call<reduce_function<logsumexp_op, false, Axes...>>(v);
}
template <int... Axes, formula Value> [[nodiscard]] constexpr auto logsumexp(Value v, keepdim_t) {
  return call<reduce_function<logsumexp_op, true, Axes...>>(v);
}

/// The textbook's softmax over the given axes, the last one without any; the compiler shifts it by the
/// maximum.
/// Shape:   v -> the same shape.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto softmax(Value logits) {
  const auto powers = exp(logits);
  if constexpr (sizeof...(Axes) == 0)
    return powers / sum<-1>(powers, keepdim);
  else
    return powers / sum<Axes...>(powers, keepdim);
}

/// log(softmax(logits)); the compiler finds the stable form.
template <int... Axes, formula Value> [[nodiscard]] constexpr auto log_softmax(Value logits) {
  return log(softmax<Axes...>(logits));
}

}  // namespace fusegrad
