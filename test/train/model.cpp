// SPDX-License-Identifier: BSL-1.0
// Models: initial values, reading and writing, copies.
#define BOOST_TEST_MODULE model
#include "fusegrad/train/model.hpp"

#include "data/temporary_directory.hpp"
#include "fusegrad/train/value_and_grad.hpp"
#include "regression.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto V = param<"V", 2, 3>;
constexpr auto U = param<"U", 2, 3>;
constexpr auto twice = squared_error(sum(V * x) + sum(U * x), y);

template <class Tensor> auto numbers_of(const Tensor& in) {
  return std::vector<double>(in.begin(), in.end());
}

void check_same(const std::vector<double>& found, const std::vector<double>& expected) {
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_seed_gives_the_same_model_each_time_and_another_seed_another) {
  const auto first = initialise<twice>(4, V = normal(0, 1), U = normal(0, 1));
  BOOST_TEST((initialise<twice>(4, V = normal(0, 1), U = normal(0, 1)) == first));
  BOOST_TEST((initialise<twice>(5, V = normal(0, 1), U = normal(0, 1)) != first));
}

BOOST_AUTO_TEST_CASE(two_parameters_with_one_initialiser_get_different_numbers) {
  const auto model = initialise<twice>(4, V = normal(0, 1), U = normal(0, 1));
  for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(model[V][i] != model[U][i]);
}

BOOST_AUTO_TEST_CASE(the_numbers_of_a_parameter_do_not_depend_on_the_order_of_naming_or_on_others) {
  const auto both = initialise<twice>(4, V = normal(0, 1), U = uniform(1, 2));
  const auto swapped = initialise<twice>(4, U = uniform(1, 2), V = normal(0, 1));
  const auto alone = initialise<twice>(4, V = normal(0, 1));
  BOOST_TEST((swapped == both));
  check_same(numbers_of(alone[V]), numbers_of(both[V]));
}

BOOST_AUTO_TEST_CASE(what_is_not_named_is_zero) {
  check_same(numbers_of(initialise<twice>(4, V = normal(0, 1))[U]), std::vector<double>(6, 0));
  check_same(numbers_of(initialise<twice>(4)[V]), std::vector<double>(6, 0));
}

BOOST_AUTO_TEST_CASE(every_initialiser_sets_what_it_says) {
  check_same(numbers_of(initialise<twice>(4, V = ones)[V]), std::vector<double>(6, 1));
  check_same(numbers_of(initialise<twice>(4, V = zeros)[V]), std::vector<double>(6, 0));
  check_same(numbers_of(initialise<twice>(4, V = filled_with(0.25))[V]), std::vector<double>(6, 0.25));
  const auto model = initialise<twice>(4, V = uniform(3, 4));
  for (float each : model[V]) BOOST_TEST((each >= 3 && each <= 4));
  const normal spread(0, 1);
  BOOST_TEST((initialise<twice>(4, V = spread) == initialise<twice>(4, V = normal(0, 1))));
}

BOOST_AUTO_TEST_CASE(a_float_model_is_the_double_model_rounded) {
  const auto wide = initialise<twice, double>(4, V = normal(0, 1));
  const auto narrow = initialise<twice, float>(4, V = normal(0, 1));
  for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(narrow[V][i] == float(wide[V][i]));
}

BOOST_AUTO_TEST_CASE(a_parameter_is_readable_writable_and_printable) {
  auto model = initialise<loss>(4);
  model[w](1) = 2;
  model[b]() = 7;
  const float given[] = {4, 5, 6};
  BOOST_TEST(model[w](1) == 2);
  BOOST_TEST(float(model[b]) == 7);
  model[w] = given;
  std::ostringstream text;
  text << model[w] << ' ' << model[b] << '\n' << model;
  BOOST_TEST(text.str() == "[4, 5, 6] 7\nw = [4, 5, 6]\nb = 7\n");
}

