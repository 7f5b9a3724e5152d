// SPDX-License-Identifier: BSL-1.0
// Replaces formulas that overflow or cancel by their stable forms. Must run before differentiation: the
// gradient of an unstable formula cannot be mended afterwards. Sources and error bounds: docs/numerics.md.
// In: verified graph. Out: verified graph of the same function, in simplified form.
#pragma once

#include <array>

#include "fusegrad/op/as_written.hpp"
#include "fusegrad/pass/stable_hyperbolic.hpp"
#include "fusegrad/pass/stable_movements.hpp"
#include "fusegrad/pass/stable_softmax.hpp"

namespace fusegrad::stability {

inline constexpr std::array rules{
    rewrite_rule{"before reshape", "f(reshape(v)) = reshape(f(v))", nullptr, made_by<reshape_op>(),
                 before_reshape, "brings together what a reshape keeps apart"},
    rewrite_rule{"reduced first", "sum(reshape(v)) = reshape(sum(v))", nullptr, made_by<reshape_op>(),
                 reduce_before_reshape, "brings together what a reshape keeps apart"},
    rewrite_rule{"shift softmax", "exp(z) / sum(exp(z)) = exp(z - max(z)) / sum(exp(z - max(z)))",
                 &row<divide_op>(), made_by<exp_op>(), shift_softmax,
                 "powers overflow where their shares do not"},
    rewrite_rule{"softmax quotient", "exp(z) * (1 / sum(exp(z))) = exp(z) / sum(exp(z))", &row<multiply_op>(),
                 made_by<exp_op>(), find_quotient, "the form that other rules look for"},
    rewrite_rule{"log of quotient", "log(exp(a) / b) = a - log(b)", &row<log_op>(), made_by<divide_op>(),
                 log_of_quotient, "the power overflows or vanishes, its logarithm does not"},
    rewrite_rule{"log of reciprocal", "log(1 / x) = -log(x)", &row<log_op>(), made_by<divide_op>(),
                 log_of_reciprocal, "1 / x overflows where x is tiny"},
    rewrite_rule{"logsumexp", "log(sum(exp(z))) = logsumexp(z)", &row<log_op>(), made_by<sum_op>(),
                 find_logsumexp, "powers overflow or vanish, the logarithm of their sum does not"},
    rewrite_rule{"log of mixture", "log(dot(p, exp(z))) = logsumexp(log(p) + z)", &row<log_op>(),
                 made_by<contract_op>(), log_of_mixture,
                 "powers overflow or vanish, the logarithm of their sum does not"},
    rewrite_rule{"log probability", "z - logsumexp(z) = (z - max(z)) - logsumexp(z - max(z))",
                 &row<subtract_op>(), made_by<logsumexp_op, broadcast_op>(), log_probability,
                 "the greatest logit cancels before it is rounded in"},
    rewrite_rule{"log probability of negated", "logsumexp(-d) + d, as logsumexp(z) - z", &row<add_op>(),
                 made_by<logsumexp_op, broadcast_op>(), log_probability_of_negated,
                 "the greatest logit cancels before it is rounded in"},
    rewrite_rule{"logsumexp of shifted", "max(z) + logsumexp(z - max(z)) = logsumexp(z)", &row<add_op>(),
                 made_by<logsumexp_op>(), logsumexp_of_shifted, "the shift by hand is that of logsumexp"},
    rewrite_rule{"one-hot sum", "sum(one_hot(y) * v) = v[y]", &row<sum_op>(), made_by<multiply_op>(),
                 one_hot_sum, "zero times infinity, in what is not picked"},
    rewrite_rule{"one-hot product", "dot(one_hot(y), v) = v[y]", &row<contract_op>(), made_by<one_hot_op>(),
                 one_hot_product, "zero times infinity, in what is not picked"},
    rewrite_rule{"one-hot row", "one_hot(y) * T = gather(T, y)", &row<contract_op>(), made_by<one_hot_op>(),
                 one_hot_row, "zero times infinity, in what is not picked"},
    rewrite_rule{"one hot", "where(position == y, c, 0) = c * one_hot(y)", &row<where_op>(),
                 made_by<equal_op>(), find_one_hot, "the form that other rules look for"},
    rewrite_rule{"pick first", "f(v)[y] = f(v[y])", &row<pick_op>(), any_operand, pick_first,
                 "brings together what a pick keeps apart"},
    rewrite_rule{"log before movement", "log(v[i]) = log(v)[i]", &row<log_op>(),
                 made_by<strided_op, take_op, transpose_op>(), log_before_movement,
                 "brings together what a movement keeps apart"},
    rewrite_rule{"log1p", "log(1 + x) = log1p(x)", &row<log_op>(), made_by<add_op>(), log_of_one_plus,
                 "1 + x loses the digits of a small x"},
    rewrite_rule{"log1p of negated", "log(1 - x) = log1p(-x)", &row<log_op>(), made_by<subtract_op>(),
                 log_of_one_minus, "1 - x loses the digits of a small x"},
    rewrite_rule{"softplus", "log1p(exp(x)) = softplus(x)", &row<log1p_op>(),
                 made_by<exp_op, sum_op, add_op>(), find_softplus,
                 "the power overflows, its logarithm does not"},
    rewrite_rule{"expm1", "exp(x) - 1 = expm1(x), 1 - exp(x) = -expm1(x)", &row<subtract_op>(),
                 made_by<exp_op>(), find_expm1, "the difference cancels where x is small"},
    rewrite_rule{"expm1 of a sum", "exp(x) + -1 = expm1(x)", &row<add_op>(), made_by<exp_op>(),
                 find_expm1_in_sum, "the difference cancels where x is small"},
    rewrite_rule{"log of expm1", "log(exp(x) - 1) = x + log1mexp(-x)", &row<log_op>(), made_by<expm1_op>(),
                 log_of_expm1, "the power overflows, its logarithm does not"},
    rewrite_rule{"logsubexp", "log(exp(a) - exp(b)) = a + log1mexp(b - a)", &row<log_op>(),
                 made_by<subtract_op>(), find_logsubexp,
                 "powers overflow and vanish, and their difference cancels"},
    rewrite_rule{"log of interval",
                 "log(logistic(a) - logistic(b)) = log1mexp(b - a) - softplus(-a) - softplus(b)",
                 &row<log_op>(), made_by<subtract_op>(), log_of_interval,
                 "the difference of probabilities cancels, its logarithm does not"},
    rewrite_rule{"logistic of difference", "exp(a) / (exp(a) + exp(b)) = logistic(a - b)", &row<divide_op>(),
                 made_by<add_op>(), logistic_of_difference, "infinity by infinity"},
    rewrite_rule{"logistic", "1 / (1 + exp(-x)) = logistic(x)", &row<divide_op>(), made_by<add_op>(),
                 find_logistic, "infinity by infinity, or a slope of 0 times infinity"},
    rewrite_rule{"one minus logistic", "1 - logistic(x) = logistic(-x)", &row<subtract_op>(),
                 made_by<logistic_op>(), one_minus_logistic, "the difference cancels where x is large"},
    rewrite_rule{"log of logistic", "log(logistic(x)) = -softplus(-x)", &row<log_op>(),
                 made_by<logistic_op>(), log_of_logistic, "the probability vanishes, its logarithm does not"},
    rewrite_rule{"log of exp", "log(exp(x)) = x", &row<log_op>(), made_by<exp_op>(), log_of_exp,
                 "the power overflows or vanishes"},
    rewrite_rule{"hyperbolic", "(exp(x) + exp(-x)) / 2 = cosh(x), (exp(x) - exp(-x)) / 2 = sinh(x)",
                 &row<multiply_op>(), made_by<add_op, subtract_op>(), find_hyperbolic,
                 "the difference cancels where x is small"},
    rewrite_rule{
        "tanh", "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) = (exp(2 x) - 1) / (exp(2 x) + 1) = tanh(x)",
        &row<divide_op>(), made_by<subtract_op, expm1_op, negate_op>(), find_tanh, "infinity by infinity"},
    rewrite_rule{"sinh by cosh", "sinh(x) / cosh(x) = tanh(x)", &row<divide_op>(), made_by<sinh_op>(),
                 sinh_by_cosh, "infinity by infinity"},
    rewrite_rule{"log cosh", "log(cosh(x)) = log_cosh(x)", &row<log_op>(), made_by<cosh_op>(), log_of_cosh,
                 "cosh overflows, and is 1 where x is small"},
    rewrite_rule{"log of tanh's slope", "log(1 - tanh(x)^2) = -2 log_cosh(x)", &row<log1p_op>(),
                 made_by<negate_op>(), log_of_tanh_slope, "1 - tanh(x)^2 vanishes, its logarithm does not"},
    rewrite_rule{"asinh", "log(x + sqrt(x * x + 1)) = asinh(x)", &row<log_op>(),
                 made_by<add_op, subtract_op>(), find_asinh,
                 "the square overflows, and the sum cancels where x is below 0"},
    rewrite_rule{"acosh", "log(x + sqrt(x * x - 1)) = acosh(x)", &row<log_op>(),
                 made_by<add_op, subtract_op>(), find_acosh,
                 "the square overflows, and loses the digits of an x near 1"},
    rewrite_rule{"atanh", "log((1 + x) / (1 - x)) = 2 atanh(x)", &row<log_op>(), made_by<divide_op>(),
                 find_atanh, "the quotient is 1 where x is small"},
    rewrite_rule{"atanh in difference", "log(1 + x) - log(1 - x) = 2 atanh(x)", &row<subtract_op>(),
                 made_by<log1p_op>(), find_atanh_in_difference, "two logarithms for one function"},
    rewrite_rule{"log1mexp", "log1p(-exp(x)) = log1mexp(x)", &row<log1p_op>(), made_by<negate_op>(),
                 log1p_of_negated_exp, "1 - exp(x) cancels near x = 0"},
    rewrite_rule{"log of negated expm1", "log(-expm1(x)) = log1mexp(x)", &row<log_op>(), made_by<negate_op>(),
                 log_of_negated_expm1, "-expm1(x) is 1 where x is far below 0"},
    rewrite_rule{"logaddexp", "log(exp(a) + exp(b)) = logaddexp(a, b)", &row<log_op>(), made_by<add_op>(),
                 find_logaddexp, "powers overflow or vanish, the logarithm of their sum does not"},
    rewrite_rule{"complement of probability",
                 "1 - erf(x) = erfc(x), 1 - erfc(x) = erf(x), 1 - normal_cdf(x) = normal_cdf(-x)",
                 &row<subtract_op>(), made_by<erf_op, erfc_op, normal_cdf_op>(), complement_of_probability,
                 "the difference cancels"},
    rewrite_rule{"one plus erf", "1 + erf(x) = erfc(-x)", &row<add_op>(), made_by<erf_op>(), one_plus_erf,
                 "the sum cancels where x is far below 0"},
    rewrite_rule{"log of normal cdf", "log(normal_cdf(x)) = log_normal_cdf(x)", &row<log_op>(),
                 made_by<normal_cdf_op>(), log_of_normal_cdf,
                 "the probability vanishes, its logarithm does not"},
    rewrite_rule{"log of erfc", "log(erfc(x)) = log_erfc(x)", &row<log_op>(), made_by<erfc_op>(), log_of_erfc,
                 "erfc vanishes, and is 1 where x is small"},
    rewrite_rule{"log of half erfc", "log(erfc(x) / 2) = log_normal_cdf(-sqrt(2) x)", &row<log_op>(),
                 made_by<multiply_op>(), log_of_half_erfc,
                 "the probability vanishes, its logarithm does not"},
    rewrite_rule{"log of product", "log(exp(a) * b) = a + log(b)", &row<log_op>(), made_by<multiply_op>(),
                 log_of_product, "the product overflows or vanishes, its logarithm does not"},
    rewrite_rule{"log of power", "log(p^n) = n * log(p)", &row<log_op>(), made_by<square_op, pow_op>(),
                 log_of_power, "the power overflows or vanishes, its logarithm does not"},
    rewrite_rule{"log of many", "log(prod(p)) = sum(log(p))", &row<log_op>(), made_by<prod_op>(), log_of_prod,
                 "the product of many vanishes, its logarithm does not"},
    rewrite_rule{"log of choice", "log(where(c, a, b)) = where(c, log(a), log(b))", &row<log_op>(),
                 made_by<where_op>(), log_of_choice, "brings together what a choice keeps apart"},
    rewrite_rule{"log1p of choice", "log1p(where(c, a, b)) = where(c, log1p(a), log1p(b))", &row<log1p_op>(),
                 made_by<where_op, negate_op>(), log1p_of_choice,
                 "brings together what a choice keeps apart"},
    rewrite_rule{"root of square", "sqrt(x * x) = abs(x)", &row<sqrt_op>(), made_by<square_op>(),
                 root_of_square, "the square overflows or vanishes, its root does not"},
    rewrite_rule{"length of two", "sqrt(a * a + b * b) = hypot(a, b)", &row<sqrt_op>(), made_by<add_op>(),
                 find_hypot, "squares overflow or vanish, the root of their sum does not"},
    rewrite_rule{"square of norm", "sqrt(sum(v * v))^2 = sum(v * v)", &row<square_op>(), made_by<sqrt_op>(),
                 square_of_norm, "a kink at 0 that is none"},
    rewrite_rule{"variance", "mean(v * v) - mean(v)^2 = mean((v - mean(v))^2)", &row<subtract_op>(),
                 made_by<square_op>(), find_variance, "the difference cancels where the mean is large"},
};

/// The rules of stability, then the exact simplifications: one table, one sweep.
inline constexpr auto all_rules = [] {
  std::array<rewrite_rule, rules.size() + simplifications::rules.size()> both{};
  for (std::size_t i = 0; i < rules.size(); ++i) both[i] = rules[i];
  for (std::size_t i = 0; i < simplifications::rules.size(); ++i)
    both[rules.size() + i] = simplifications::rules[i];
  return both;
}();

}  // namespace fusegrad::stability

