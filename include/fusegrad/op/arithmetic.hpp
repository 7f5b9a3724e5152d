// SPDX-License-Identifier: BSL-1.0
// Arithmetic: + - * / and their signs and powers, and the operators that stand for them.
#pragma once

#include "fusegrad/op/movement.hpp"

namespace fusegrad {

constexpr ref contract_product(ref a, ref b);

/// Prints `a + b`: the right side of a non-associative operator binds one stronger.
[[nodiscard]] constexpr printed print_infix(const printed* operands, const char* sign, int binding,
                                            bool associative) {
  return {enclose(operands[0], binding) + sign + enclose(operands[1], binding + (associative ? 0 : 1)),
          binding};
}

/// Whether all elements of a value are one number.
[[nodiscard]] constexpr bool is_single(const graph& in, node_id id) {
  const node& of = in[id];
  if (of.extents.rank == 0 || of.op == &row_of<constant_op>) return true;
  return of.op == &row_of<broadcast_op> && in[of.operands[0]].extents.rank == 0;
}

struct add_op : elementwise_operation<2> {
  static constexpr std::string_view name = "add";
  static constexpr bool exact = true;
  template <class Value> static constexpr Value value(Value a, Value b) { return a + b; }
  static constexpr ref along(int, const ref*, ref, ref direction) { return direction; }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " + ", 1, true);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_infix(operands, " + ", latex_binding::sum, true);
  }
};

struct subtract_op : elementwise_operation<2> {
  static constexpr std::string_view name = "subtract";
  static constexpr bool exact = true;
  template <class Value> static constexpr Value value(Value a, Value b) { return a - b; }
  static constexpr ref along(int operand, const ref*, ref, ref direction);
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " - ", 1, false);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_infix(operands, " - ", latex_binding::sum, false);
  }
};

struct multiply_op : elementwise_operation<2> {
  static constexpr std::string_view name = "multiply";
  static constexpr bool exact = true;
  template <class Value> static constexpr Value value(Value a, Value b) { return a * b; }
  static constexpr std::array<ref, 2> partials(ref a, ref b, ref) { return {b, a}; }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " * ", 2, true);
  }
  /// Tensors are multiplied element by element, a number scales; one that is known comes first.
  static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    const bool scales = is_single(in, of.operands[0]) || is_single(in, of.operands[1]);
    if (in[of.operands[1]].op == &row_of<constant_op>) return latex_product(operands[1], operands[0]);
    if (scales) return latex_product(operands[0], operands[1]);
    return latex_hadamard(operands[0], operands[1]);
  }
};

struct divide_op : elementwise_operation<2> {
  static constexpr std::string_view name = "divide";
  static constexpr bool exact = true;
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 4;
  template <class Value> static constexpr Value value(Value a, Value b) { return a / b; }
  static constexpr std::array<ref, 2> partials(ref a, ref b, ref result);
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return print_infix(operands, " / ", 2, false);
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\frac{") + operands[0].text + "}{" + operands[1].text + "}", latex_binding::fraction};
  }
};

struct negate_op : elementwise_operation<1> {
  static constexpr std::string_view name = "negate";
  static constexpr bool exact = true;
  template <class Value> static constexpr Value value(Value a) { return -a; }
  static constexpr ref along(int, const ref*, ref, ref direction) { return apply<negate_op>(direction); }
  static constexpr printed print(const graph&, const node&, const printed* operands) {
    return {text("-") + enclose(operands[0], 3), 3};
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("-") + enclose_latex(operands[0], latex_binding::hadamard), latex_binding::sum};
  }
};

struct square_op : elementwise_operation<1> {
  static constexpr std::string_view name = "square";
  static constexpr bool exact = true;
  template <class Value> static constexpr Value value(Value a) { return a * a; }
  static constexpr ref partials(ref a, ref);
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return latex_power(operands[0], "2");
  }
};

/// The square root; its gradient at 0 is 0, so that a norm at the origin is safe.
struct sqrt_op : elementwise_operation<1> {
  static constexpr std::string_view name = "sqrt";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 6;
  template <class Value> static constexpr Value value(Value a) { return math::sqrt(a); }
  static constexpr ref partials(ref a, ref result);
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\sqrt{") + operands[0].text + "}", latex_binding::atom};
  }
};

