// SPDX-License-Identifier: BSL-1.0
// Parameters: one piece of memory, a tensor per symbol, a value like any other.
#define BOOST_TEST_MODULE parameters
#include "fusegrad/train/parameters.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <sstream>
#include <utility>

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 3>;
constexpr auto y = target<"y", 2>;
constexpr auto W = param<"W", 2, 3>;
constexpr auto b = param<"b", 2>;
constexpr auto s = param<"s">;
constexpr auto loss = sum(squared_error(s * (W * x + b), y));

using numbers = parameters<std::remove_const_t<decltype(loss)>, float>;
using places = numbers::layout;

template <class Type> std::string text_of(const Type& value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_tensor_has_room_and_begins_at_a_register) {
  static_assert(places::find(W.description()) >= 0 && places::find(b.description()) >= 0);
  static_assert(places::find(param<"b", 3>.description()) == -1);
  static_assert(places::find(param<"other", 2>.description()) == -1);
  numbers all;
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(all[W].data()) % 64 == 0u);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(all[b].data()) % 64 == 0u);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(all[s].data()) % 64 == 0u);
  float number = 0;
  for (float& each : all[W]) each = ++number;
  for (float& each : all[b]) each = ++number;
  all[s]() = ++number;
  BOOST_TEST(all[W](1, 2) == 6);
  BOOST_TEST(all[b](1) == 8);
  BOOST_TEST(float(all[s]) == 9);
}

BOOST_AUTO_TEST_CASE(new_parameters_are_zero) {
  const numbers all;
  for (std::size_t i = 0; i < numbers::size(); ++i) BOOST_TEST(all.data()[i] == 0);
}

BOOST_AUTO_TEST_CASE(a_copy_has_numbers_of_its_own) {
  numbers first;
  first[W](0, 1) = 4;
  numbers second = first;
  BOOST_TEST((second == first));
  second[W](0, 1) = 5;
  BOOST_TEST(first[W](0, 1) == 4);
  BOOST_TEST((second != first));
  first = second;
  BOOST_TEST(first[W](0, 1) == 5);
  const numbers& itself = first;
  first = itself;
  BOOST_TEST(first[W](0, 1) == 5);
}

BOOST_AUTO_TEST_CASE(parameters_that_were_moved_from_can_be_assigned_to) {
  numbers first;
  first[b](1) = 3;
  numbers second = std::move(first);
  BOOST_TEST(second[b](1) == 3);
  first = second;
  BOOST_TEST(first[b](1) == 3);
  first = numbers();
  BOOST_TEST(first[b](1) == 0);
}

BOOST_AUTO_TEST_CASE(equality_compares_the_bits_of_what_is_learned_and_nothing_else) {
  numbers first, second;
  first.data()[numbers::size() - 1] = 7;  // behind the last number of the last tensor
  BOOST_TEST((first == second));
  first[s]() = second[s]() = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST((first == second));
  first[b](0) = -0.f;
  BOOST_TEST((first != second));
}

BOOST_AUTO_TEST_CASE(parameters_print_with_their_names_in_the_order_of_the_formula) {
  numbers all;
  all[W](1, 0) = 2;
  all[s]() = 0.5;
  BOOST_TEST(text_of(all) == "s = 0.5\nW = [[0, 0, 0],\n [2, 0, 0]]\nb = [0, 0]\n");
  BOOST_TEST(text_of(all[b]) == "[0, 0]");
}

BOOST_AUTO_TEST_CASE(constant_parameters_can_be_read_but_not_written) {
  const numbers all;
  static_assert(std::is_same_v<decltype(all[W](0, 0)), const float&>);
  BOOST_TEST(all[W](0, 0) == 0);
}

BOOST_AUTO_TEST_CASE(a_pool_lends_numbers_again_only_when_nobody_holds_them) {
  gradient_pool<std::remove_const_t<decltype(loss)>, float> pool;
  auto first = pool.take();
  const numbers* const address = first.get();
  auto second = pool.take();
  BOOST_TEST(second.get() != address);
  const auto shared = first;
  first.reset();
  BOOST_TEST(pool.take().get() != address);
  second = pool.take();
  BOOST_TEST(second.get() != address);
}