namespace fusegrad {

/// Whether a formula shall be computed as it is written: see op/as_written.hpp.
[[nodiscard]] constexpr bool is_as_written(const graph& in) {
  for (const node& each : in.nodes())
    if (each.op == &row<as_written_op>()) return true;
  return false;
}

/// The graph with all its outputs as they are written, where it has lost the word.
[[nodiscard]] constexpr graph keep_as_written(graph in) {
  if (is_as_written(in)) return in;
  const std::vector<output> outputs(in.outputs().begin(), in.outputs().end());
  in.drop_outputs();
  for (output each : outputs) {
    each.id = as_written(ref{&in, each.id}).id;
    in.add_output(each);
  }
  return in;
}

/// The graph in its stable form; counts the rules of `stability::all_rules` that fired if asked. The first
/// `normal` nodes are in stable form already. Of a formula that shall be computed as it is written, the exact
/// simplifications only.
[[nodiscard]] constexpr graph stabilise(const graph& from, rule_counts* fired = nullptr, int normal = 0) {
  if (!is_as_written(from)) return rewrite(from, stability::all_rules, fired, normal);
  graph result = rewrite(from, simplifications::rules, fired, normal);
  if (fired != nullptr) fired->insert(fired->begin(), stability::rules.size(), 0);
  return result;
}

}  // namespace fusegrad
