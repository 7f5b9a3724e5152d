// SPDX-License-Identifier: BSL-1.0
// Dropout and normal noise: values, gradients, and which numbers decide.
#define BOOST_TEST_MODULE random
#include "fusegrad/op/random.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "fusegrad/pass/evaluation.hpp"
#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref dropped(ref value, ref random, double rate) {
  attributes payload;
  payload.number = rate;
  return apply<dropout_op>(payload, value, random);
}

int random_values(const graph& in) {
  int count = 0;
  for (const symbol& each : in.symbols()) count += each.role == symbol_role::random ? 1 : 0;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_below_the_rate_drop_the_rest_is_scaled) {
  worked on;
  const ref a = on.vector({1, -2, 3, 4}), u = on.vector({0.1, 0.5, 0.49999, 0.9});
  BOOST_TEST(on.value(dropped(a, u, 0.5)) == (numbers{0, -4, 0, 8}));
  BOOST_TEST(on.gradient(sum(dropped(a, u, 0.5)), a) == (numbers{0, 2, 0, 2}));
  BOOST_TEST(on.gradient(sum(dropped(a, u, 0.5)), u) == (numbers{0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(what_is_dropped_is_zero_whatever_it_was) {
  worked on;
  const ref a = on.vector({0, 4}), u = on.vector({0.1, 0.9});
  // The derivative of log at 0 is infinite.
  BOOST_TEST(on.value(dropped(log(a), u, 0.5))[0] == 0);
  BOOST_TEST(on.gradient(sum(dropped(log(a), u, 0.5)), a) == (numbers{0, 0.5}));
}

// 0.3 lies between two multiples of 2^-24: in float it is the nearest one above.
BOOST_AUTO_TEST_CASE(float_and_double_drop_the_same) {
  const double below = 5033164.0 / (1 << 24), above = 5033165.0 / (1 << 24);
  attributes payload;
  payload.number = 0.3;
  BOOST_TEST(dropout_op::value(payload, 1.0, below) == 0);
  BOOST_TEST(dropout_op::value(payload, 1.0F, float(below)) == 0);
  BOOST_TEST(dropout_op::value(payload, 1.0, above) != 0);
  BOOST_TEST(dropout_op::value(payload, 1.0F, float(above)) != 0);
}

BOOST_AUTO_TEST_CASE(at_rate_0_nothing_is_drawn_at_rate_1_all_is_zero) {
  worked on;
  const ref a = on.vector({1, -2});
  BOOST_TEST(same(dropout<0>(a), a));
  BOOST_TEST(on.value(dropout<1.0>(a)) == (numbers{0, 0}));
  BOOST_TEST(on.gradient(sum(dropout<1.0>(a)), a) == (numbers{0, 0}));
  BOOST_TEST(random_values(on.in()) == 0);
}

BOOST_AUTO_TEST_CASE(the_same_call_is_the_same_value) {
  worked on;
  const ref a = on.vector({1, -2});
  const ref once = dropout<0.5>(a);
  BOOST_TEST(same(once, dropout<0.5>(a)));
  BOOST_TEST(random_values(on.in()) == 1);
  BOOST_TEST(!same(once, (dropout<0.5, 1>(a))));
  BOOST_TEST(!same(once, dropout<0.25>(a)));
  BOOST_TEST(!same(once, dropout<0.5>(once)));
  BOOST_TEST(random_values(on.in()) == 4);
}

BOOST_AUTO_TEST_CASE(it_prints_as_it_is_written) {
  worked on;
  const ref a = on.vector({1, -2});
  BOOST_TEST(on.prints(dropout<0.25>(2 * a), "dropout<0.25>(2 * a)"));
}

BOOST_AUTO_TEST_CASE(noise_is_added_and_gradients_pass) {
  worked on;
  const ref a = on.vector({1, -2}), u = on.vector({0.25, 0.75});
  attributes payload;
  payload.number = 2;
  const ref noisy = apply<gaussian_noise_op>(payload, a, u);
  // The quartiles of the normal distribution, half of 2^-24 further up.
  BOOST_TEST(std::abs(on.value(noisy)[0] - (1 - 2 * 0.674489750196)) < 1e-6);
  BOOST_TEST(std::abs(on.value(noisy)[1] - (-2 + 2 * 0.674489750196)) < 1e-6);
  BOOST_TEST(on.gradient(sum(square(noisy)), a)[1] == 2 * on.value(noisy)[1]);
  BOOST_TEST(on.gradient(sum(noisy), u) == (numbers{0, 0}));
  BOOST_TEST(on.prints(gaussian_noise<0.5>(a), "gaussian_noise<0.5>(a)"));
  BOOST_TEST(same(gaussian_noise<0>(a), a));
  BOOST_TEST(!same((gaussian_noise<0.5, 1>(a)), gaussian_noise<0.5>(a)));
  BOOST_TEST(same(gaussian_noise_op::in_evaluation(gaussian_noise<0.5>(a)), a));
}

// Against the distribution function itself, in long double, where the slope turns its error into that of the
// quantile. Every 4099th of the 2^24 numbers, and the first and the last of them.
BOOST_AUTO_TEST_CASE(noise_is_the_quantile_of_its_number) {
  constexpr int count = 1 << bits_of_uniform;
  const auto check = [](int i) {
    const double u = double(i) / count;
    const long double z = standard_normal_of(u);
    const long double below = (i + 0.5L) / count, above = (count - i - 0.5L) / count;
    const long double off =
        z < 0 ? std::erfc(-z / std::sqrt(2.0L)) / 2 - below : above - std::erfc(z / std::sqrt(2.0L)) / 2;
    const long double slope = std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846L);
    BOOST_TEST(std::fabs(off / slope) <= 1e-15L * std::fabs(z));
    BOOST_TEST(std::fabs(standard_normal_of(float(u)) - z) <= 5e-7L * std::fabs(z));
  };
  for (int i = 0; i < count; i += 4099) check(i);
  check(count / 2 - 1);
  check(count / 2);
  check(count - 1);
  BOOST_TEST(std::abs(standard_normal_of(0.0)) < 5.5);
}

// Mean, variance, fourth moment and neighbours of 10^6 draws: five standard deviations of these estimates.
BOOST_AUTO_TEST_CASE(noise_is_normal_in_every_direction_of_the_counter) {
  constexpr std::uint32_t count = 1000000;
  const auto check = [](auto draw) {
    double sum = 0, squares = 0, fourths = 0, products = 0, before = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const double each = standard_normal_of(draw(i));
      sum += each;
      squares += each * each;
      fourths += each * each * each * each;
      products += each * before;
      before = each;
    }
    const double unit = 5 / std::sqrt(double(count));
    BOOST_TEST(std::abs(sum / count) < unit);
    BOOST_TEST(std::abs(squares / count - 1) < unit * std::sqrt(2.0));
    BOOST_TEST(std::abs(fourths / count - 3) < unit * std::sqrt(96.0));
    BOOST_TEST(std::abs(products / count) < unit);
  };
  check([](std::uint32_t i) { return random_uniform({1, 2}, i, 3, 4); });
  check([](std::uint32_t i) { return random_uniform({1, 2}, 3, 4, i); });
  check([](std::uint32_t i) { return random_uniform({1, i}, 3, 4, 5); });
}

BOOST_AUTO_TEST_CASE(random_values_have_names_of_their_own_up_to_a_limit) {
  BOOST_TEST((numbered_name<"random">(0) == "random 0"));
  BOOST_TEST((numbered_name<"random">(42) == "random 42"));
  BOOST_TEST((numbered_name<"random">(255) == "random 255"));
  worked on;
  ref a = on.number(1);
  for (int i = 0; i < most_numbered_names; ++i) a = dropout<0.5>(a);
  BOOST_TEST((on.trouble() == problem_kind::none));
  a = dropout<0.5>(a);
  BOOST_TEST((on.trouble() == problem_kind::too_many_random_values));
}
