// SPDX-License-Identifier: BSL-1.0
// What runs once per step, elements in the lanes: extents around registers of 8 and 16 numbers and around
// four of them, with elements that fill no register; results made in the place of an output.
#define BOOST_TEST_MODULE once
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto t = target<"t">;
constexpr auto p = param<"p", 70>;
constexpr auto q = param<"q", 70>;
constexpr auto A = param<"A", 3, 70>;
constexpr auto B = param<"B", 70, 37>;
constexpr auto C = param<"C", 37>;

/// A loss with a penalty: all that is tested here is the penalty.
constexpr auto with(formula auto penalty) { return square(t) + penalty; }

}  // namespace

BOOST_AUTO_TEST_CASE(elementwise_chains_and_their_sums_agree_with_the_interpreter) {
  gradient_agrees("chain", with(sum(exp(p / constant<2>) * q - square(q))));
  gradient_agrees("choice", with(sum(where(p < q, p * q, q))));
  gradient_agrees("one output for two", with(sum(square(p + q))));
}

BOOST_AUTO_TEST_CASE(values_that_are_repeated_agree_with_the_interpreter) {
  gradient_agrees("rows", with(sum(square(A + p) * p)));
  gradient_agrees("scalars", with(sum(square(p - mean(p))) / sum(square(q))));
  gradient_agrees("columns", with(sum(square(A - mean<1>(A, keepdim)))));
}

BOOST_AUTO_TEST_CASE(the_first_of_equals_is_the_greatest_whatever_its_lane) {
  gradient_agrees("ties at the top", with(max(min(p, constant<0>)) + sum(p * q)));
  gradient_agrees("greatest", with(max(p * q)));
  gradient_agrees("logsumexp", with(logsumexp(p) + logsumexp(q * constant<30>)));
  rows_agree("argmax", argmax(min(p, constant<0.25>)));
}

BOOST_AUTO_TEST_CASE(reductions_over_some_axes_agree_with_the_interpreter) {
  gradient_agrees("over the rows", with(sum(square(sum<0>(A)))));
  gradient_agrees("over the columns", with(sum(square(sum<1>(A)))));
  gradient_agrees("greatest of columns", with(sum(square(max<0>(A)) * p)));
  gradient_agrees("greatest of rows", with(sum(square(max<1>(A)))));
  rows_agree("argmax of rows", argmax<1>(min(A, constant<0.5>)));
  rows_agree("argmax of columns", argmax<0>(min(B, constant<0.5>)));
}

BOOST_AUTO_TEST_CASE(contractions_agree_with_the_interpreter) {
  gradient_agrees("inner product", with(square(dot(p, q))));
  gradient_agrees("matrix by vector", with(sum(square(A * p))));
  gradient_agrees("vector by matrix", with(sum(square(p * B))));
  gradient_agrees("matrix by matrix", with(sum(square(A * B))));
  gradient_agrees("of a transposed matrix", with(sum(square(transpose(B) * p) * C)));
}

BOOST_AUTO_TEST_CASE(a_sum_over_a_product_agrees_with_the_interpreter) {
  gradient_agrees("sum of a product", with(sum(A * B)));
  gradient_agrees("row sums of a product", with(sum(square(sum<1>(A * B)))));
  gradient_agrees("sum of a product with a vector", with(sum(A * p)));
}

BOOST_AUTO_TEST_CASE(elements_that_do_not_lie_side_by_side_agree_with_the_interpreter) {
  constexpr auto D = param<"D", 40, 40>;
  gradient_agrees("transposed", with(sum(square(D + transpose(D)) * D)));
  gradient_agrees("position", with(sum(softmax(p) * q)));
}

/// Whether the kernel of a loss holds some repetition in registers.
template <class Loss> constexpr bool holds_in_registers(Loss) {
  using compiled = program<Loss, goal::gradient, float, native_arch>;
  return []<int... Step>(std::integer_sequence<int, Step...>) {
    return (repeating::fits_registers<compiled, Step>() || ...);
  }
  (std::make_integer_sequence<int, int(compiled::plan.steps.size())>{});
}

BOOST_AUTO_TEST_CASE(recurrences_of_single_numbers_agree_with_the_interpreter) {
  static constexpr auto a = param<"a">;
  constexpr auto step = [](auto carry, auto x) { return tanh(a * carry + x); };
  constexpr auto choice = [](auto carry, auto x) { return where(carry < x, carry * a, x * x); };
  static_assert(holds_in_registers(with(square(fold(step, a, p)))));
  static_assert(!holds_in_registers(with(sum(fold<3>([](auto carry) { return carry * q; }, p)))));
  gradient_agrees("last", with(square(fold(step, a, p))));
  gradient_agrees("all", with(sum(square(scan(step, constant<0>, p)) * q)));
  gradient_agrees("a choice", with(sum(scan(choice, a, p) * q)));
  constexpr auto within = [](auto carry, auto x) {
    return fold([](auto inner, auto y) { return inner * a + y; }, carry * x, slice<0, 0, 5>(q));
  };
  gradient_agrees("one in another", with(sum(square(scan(within, a, slice<0, 0, 9>(p))))));
}
