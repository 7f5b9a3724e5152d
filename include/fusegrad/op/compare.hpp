// SPDX-License-Identifier: BSL-1.0
// Comparisons, what is made of them with "and", "or" and "not", and the choices made by them: where, max,
// min, relu.
#pragma once

#include "fusegrad/op/arithmetic.hpp"

namespace fusegrad {

/// What all comparisons share: the result is a condition, which has no derivative.
struct comparison : elementwise_operation<2> {
  static constexpr value_kind result_kind = value_kind::condition;
  static constexpr bool exact = true;
};

struct less_op : comparison {
  static constexpr std::string_view name = "less";
  static constexpr auto value(auto a, auto b) { return a < b; }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " < ", 0, false);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_infix(operands, " < ", latex_binding::relation, false);
  }
};

struct less_equal_op : comparison {
  static constexpr std::string_view name = "less_equal";
  static constexpr auto value(auto a, auto b) { return a <= b; }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " <= ", 0, false);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_infix(operands, " \\le ", latex_binding::relation, false);
  }
};

struct equal_op : comparison {
  static constexpr std::string_view name = "equal";
  static constexpr auto value(auto a, auto b) { return a == b; }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " == ", 0, false);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_infix(operands, " = ", latex_binding::relation, false);
  }
};

struct not_equal_op : comparison {
  static constexpr std::string_view name = "not_equal";
  /// xsimd 8.1's own `!=` says of NaN, with AVX-512, that it is equal to everything.
  static constexpr auto value(auto a, auto b) { return !(a == b); }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " != ", 0, false);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_infix(operands, " \\ne ", latex_binding::relation, false);
  }
};

/// What makes a condition of conditions.
template <int Arity> struct logical_operation : elementwise_operation<Arity> {
  static constexpr value_kind result_kind = value_kind::condition;
  static constexpr bool exact = true;
  static constexpr value_kind operand_kind(int) { return value_kind::condition; }
};

struct logical_and_op : logical_operation<2> {
  static constexpr std::string_view name = "logical_and";
  static constexpr auto value(auto a, auto b) { return a && b; }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " && ", -1, true);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_infix(operands, " \\land ", latex_binding::conjunction, true);
  }
};

struct logical_or_op : logical_operation<2> {
  static constexpr std::string_view name = "logical_or";
  static constexpr auto value(auto a, auto b) { return a || b; }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " || ", -2, true);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_infix(operands, " \\lor ", latex_binding::disjunction, true);
  }
};

struct logical_not_op : logical_operation<1> {
  static constexpr std::string_view name = "logical_not";
  static constexpr auto value(auto a) { return !a; }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return {text("!") + enclose(operands[0], 3), 3};
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\lnot ") + enclose_latex(operands[0], latex_binding::atom), latex_binding::product};
  }
};

/// Chooses element by element. Its adjoint is a select too: what was not taken gets an exact zero.
struct where_op : elementwise_operation<3> {
  static constexpr std::string_view name = "where";
  static constexpr bool masks = true;
  static constexpr bool exact = true;
  static constexpr value_kind operand_kind(int i) {
    return i == 0 ? value_kind::condition : value_kind::real;
  }
  template <class Condition, class Value>
  static constexpr Value value(Condition condition, Value a, Value b) {
    return math::choose(condition, a, b);
  }
  static constexpr ref along(int operand, const ref* operands, ref, ref direction) {
    const ref zero = constant_like(direction, 0);
    return operand == 1 ? apply<where_op>(operands[0], direction, zero)
                        : apply<where_op>(operands[0], zero, direction);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\begin{cases} ") + operands[1].text + " & \\text{if } " + operands[0].text + " \\\\ " +
                operands[2].text + " & \\text{otherwise} \\end{cases}",
            latex_binding::choice};
  }
};

template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator<(Left a, Right b) { return call_operator<elementwise<less_op>>(a, b); }
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator>(Left a, Right b) { return call_operator<elementwise<less_op>>(b, a); }
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator<=(Left a, Right b) {
  return call_operator<elementwise<less_equal_op>>(a, b);
}
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator>=(Left a, Right b) {
  return call_operator<elementwise<less_equal_op>>(b, a);
}
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator==(Left a, Right b) {
  return call_operator<elementwise<equal_op>>(a, b);
}
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator!=(Left a, Right b) {
  return call_operator<elementwise<not_equal_op>>(a, b);
}

/// Whether both conditions hold. Both are computed: nothing is cut short.
template <formula Left, formula Right> [[nodiscard]] constexpr auto operator&&(Left a, Right b) {
  return call<elementwise<logical_and_op>>(a, b);
}

/// Whether one of the conditions holds, or both. Both are computed: nothing is cut short.
template <formula Left, formula Right> [[nodiscard]] constexpr auto operator||(Left a, Right b) {
  return call<elementwise<logical_or_op>>(a, b);
}

/// Whether the condition does not hold.
template <formula Condition> [[nodiscard]] constexpr auto operator!(Condition condition) {
  return call<elementwise<logical_not_op>>(condition);
}

