// SPDX-License-Identifier: BSL-1.0
// The second door: a traced lambda gives the same graph as the formula written with expressions.
#define BOOST_TEST_MODULE trace
#include "fusegrad/expr/trace.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 4>;
constexpr auto t = target<"t">;
constexpr auto y = label<"y", 3>;
constexpr auto w = param<"w", 4>;
constexpr auto c = param<"c">;
constexpr auto W = param<"W", 3, 4>;
constexpr auto b = param<"b", 3>;

/// A traced lambda knows all of its symbols at once, an expression as it meets them: the same in any order.
template <class A, class B> constexpr bool same_formula(A a, B b) {
  const graph one = lowered<A>(), other = lowered<B>();
  return one.size() == other.size() && one.symbols().size() == other.symbols().size() && shown(a) == shown(b);
}

}  // namespace

BOOST_AUTO_TEST_CASE(linear_regression_is_the_same_by_both_doors) {
  constexpr auto traced = trace(
      [](auto of_w, auto of_x, auto of_c, auto of_t) {
        const auto error = dot(of_w, of_x) + of_c - of_t;
        return square(error) / 2;
      },
      w, x, c, t);
  static_assert(same_formula(squared_error(dot(w, x) + c, t), traced));
}

BOOST_AUTO_TEST_CASE(softmax_regression_is_the_same_by_both_doors) {
  constexpr auto traced = trace(
      [](auto of_W, auto of_x, auto of_b, auto of_y) {
        const auto logits = of_W * of_x + of_b;
        return -log(softmax(logits)[of_y]);
      },
      W, x, b, y);
  static_assert(same_formula(cross_entropy(W * x + b, y), traced));
}

BOOST_AUTO_TEST_CASE(the_layout_of_the_book_is_the_same_by_both_doors) {
  constexpr auto V = param<"V", 4, 3>;
  constexpr auto traced = trace([](auto of_x, auto of_V, auto of_b) { return of_x * of_V + of_b; }, x, V, b);
  static_assert(same_formula(x * V + b, traced));
}

BOOST_AUTO_TEST_CASE(the_huber_loss_is_the_same_by_both_doors) {
  constexpr auto traced = trace(
      [](auto of_c, auto of_t) {
        const auto error = of_c - of_t;
        return where(abs(error) <= 1.5, square(error) / 2, 1.5 * (abs(error) - 0.75));
      },
      c, t);
  static_assert(same_formula(huber<1.5>(c, t), traced));
}

BOOST_AUTO_TEST_CASE(the_logistic_loss_is_the_same_by_both_doors) {
  constexpr auto traced = trace([](auto of_c, auto of_t) { return softplus(of_c) - of_t * of_c; }, c, t);
  static_assert(same_formula(logistic_loss(c, t), traced));
}

BOOST_AUTO_TEST_CASE(two_layers_are_the_same_by_both_doors) {
  constexpr auto V = param<"V", 5, 4>;
  constexpr auto a = param<"a", 5>;
  constexpr auto U = param<"U", 3, 5>;
  constexpr auto traced = trace(
      [](auto of_U, auto of_V, auto of_x, auto of_a, auto of_b, auto of_y) {
        const auto hidden = relu(of_V * of_x + of_a);
        return cross_entropy(of_U * hidden + of_b, of_y);
      },
      U, V, x, a, b, y);
  static_assert(same_formula(cross_entropy(U * relu(V * x + a) + b, y), traced));
}

BOOST_AUTO_TEST_CASE(loops_and_bare_numbers_work_in_a_lambda) {
  constexpr auto looped = trace(
      [](auto of_c, auto of_t) {
        auto power = of_c;
        for (int i = 0; i < 3; ++i) power = 2 * power + of_t;
        return power;
      },
      c, t);
  constexpr auto two = constant<2>;
  static_assert(same_formula(two * (two * (two * c + t) + t) + t, looped));
  BOOST_TEST(shown(looped).view() == "2 * (2 * (2 * c + t) + t) + t");
}

BOOST_AUTO_TEST_CASE(a_traced_formula_is_an_expression_like_any_other) {
  constexpr auto traced = trace([](auto of_x) { return 2 * of_x; }, x);
  static_assert(std::is_empty_v<decltype(traced)>);
  static_assert(same_formula(sum(traced + x), sum(constant<2> * x + x)));
}

BOOST_AUTO_TEST_CASE(expressions_can_be_handed_to_a_lambda) {
  constexpr auto traced = trace([](auto logits) { return sum(square(logits)); }, W * x + b);
  static_assert(same_formula(sum(square(W * x + b)), traced));
}
