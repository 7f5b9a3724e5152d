// SPDX-License-Identifier: BSL-1.0
// Expressions: empty, opaque, free to be split over variables and functions, and cheap however deep.
#define BOOST_TEST_MODULE expression
#include "fusegrad/expr/expression.hpp"

#include "expression/model.hpp"
#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

#include <string_view>
#include <type_traits>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 4>;
constexpr auto y = label<"y", 3>;
constexpr auto W = param<"W", 3, 4>;
constexpr auto b = param<"b", 3>;
constexpr auto w = param<"w">;

constexpr auto whole = -log((exp(W * x + b) / sum(exp(W * x + b)))[y]);

template <class Type>
constexpr bool is_free =
    std::is_empty_v<Type>&& std::is_trivially_copyable_v<Type>&& std::is_default_constructible_v<Type>;
static_assert(is_free<decltype(W * x)> && is_free<decltype(whole)> && is_free<decltype(grad(whole, W))>);
static_assert(is_free<decltype(where(x > constant<0>, x, -x))>);
static_assert(std::is_final_v<std::remove_const_t<decltype(whole)>>);

template <class Type> constexpr std::string_view name_of() { return __PRETTY_FUNCTION__; }

template <int Levels, class Formula> constexpr auto chain(Formula from) {
  if constexpr (Levels == 0)
    return from;
  else
    return chain<Levels - 1>(tanh(from) * w + from * from);
}

constexpr auto affine(auto values) { return W * values + b; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_formula_split_over_variables_is_the_same_graph) {
  const auto logits = W * x + b;
  const auto powers = exp(logits);
  const auto total = sum(powers);
  const auto probabilities = powers / total;
  const auto likelihood = probabilities[y];
  const auto logarithm = log(likelihood);
  BOOST_TEST(same_graph(-logarithm, whole));
}

BOOST_AUTO_TEST_CASE(a_formula_split_over_functions_is_the_same_graph) {
  const auto probabilities = [] {
    const auto powers = [](auto logits) { return exp(logits); }(affine(x));
    return powers / sum(powers);
  }();
  BOOST_TEST(same_graph(-log(probabilities[y]), whole));
  BOOST_TEST(!same_graph(log(probabilities[y]), whole));
}

BOOST_AUTO_TEST_CASE(equal_formulas_meet_in_one_node) {
  const auto once = square(W * x + b);
  const auto again = square(W * x + b);
  const graph both = lowered<decltype(once + again)>();
  BOOST_TEST(both.size() == lowered<std::remove_const_t<decltype(once)>>().size() + 1);
}

BOOST_AUTO_TEST_CASE(symbols_stand_in_the_order_of_the_reader) {
  const graph found = lowered<decltype(W * x + b - one_hot(y))>();
  BOOST_TEST(found.symbols().size() == 4u);
  BOOST_TEST(found.find_symbol("W") == 0);
  BOOST_TEST(found.find_symbol("x") == 1);
  BOOST_TEST(found.find_symbol("b") == 2);
  BOOST_TEST(found.find_symbol("y") == 3);
}

BOOST_AUTO_TEST_CASE(an_expression_knows_its_shape_and_kind) {
  static_assert(facts_of<decltype(W * x)>.extents == tensor_shape{3});
  static_assert(facts_of<std::remove_const_t<decltype(whole)>>.extents == tensor_shape{});
  static_assert(facts_of<decltype(x > x)>.kind == value_kind::condition);
  static_assert(facts_of<decltype(argmax(x))>.kind == value_kind::category);
  static_assert(facts_of<decltype(grad(whole, W))>.extents == tensor_shape{3, 4});
  BOOST_TEST(shown(whole).view() == "-log((exp(W * x + b) / sum(exp(W * x + b)))[y])");
}

BOOST_AUTO_TEST_CASE(a_star_is_the_matrix_product_only_between_matrices_and_vectors) {
  static_assert(facts_of<decltype(W * x)>.extents == tensor_shape{3});
  static_assert(facts_of<decltype(b * W)>.extents == tensor_shape{4});
  static_assert(facts_of<decltype(W * w)>.extents == tensor_shape{3, 4});
  static_assert(facts_of<decltype(x * x)>.extents == tensor_shape{4});
  static_assert(facts_of<decltype(multiply(W, x))>.extents == tensor_shape{3, 4});
  BOOST_TEST(shown(multiply(W, x)).view() == "W * x");
}

BOOST_AUTO_TEST_CASE(type_names_do_not_grow_with_depth) {
  using short_chain = decltype(chain<2>(param<"u">));
  using long_chain = decltype(chain<50>(param<"u">));
  BOOST_TEST(name_of<long_chain>().size() < 300u, name_of<long_chain>());
  BOOST_TEST(name_of<long_chain>().size() < name_of<short_chain>().size() + 50);
}

BOOST_AUTO_TEST_CASE(a_chain_of_100_levels_lowers_at_default_limits) {
  constexpr auto deep = chain<100>(param<"u">);
  constexpr int nodes = lowered<std::remove_const_t<decltype(deep)>>().size();
  BOOST_TEST(nodes == 2 + 4 * 100);  // tanh, two products and a sum per level
  static_assert(facts_of<std::remove_const_t<decltype(deep)>>.depth == 300);
}

BOOST_AUTO_TEST_CASE(two_translation_units_use_one_named_model) {
  constexpr auto before = exp(square(x)) + x;  // closures here have other numbers than elsewhere
  static_assert(!facts_of<std::remove_const_t<decltype(before)>>.trouble);
  const graph here = lowered<decltype(softmax_regression::formula())>();
  BOOST_TEST(identical(here, graph_from_elsewhere()));
  BOOST_TEST(identical(here, graph_of_model<softmax_regression>()));
}