/// The operators under the names of NumPy: `&&`, `||`, `!`.
template <formula Left, formula Right> [[nodiscard]] constexpr auto logical_and(Left a, Right b) {
  return a && b;
}
template <formula Left, formula Right> [[nodiscard]] constexpr auto logical_or(Left a, Right b) {
  return a || b;
}
template <formula Condition> [[nodiscard]] constexpr auto logical_not(Condition condition) {
  return !condition;
}

/// Whether an element is NaN: a condition.
template <formula Value> [[nodiscard]] constexpr auto isnan(Value x) { return x != x; }

/// Whether an element is neither infinite nor NaN: a condition.
template <formula Value> [[nodiscard]] constexpr auto isfinite(Value x) { return x - x == constant<0>; }

/// `a` where the condition holds, else `b`. No NaN or infinity of the other arm reaches value or gradient.
template <formula Condition, class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto where(Condition condition, Left a, Right b) {
  if constexpr (std::same_as<Condition, ref> && number<Left>)
    return call<elementwise<where_op>>(condition, constant_in(*condition.in, double(a)), b);
  else if constexpr (std::same_as<Condition, ref> && number<Right>)
    return call<elementwise<where_op>>(condition, a, constant_in(*condition.in, double(b)));
  else if constexpr (number<Left> || number<Right>)
    return refuse_bare_number(a, b);
  else
    return call<elementwise<where_op>>(condition, a, b);
}

/// The greater of two; where they are equal the first takes the gradient.
struct max_op : elementwise_operation<2> {
  static constexpr std::string_view name = "max";
  static constexpr std::string_view latex_sign = "\\max";
  static constexpr bool masks = true;
  template <class Value> static constexpr Value value(Value a, Value b) { return math::max(a, b); }
  static constexpr ref along(int operand, const ref* operands, ref, ref direction) {
    return operand == 0 ? where(operands[0] < operands[1], 0, direction)
                        : where(operands[0] < operands[1], direction, 0);
  }
};

/// The lesser of two; where they are equal the first takes the gradient.
struct min_op : elementwise_operation<2> {
  static constexpr std::string_view name = "min";
  static constexpr std::string_view latex_sign = "\\min";
  static constexpr bool masks = true;
  template <class Value> static constexpr Value value(Value a, Value b) { return math::min(a, b); }
  static constexpr ref along(int operand, const ref* operands, ref, ref direction) {
    return operand == 0 ? where(operands[1] < operands[0], 0, direction)
                        : where(operands[1] < operands[0], direction, 0);
  }
};

/// max(x, 0); gradient 0 at 0.
struct relu_op : elementwise_operation<1> {
  static constexpr std::string_view name = "relu";
  static constexpr bool masks = true;
  template <class Value> static constexpr Value value(Value a) {
    return math::choose(a < Value(0), Value(0), a);
  }
  static constexpr ref along(int, const ref* operands, ref, ref direction) {
    return where(operands[0] > 0, direction, 0);
  }
};

/// The greater of two values, element by element.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto max(Left a, Right b) { return call_operator<elementwise<max_op>>(a, b); }

/// The lesser of two values, element by element.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto min(Left a, Right b) { return call_operator<elementwise<min_op>>(a, b); }

/// max(x, 0) element by element; gradient 0 at 0.
template <formula Value> [[nodiscard]] constexpr auto relu(Value x) { return call<elementwise<relu_op>>(x); }

// What arithmetic needs of choices.

/// A choice whose other arm is 0, with a function of what it takes: the 0 stays. Nothing of another value.
template <class Function> constexpr ref beside_zero(ref choice, Function of_taken) {
  for (int arm = 1; arm <= 2 && is<where_op>(choice); ++arm) {
    if (!is_number(choice.operand(3 - arm), 0)) continue;
    const ref condition = choice.operand(0), found = of_taken(choice.operand(arm));
    const ref zero = constant_like(found, 0);
    return arm == 1 ? where(condition, found, zero) : where(condition, zero, found);
  }
  return {};
}

constexpr ref scale_direction(ref direction, ref partial, bool masked) {
  const ref chosen = beside_zero(direction, [&](ref taken) {
    return scale_direction(taken, partial, masked && !is<constant_op>(taken));
  });
  if (chosen.id) return chosen;
  const ref product = multiply(direction, partial);
  const bool has_zeros = !is<constant_op>(direction) || is_number(direction, 0);
  return masked && has_zeros && !is<constant_op>(partial) ? where(direction == 0, 0, product) : product;
}
constexpr ref scale_by_weights(ref direction, ref weights, bool masked) {
  const ref chosen =
      beside_zero(weights, [&](ref taken) { return scale_direction(direction, taken, masked); });
  return chosen.id ? chosen : scale_direction(direction, weights, masked);
}
constexpr ref finite_part(ref value) { return where(value - value == 0, value, 0); }
constexpr ref sqrt_op::partials(ref a, ref result) {
  return where(a == 0, 0, constant_like(a, 0.5) / result);
}
constexpr ref abs_op::partials(ref a, ref) { return where(a > 0, 1, where(a < 0, -1, constant_like(a, 0))); }

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/op/reduce.hpp"