/// The absolute value; its gradient at 0 is 0.
struct abs_op : elementwise_operation<1> {
  static constexpr std::string_view name = "abs";
  template <class Value> static constexpr Value value(Value a) { return math::abs(a); }
  static constexpr ref partials(ref a, ref result);
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    return {text("\\left|") + operands[0].text + "\\right|", latex_binding::atom};
  }
};

/// a * b + c, rounded once where the machine can.
struct fma_op : elementwise_operation<3> {
  static constexpr std::string_view name = "fma";
  static constexpr int flops = 2;
  template <class Value> static constexpr Value value(Value a, Value b, Value c) {
    return math::fma(a, b, c);
  }
  static constexpr std::array<ref, 3> partials(ref a, ref b, ref c, ref) {
    return {b, a, constant_like(c, 1)};
  }
  static constexpr printed latex(const graph&, const node&, const printed* operands) {
    const printed sum[2] = {latex_hadamard(operands[0], operands[1]), operands[2]};
    return latex_infix(sum, " + ", latex_binding::sum, true);
  }
};

/// A power with a constant exponent. Reads `number`.
/// Half-integer and integer exponents up to 8 are products and a square root; x^0 is 1 everywhere.
struct pow_op : elementwise_operation<1> {
  static constexpr std::string_view name = "pow";
  static constexpr bool unbounded_partial = true;
  static constexpr int flops = 8;
  template <class Value> static constexpr Value value(const attributes& payload, Value a) {
    return power(a, payload.number);
  }
  static constexpr ref partials(ref a, ref result);
  static constexpr printed print(const graph&, const node& of, const printed* operands) {
    return {text("pow<") + to_text(of.payload.number) + ">(" + operands[0].text + ")", 9};
  }
  static constexpr printed latex(const graph&, const node& of, const printed* operands) {
    return latex_power(operands[0], latex_number(of.payload.number));
  }

 private:
  template <class Value> static constexpr Value power(Value a, double exponent) {
    if (exponent < 0) return Value(1) / power(a, -exponent);
    const int twice = exponent <= 8 ? int(exponent * 2) : -1;
    if (twice != exponent * 2) return math::pow(a, exponent);
    Value product = twice % 2 == 0 ? Value(1) : math::sqrt(a);
    for (int i = 0; i < twice / 2; ++i) product = product * a;
    return product;
  }
};

/// A function of refs: `pow` by the exponent of its template argument.
template <double Exponent> struct pow_function {
  constexpr ref operator()(ref a) const {
    attributes payload;
    payload.number = Exponent;
    return apply<pow_op>(payload, a);
  }
};

/// `*` of the user: the matrix product if an operand is a matrix, else elementwise. A scalar scales anything.
struct product_function {
  using printed_as = multiply_op;
  constexpr ref operator()(ref a, ref b) const {
    const bool matrices = (a.rank() == 2 || b.rank() == 2) && a.rank() != 0 && b.rank() != 0;
    return matrices ? contract_product(a, b) : elementwise<multiply_op>{}(a, b);
  }
};

// Operators. A bare number takes its place only beside a ref: an empty expression could not carry it.

/// At least one operand is a formula, the other a formula or a number.
template <class Left, class Right>
concept formula_operands = (formula<Left> && (formula<Right> || number<Right>)) ||
                           (number<Left> && formula<Right>);

/// Fails with a sentence: a bare number stands beside an expression. Returns: the expression, so that what it is a
/// part of does not complain as well.
template <class Left, class Right> constexpr auto refuse_bare_number(Left a, Right b) {
  static_assert(!sizeof(Left),
                "a bare number cannot stand in a formula: write constant<2> * x instead of 2 * x, "
                "or 2_c with `using namespace fusegrad::literals`");
  if constexpr (formula<Left>)
    return a;
  else
    return b;
}

/// A handle beside an expression: the lambda of a trace has reached for a formula outside.
template <class Left, class Right>
concept mixed_doors = (std::same_as<Left, ref> && formula<Right> && !ref_or_literal<Right>) ||
                      (std::same_as<Right, ref> && formula<Left> && !ref_or_literal<Left>);

