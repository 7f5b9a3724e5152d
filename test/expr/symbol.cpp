// SPDX-License-Identifier: BSL-1.0
// Symbols: empty, known by their names, and joined with data by assignment.
#define BOOST_TEST_MODULE symbol
#include "fusegrad/expr/symbol.hpp"

#include "formulas.hpp"

#include <boost/test/unit_test.hpp>

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 784>;
constexpr auto t = target<"t">;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 784>;
constexpr auto rate = scalar<"rate">;

template <class Type> constexpr bool is_free = std::is_empty_v<Type>&& std::is_trivially_copyable_v<Type>;
static_assert(is_free<decltype(x)> && is_free<decltype(t)> && is_free<decltype(y)> && is_free<decltype(W)>);

static_assert(named<std::remove_const_t<decltype(x)>> && named<std::remove_const_t<decltype(rate)>>);
static_assert(!named<literal<2.0>> && !named<int>);
static_assert(parameter_symbol<std::remove_const_t<decltype(W)>>);
static_assert(!parameter_symbol<std::remove_const_t<decltype(x)>>);

static_assert(x.description() == symbol{"x", symbol_role::input, {784}, 0});
static_assert(t.description() == symbol{"t", symbol_role::target, {}, 0});
static_assert(y.description() == symbol{"y", symbol_role::label, {}, 10});
static_assert(W.description() == symbol{"W", symbol_role::parameter, {10, 784}, 0});
static_assert(rate.description() == symbol{"rate", symbol_role::scalar, {}, 0});

}  // namespace

BOOST_AUTO_TEST_CASE(two_symbols_of_one_name_are_one_symbol) {
  static_assert(std::same_as<decltype(x), decltype(input<"x", 784>)>);
  static_assert(same_graph(x + input<"x", 784>, x + x));
  const graph found = lowered<decltype(x * input<"x", 784>)>();
  BOOST_TEST(found.symbols().size() == 1u);
  BOOST_TEST(!found.trouble());
}

BOOST_AUTO_TEST_CASE(symbols_of_other_names_are_others) {
  BOOST_TEST((lowered<decltype(x * input<"u", 784>)>().symbols().size() == 2u));
}

BOOST_AUTO_TEST_CASE(one_name_with_two_shapes_is_a_problem) {
  const graph found = lowered<decltype(sum(x) + sum(input<"x", 3>))>();
  BOOST_TEST((found.trouble().kind == problem_kind::symbol_with_two_shapes));
  BOOST_TEST((found.trouble().left == tensor_shape{784} && found.trouble().right == tensor_shape{3}));
}

BOOST_AUTO_TEST_CASE(one_name_in_two_roles_is_a_problem) {
  const graph found = lowered<decltype(square(t) + square(param<"t">))>();
  BOOST_TEST((found.trouble().kind == problem_kind::symbol_with_two_shapes));
}

BOOST_AUTO_TEST_CASE(assignment_joins_a_symbol_with_data_and_copies_nothing) {
  std::vector<float> pixels(784);
  const auto bound = (x = pixels);
  static_assert(std::same_as<decltype(bound)::symbol_type, std::remove_const_t<decltype(x)>>);
  static_assert(std::same_as<decltype(bound.data), std::vector<float>&>);
  BOOST_TEST(&bound.data == &pixels);
}

BOOST_AUTO_TEST_CASE(a_binding_owns_a_temporary_which_it_moved_in) {
  std::vector<float> pixels(784);
  const float* const stored = pixels.data();
  const auto bound = (x = std::move(pixels));
  static_assert(std::same_as<decltype(bound.data), std::vector<float>>);
  BOOST_TEST(bound.data.data() == stored);
  static_assert(std::same_as<decltype((rate = 0.5).data), double>);
  static_assert((rate = 0.5).data == 0.5);
}

BOOST_AUTO_TEST_CASE(a_list_of_numbers_becomes_a_vector) {
  const auto bound = (x = {1, 2, 3});
  static_assert(std::same_as<decltype(bound.data), std::vector<int>>);
  BOOST_TEST(bound.data == (std::vector{1, 2, 3}), boost::test_tools::per_element());
}