BOOST_AUTO_TEST_CASE(a_parameter_of_one_model_is_assigned_to_that_of_another) {
  const auto from = initialise<loss>(4, w = normal(0, 1), b = ones);
  auto to = initialise<loss>(5, w = normal(0, 1)), other = from;
  to[w] = from[w];
  to[b] = other[b];
  BOOST_TEST((to == from));
  auto view = to[w];
  view = other[w];
  view(0) = 99;
  BOOST_TEST((other == from));
  BOOST_TEST(to[w](0) == 99);
  to[w] = 0.f;
  to[b] = 2.f;
  check_same(numbers_of(to[w]), {0, 0, 0});
  BOOST_TEST(to[b] == 2);
  BOOST_CHECK_THROW(to[w] = std::vector<float>(2), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_written_parameter_is_what_the_loss_meets) {
  auto model = initialise<loss>(4);
  const auto one = dataset(x = std::vector<float>{1, 2, 3}, y = std::vector<float>{0});
  model[w](2) = 4;
  model[b]() = -2;
  BOOST_TEST(value_and_grad(loss, model, one).value == 50);  // (3 * 4 - 2)^2 / 2
}

BOOST_AUTO_TEST_CASE(a_copy_trains_on_its_own) {
  const numbers in(20);
  auto model = initialise<loss>(4, w = normal(0, 1));
  const auto before = model;
  auto copy = model;
  copy -= 0.1 * value_and_grad(loss, copy, in.data()).gradient;
  BOOST_TEST((model == before));
  BOOST_TEST((copy != before));
  model -= 0.1 * value_and_grad(loss, model, in.data()).gradient;
  BOOST_TEST((model == copy));
}

BOOST_AUTO_TEST_CASE(a_gradient_of_one_model_moves_another_of_the_same_loss) {
  const numbers in(20);
  const auto from = initialise<loss>(4, w = normal(0, 1));
  auto to = from;
  auto expected = from;
  to -= 0.1 * value_and_grad(loss, from, in.data()).gradient;
  expected -= 0.1 * value_and_grad(loss, expected, in.data()).gradient;
  BOOST_TEST((to == expected));
}

BOOST_AUTO_TEST_CASE(a_step_can_be_written_in_several_ways) {
  const numbers in(20);
  const auto from = initialise<loss>(4, w = normal(0, 1));
  const auto slope = value_and_grad(loss, from, in.data()).gradient;
  const auto moved = [&](auto step) {
    auto model = from;
    step(model);
    return model;
  };
  const auto expected = moved([&](auto& model) { model -= 0.125 * slope; });
  BOOST_TEST((expected != from));
  BOOST_TEST((moved([&](auto& model) { model -= slope * 0.125; }) == expected));
  BOOST_TEST((moved([&](auto& model) { model += -0.125 * slope; }) == expected));
  BOOST_TEST((moved([&](auto& model) { model += -(slope * 0.125); }) == expected));
  BOOST_TEST((moved([&](auto& model) { model += -slope * 0.125; }) == expected));
  BOOST_TEST((moved([&](auto& model) { model -= 0.25 * (0.5 * slope); }) == expected));
  const auto whole = moved([&](auto& model) { model -= 1 * slope; });
  BOOST_TEST((moved([&](auto& model) { model -= slope; }) == whole));
  BOOST_TEST((moved([&](auto& model) { model += -slope; }) == whole));
  BOOST_TEST(
      (moved([&](auto& model) { model += slope; }) == moved([&](auto& model) { model -= -1 * slope; })));
}

BOOST_AUTO_TEST_CASE(a_step_that_overflows_names_the_parameter_and_is_not_taken) {
  const auto one = dataset(x = std::vector<float>{1, 2, 0}, y = std::vector<float>{1});
  auto model = initialise<loss>(4);
  const auto slope = value_and_grad(loss, model, one).gradient;  // (-1, -2, 0), -1
  const auto before = model;
  const auto message = [&](double rate) {
    return message_of<non_finite_error>([&] { model -= rate * slope; });
  };
  constexpr auto rest =
      ": the learning rate is too large for its gradient; the parameters are as they were before this step";
  BOOST_TEST(message(2e38) == std::string("this step would make w(1) inf") + rest);
  BOOST_TEST(message(-2e38) == std::string("this step would make w(1) -inf") + rest);
  BOOST_TEST((model == before));
  model[b] = 3e38;
  BOOST_TEST(message(1e38) == std::string("this step would make b inf") + rest);
  BOOST_TEST(model[b] == 3e38f);
  BOOST_TEST(model[w](1) == 0);
  model[b] = 0;
  model -= 0.5 * slope;  // and the model serves again
  BOOST_TEST(model[w](1) == 1);
}

BOOST_AUTO_TEST_CASE(an_element_of_a_matrix_is_named_by_its_coordinates) {
  const auto one = dataset(x = std::vector<float>{0, 0, 1}, y = std::vector<float>{1});
  auto model = initialise<twice>(4);
  const auto slope = value_and_grad(twice, model, one).gradient;
  model[V](1, 2) = 3e38f;
  const std::string found = message_of<non_finite_error>([&] { model -= 1e38 * slope; });
  BOOST_TEST((found.find("this step would make V(1, 2) inf: ") == 0), found);
}

BOOST_AUTO_TEST_CASE(a_model_that_was_moved_from_can_be_assigned_to) {
  const numbers in(20);
  auto model = initialise<loss>(4, w = normal(0, 1));
  const auto kept = model;
  const auto taken = std::move(model);
  BOOST_TEST((taken == kept));
  model = kept;
  model -= 0.1 * value_and_grad(loss, model, in.data()).gradient;
  BOOST_TEST((model != kept));
}