template <class Function, class Left, class Right> constexpr auto call_operator(Left a, Right b) {
  if constexpr (mixed_doors<Left, Right>) {
    static_assert(!sizeof(Left),
                  "the lambda of a trace uses a formula from outside: give it as an argument, as in "
                  "trace([](auto x, auto w) { return w * x; }, x, w)");
    return a;
  } else if constexpr (std::same_as<Left, ref> && std::same_as<Right, ref>) {
    return Function{}(a, b);
  } else if constexpr (formula<Left> && formula<Right>) {
    return call<Function>(a, b);
  } else if constexpr (std::same_as<Left, ref>) {
    return call<Function>(a, constant_in(*a.in, double(b)));
  } else if constexpr (std::same_as<Right, ref>) {
    return call<Function>(constant_in(*b.in, double(a)), b);
  } else {
    return refuse_bare_number(a, b);
  }
}

template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator+(Left a, Right b) { return call_operator<elementwise<add_op>>(a, b); }

template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator-(Left a, Right b) {
  return call_operator<elementwise<subtract_op>>(a, b);
}

template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator*(Left a, Right b) { return call_operator<product_function>(a, b); }

template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto operator/(Left a, Right b) {
  return call_operator<elementwise<divide_op>>(a, b);
}

template <formula Value> [[nodiscard]] constexpr auto operator-(Value a) {
  return call<elementwise<negate_op>>(a);
}

/// The elementwise product, with broadcasting, whatever the ranks.
template <class Left, class Right>
requires formula_operands<Left, Right>
[[nodiscard]] constexpr auto multiply(Left a, Right b) {
  return call_operator<elementwise<multiply_op>>(a, b);
}

/// x * x.
template <formula Value> [[nodiscard]] constexpr auto square(Value x) {
  return call<elementwise<square_op>>(x);
}

/// The square root of each element; gradient 0 at 0.
template <formula Value> [[nodiscard]] constexpr auto sqrt(Value x) { return call<elementwise<sqrt_op>>(x); }

/// The absolute value of each element; gradient 0 at 0.
template <formula Value> [[nodiscard]] constexpr auto abs(Value x) { return call<elementwise<abs_op>>(x); }

/// x to a constant exponent: `pow<3>(x)`, `pow<-0.5>(x)`.
template <auto Exponent, formula Value> [[nodiscard]] constexpr auto pow(Value x) {
  return call<pow_function<double(Exponent)>>(x);
}

/// The same inside a trace, where numbers are values: `pow(x, 2)`.
template <formula Value, number Exponent> [[nodiscard]] constexpr auto pow(Value x, Exponent exponent) {
  if constexpr (std::same_as<Value, ref>) {
    attributes payload;
    payload.number = double(exponent);
    return apply<pow_op>(payload, x);
  } else {
    static_assert(!sizeof(Value),
                  "the exponent is a part of the formula: write pow<2>(x) instead of pow(x, 2)");
  }
}

/// 1 / sqrt(x), the power -1/2; infinite at 0.
template <formula Value> [[nodiscard]] constexpr auto rsqrt(Value x) { return pow<-0.5>(x); }

/// a * b + c, element by element, rounded once where the machine has that operation.
template <formula A, formula B, formula C> [[nodiscard]] constexpr auto fma(A a, B b, C c) {
  return call<elementwise<fma_op>>(a, b, c);
}

// The partial derivatives, in the words above.

constexpr ref subtract_op::along(int operand, const ref*, ref, ref direction) {
  return operand == 0 ? direction : -direction;
}
constexpr std::array<ref, 2> divide_op::partials(ref, ref b, ref result) { return {1 / b, -(result / b)}; }
constexpr ref square_op::partials(ref a, ref) { return 2 * a; }
constexpr ref pow_op::partials(ref a, ref result) {
  const double exponent = result->payload.number;
  if (exponent == 0) return constant_like(a, 0);
  attributes payload;
  payload.number = exponent - 1;
  return exponent * apply<pow_op>(payload, a);
}

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/op/compare.hpp"
