// SPDX-License-Identifier: BSL-1.0
// Fills an operation's row from its struct. The struct says each thing once; forward mode, reverse mode and
// the interpreters are derived from it here.
#pragma once

#include <array>
#include <utility>

#include "fusegrad/graph/latex.hpp"
#include "fusegrad/op/math.hpp"
#include "fusegrad/op/ref.hpp"

namespace fusegrad {

/// `direction * partial`, where zeros of `direction` win over infinities of `partial` if `masked`.
constexpr ref scale_direction(ref direction, ref partial, bool masked);

/// The same, where zeros that `weights` choose win over infinities of `direction`, too: what counts nothing gets
/// nothing, and hands nothing on.
constexpr ref scale_by_weights(ref direction, ref weights, bool masked);

/// The value where it is finite, else 0.
constexpr ref finite_part(ref value);

// Rows are made before the operations that derivatives are written with: those are declared here.
constexpr ref constant_like(ref like, double value);
constexpr ref sum_over(ref value, axis_set axes);
constexpr ref broadcast_over(ref value, const tensor_shape& target, axis_set axes);
constexpr ref broadcast_to(ref value, const tensor_shape& target);

/// What is wrong with the kind of an operand where another is wanted, if anything.
[[nodiscard]] constexpr problem_kind kind_problem(value_kind wanted, value_kind found) {
  if (wanted == found) return problem_kind::none;
  if (wanted == value_kind::condition) return problem_kind::condition_expected;
  return found == value_kind::category ? problem_kind::label_is_no_number
                                       : problem_kind::condition_is_no_number;
}

/// What is wrong with an operand that has to be of real numbers, if anything.
[[nodiscard]] constexpr problem real_expected(const node& operand) {
  const problem_kind wrong = kind_problem(value_kind::real, operand.kind);
  if (wrong == problem_kind::none) return {};
  return {wrong, operand.extents, {}};
}

/// The attributes of an operation along some axes, in each layer of tensors that have one leading axis more.
[[nodiscard]] constexpr attributes along_later_axes(attributes of) {
  of.axes <<= 1;
  return of;
}

/// What all elementwise operations share. A new one derives from it and says `name`, `value` and `partials`.
/// value     - one element from the operands' elements; a template, for numbers and for SIMD batches.
/// partials  - the partial derivatives by each operand, as formulas of operands and result.
/// along     - instead of partials: the derivative along a direction, where a product would not do (a
/// select).
template <int Arity> struct elementwise_operation {
  static constexpr operation_family family = operation_family::elementwise;
  static constexpr int arity = Arity;
  static constexpr int flops = 1;
  static constexpr value_kind result_kind = value_kind::real;
  static constexpr value_kind operand_kind(int) { return value_kind::real; }
  static constexpr attributes carry(const node& of, int, unsigned) { return of.payload; }
};

namespace describing {

constexpr printed printed_call(std::string_view name, const printed* operands, int count) {
  text call = name;
  call += "(";
  for (int i = 0; i < count; ++i) {
    if (i > 0) call += ", ";
    call += operands[i].text;
  }
  return {call + ")", 9};
}

template <class Op> constexpr printed print_call(const graph&, const node& of, const printed* operands) {
  return printed_call(Op::name, operands, of.arity);
}

template <class Op> constexpr printed latex_form(const graph&, const node& of, const printed* operands) {
  if constexpr (requires { Op::latex_sign; })
    return latex_call(Op::latex_sign, operands, of.arity);
  else
    return latex_call(latex_operator(Op::name), operands, of.arity);
}

/// All operands have one shape by now: broadcasting is done by the words. Categories may be compared.
template <class Op> constexpr inference infer_elementwise(const graph& in, const node& of) {
  problem trouble;
  const node& first = in[of.operands[0]];
  for (int i = 0; i < of.arity; ++i) {
    const node& each = in[of.operands[i]];
    if (!(each.extents == first.extents))
      trouble = {problem_kind::shapes_do_not_broadcast, first.extents, each.extents};
    const bool comparable = Op::result_kind == value_kind::condition && each.kind == value_kind::category;
    const bool copied = requires { Op::takes_categories; }
    &&each.kind == value_kind::category;
    const problem_kind wrong =
        comparable || copied ? problem_kind::none : kind_problem(Op::operand_kind(i), each.kind);
    if (wrong != problem_kind::none) trouble = {wrong, first.extents, each.extents};
  }
  value_kind result = Op::result_kind;
  if constexpr (requires { Op::takes_categories; })
    if (first.kind == value_kind::category) result = value_kind::category;
  return {first.extents, result, trouble};
}

template <class Op, int Operand, class Real> constexpr auto element(Real stored) {
  if constexpr (Op::operand_kind(Operand) == value_kind::condition)
    return math::is_true(stored);
  else
    return stored;
}

template <class Op, class Real, std::size_t... Operand>
constexpr void evaluate_each(const node& of, const tensor_view<const Real>* operands,
                             tensor_view<Real> result, std::index_sequence<Operand...>) {
  for (int i = 0; i < result.extents.elements(); ++i) {
    if constexpr (requires { Op::value(of.payload, element<Op, Operand>(operands[Operand][i])...); })
      result[i] = Real(Op::value(of.payload, element<Op, Operand>(operands[Operand][i])...));
    else
      result[i] = Real(Op::value(element<Op, Operand>(operands[Operand][i])...));
  }
}

template <class Op, class Real>
constexpr void evaluate(const node& of, const tensor_view<const Real>* operands, tensor_view<Real> result) {
  if constexpr (Op::family == operation_family::elementwise)
    evaluate_each<Op>(of, operands, result, std::make_index_sequence<Op::arity>{});
  else
    Op::template evaluate<Real>(of, operands, result);
}

/// The operands of a node as refs. Copied, since the graph grows while derivatives are written.
template <int Arity> struct operand_refs {
  ref at[Arity == 0 ? 1 : Arity];

  constexpr operand_refs(graph& in, node_id of) {
    for (int i = 0; i < Arity; ++i) at[i] = {&in, in[of].operands[i]};
  }
};

template <class Op, std::size_t... Operand>
constexpr ref partial_of(const ref* operands, ref result, int operand, std::index_sequence<Operand...>) {
  const std::array<ref, Op::arity> all{Op::partials(operands[Operand]..., result)};
  return all[std::size_t(operand)];
}

template <class Op>
constexpr node_id elementwise_derivative(graph& in, node_id of, int operand, node_id direction, bool masked) {
  const operand_refs<Op::arity> operands(in, of);
  const ref along{&in, direction};
  const ref result{&in, of};
  if constexpr (requires { Op::along(operand, operands.at, result, along); })
    return Op::along(operand, operands.at, result, along).id;
  else
    return scale_direction(
               along, partial_of<Op>(operands.at, result, operand, std::make_index_sequence<Op::arity>{}),
               masked)
        .id;
}

/// An absolute zero of the adjoint must not meet an infinity of the other operand of a product.
template <class Op>
constexpr node_id linear_pullback(graph& in, node_id of, int operand, node_id adjoint, bool masked) {
  operand_refs<Op::arity> operands(in, of);
  if constexpr (Op::family == operation_family::contraction)
    if (masked) operands.at[1 - operand] = finite_part(operands.at[1 - operand]);
  return Op::transpose(operand, operands.at, ref{&in, of}, ref{&in, adjoint}).id;
}

/// A linear operation is its own derivative: apply it to the tangent. The other operand of a product stays,
/// what lies beside others in one result does not.
template <class Op>
constexpr node_id linear_pushforward(graph& in, node_id of, int operand, node_id tangent, bool masked) {
  const node original = in[of];
  [[maybe_unused]] const auto other = [&](int i) {
    const ref operand{&in, original.operands[i]};
    if (Op::family == operation_family::placement && operand->kind == value_kind::real)
      return constant_like(operand, 0).id;
    if (Op::family == operation_family::contraction && masked) return finite_part(operand).id;
    return operand.id;
  };
  node_id operands[max_operands];
  for (int i = 0; i < original.arity; ++i) operands[i] = i == operand ? tangent : other(i);
  return in.add(*original.op, operands, original.arity, original.payload);
}

/// A nonlinear reduction gives the weight of each element of its operand.
template <class Op>
constexpr node_id weighted_pullback(graph& in, node_id of, int, node_id adjoint, bool masked) {
  const ref operand = ref{&in, of}.operand(0);
  const axis_set axes = in[of].payload.axes;
  const ref weights = Op::weights(operand, ref{&in, of});
  return scale_by_weights(broadcast_over({&in, adjoint}, operand.extents(), axes), weights, masked).id;
}

template <class Op>
constexpr node_id weighted_pushforward(graph& in, node_id of, int, node_id tangent, bool masked) {
  const ref operand = ref{&in, of}.operand(0);
  const axis_set axes = in[of].payload.axes;
  const ref weights = Op::weights(operand, ref{&in, of});
  return sum_over(scale_by_weights({&in, tangent}, weights, masked), axes).id;
}

/// An operation through which no gradient passes: it says so, or its results are no real numbers.
template <class Op>
concept without_derivative = Op::family == operation_family::leaf || requires {
  Op::no_derivative;
}
|| requires { requires Op::result_kind != value_kind::real; };

/// How an operation states its derivative.
enum class derivative { none, of_linear, of_reduction, of_element };

template <class Op> constexpr derivative derivative_of() {
  if constexpr (requires(const ref* operands, ref any) { Op::transpose(0, operands, any, any); }) {
    return derivative::of_linear;
  } else if constexpr (requires(ref any) { Op::weights(any, any); }) {
    return derivative::of_reduction;
  } else if constexpr (!without_derivative<Op>) {
    static_assert(
        Op::family == operation_family::elementwise,
        "an operation states its derivative once: `transpose` if it is linear, `weights` if it is a "
        "reduction, `partials` or `along` if it is elementwise; or `no_derivative`");
    return derivative::of_element;
  } else {
    return derivative::none;
  }
}

}  // namespace describing

/// What is called through a row. Never inlined, so that clang does not compile again for each user what
/// stands in the library (see library_rows.hpp).
template <class Op> struct functions_of {
  static constexpr describing::derivative derivative = describing::derivative_of<Op>();
  static constexpr bool has_value = Op::family == operation_family::elementwise || requires {
    &Op::template evaluate<double>;
  };
  static constexpr bool has_definition = requires(ref any) { Op::define(any); };
  static constexpr bool has_evaluation = requires(ref any) { Op::in_evaluation(any); };

  [[gnu::noinline]] static constexpr inference infer(const graph& in, const node& of) {
    if constexpr (Op::family == operation_family::elementwise)
      return describing::infer_elementwise<Op>(in, of);
    else
      return Op::infer(in, of);
  }

  [[gnu::noinline]] static constexpr void evaluate(const node& of, const tensor_view<const double>* operands,
                                                   tensor_view<double> result) {
    if constexpr (has_value) describing::evaluate<Op>(of, operands, result);
  }

  [[gnu::noinline]] static constexpr void evaluate_long(const node& of,
                                                        const tensor_view<const long double>* operands,
                                                        tensor_view<long double> result) {
    if constexpr (has_value) describing::evaluate<Op>(of, operands, result);
  }

  [[gnu::noinline]] static constexpr node_id pullback(graph& in, node_id of, int operand, node_id adjoint,
                                                      bool masked) {
    if constexpr (derivative == describing::derivative::of_linear)
      return describing::linear_pullback<Op>(in, of, operand, adjoint, masked);
    else if constexpr (derivative == describing::derivative::of_reduction)
      return describing::weighted_pullback<Op>(in, of, operand, adjoint, masked);
    else if constexpr (derivative == describing::derivative::of_element)
      return describing::elementwise_derivative<Op>(in, of, operand, adjoint, masked);
    else
      return {};
  }

  [[gnu::noinline]] static constexpr node_id pushforward(graph& in, node_id of, int operand, node_id tangent,
                                                         bool masked) {
    if constexpr (derivative == describing::derivative::of_linear)
      return describing::linear_pushforward<Op>(in, of, operand, tangent, masked);
    else if constexpr (derivative == describing::derivative::of_reduction)
      return describing::weighted_pushforward<Op>(in, of, operand, tangent, masked);
    else if constexpr (derivative == describing::derivative::of_element)
      return describing::elementwise_derivative<Op>(in, of, operand, tangent, masked);
    else
      return {};
  }

  [[gnu::noinline]] static constexpr node_id carry(graph& in, const node& of, const node_id* operands,
                                                   int extent, unsigned carriers) {
    if constexpr (requires { Op::carried(ref{}, of); })
      return Op::carried(ref{&in, operands[0]}, of).id;
    else if constexpr (requires { &Op::carry; })
      return in.add(*of.op, operands, of.arity, Op::carry(of, extent, carriers));
    else
      return {};
  }

  [[gnu::noinline]] static constexpr node_id define(graph& in, node_id of) {
    if constexpr (has_definition)
      return Op::define(ref{&in, of}).id;
    else
      return {};
  }

  [[gnu::noinline]] static constexpr node_id in_evaluation(graph& in, node_id of) {
    if constexpr (has_evaluation)
      return Op::in_evaluation(ref{&in, of}).id;
    else
      return {};
  }

  [[gnu::noinline]] static constexpr printed print(const graph& in, const node& of, const printed* operands) {
    if constexpr (requires { &Op::print; })
      return Op::print(in, of, operands);
    else
      return describing::print_call<Op>(in, of, operands);
  }

  [[gnu::noinline]] static constexpr printed latex(const graph& in, const node& of, const printed* operands) {
    if constexpr (requires { &Op::latex; })
      return Op::latex(in, of, operands);
    else
      return describing::latex_form<Op>(in, of, operands);
  }
};

/// The row of an operation. Optional members of the struct: masks, unbounded_partial, exact, takes_categories,
/// promise, print, latex or latex_sign, define, in_evaluation, carry or carried; and as derivative one of
/// partials, along, transpose, weights or no_derivative.
template <class Op> constexpr operation describe() {
  using functions = functions_of<Op>;
  operation row;
  row.name = Op::name;
  row.hash = hash_of(Op::name);
  row.arity = Op::arity;
  row.family = Op::family;
  row.flops = Op::flops;
  if constexpr (requires { Op::masks; }) row.masks = Op::masks;
  if constexpr (requires { Op::unbounded_partial; }) row.unbounded_partial = Op::unbounded_partial;
  if constexpr (requires { Op::exact; }) row.exact = Op::exact;
  if constexpr (requires { Op::promise; }) row.promise = Op::promise;
  row.infer = functions::infer;
  if constexpr (functions::has_value) {
    row.evaluate = functions::evaluate;
    row.evaluate_long = functions::evaluate_long;
  }
  if constexpr (functions::derivative != describing::derivative::none) {
    row.pullback = functions::pullback;
    row.pushforward = functions::pushforward;
  }
  if constexpr (
      requires { &Op::carry; } || requires(ref wide, node of) { Op::carried(wide, of); })
    row.carry = functions::carry;
  if constexpr (functions::has_definition) row.define = functions::define;
  if constexpr (functions::has_evaluation) row.in_evaluation = functions::in_evaluation;
  row.print = functions::print;
  row.latex = functions::latex;
  return row;
}

/// A function of refs that applies an elementwise operation after NumPy's broadcasting.
template <class Op> struct elementwise {
  using printed_as = Op;
  template <class... Rest> constexpr ref operator()(ref first, Rest... rest) const {
    if (((rest->extents == first->extents) && ...)) return apply<Op>(first, rest...);
    tensor_shape common = first.extents();
    [[maybe_unused]] const auto widen = [&](const tensor_shape& other) {
      const broadcast_result both = broadcast(common, other);
      if (!both.fits) first.in->report({problem_kind::shapes_do_not_broadcast, common, other});
      if (both.fits) common = both.extents;
    };
    (widen(rest.extents()), ...);
    if (first.in->trouble()) return first;
    return apply<Op>(broadcast_to(first, common), broadcast_to(rest, common)...);
  }
};

}  // namespace fusegrad

// Declared above, defined in the next file of the chain.
#include "fusegrad/op/leaf.hpp"
