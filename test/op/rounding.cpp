// SPDX-License-Identifier: BSL-1.0
// Whole numbers, signs and limits: values, ties, signs of zero, gradients and printed form.
#define BOOST_TEST_MODULE rounding
#include "fusegrad/op/rounding.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(whole_numbers_are_found_on_both_sides_and_between) {
  worked on;
  const ref a = on.vector({-2.5, -1.2, -0.5, 0.5, 1.5, 2.5, 1e300});
  BOOST_TEST(on.value(floor(a)) == (numbers{-3, -2, -1, 0, 1, 2, 1e300}));
  BOOST_TEST(on.value(ceil(a)) == (numbers{-2, -1, 0, 1, 2, 3, 1e300}));
  BOOST_TEST(on.value(round(a)) == (numbers{-2, -1, 0, 0, 2, 2, 1e300}));
}

BOOST_AUTO_TEST_CASE(a_sign_is_1_or_0_or_minus_1) {
  worked on;
  const double infinity = std::numeric_limits<double>::infinity();
  const ref a = on.vector({-infinity, -3, 0, 1e-300, 2});
  BOOST_TEST(on.value(sign(a)) == (numbers{-1, -1, 0, 1, 1}));
  BOOST_TEST(std::isnan(on.value(sign(on.number(std::numeric_limits<double>::quiet_NaN())))[0]));
}

BOOST_AUTO_TEST_CASE(a_sign_is_taken_also_from_a_zero) {
  worked on;
  const ref a = on.vector({3, -3, 3, 0}), b = on.vector({-1, 2, -0.0, -5});
  BOOST_TEST(on.value(copysign(a, b)) == (numbers{-3, 3, -3, 0}));
  BOOST_TEST(std::signbit(on.value(copysign(a, b))[3]));
}

BOOST_AUTO_TEST_CASE(what_is_flat_has_gradient_0) {
  worked on;
  const ref a = on.vector({-1.5, 0.25, 2});
  BOOST_TEST(on.gradient(sum(floor(a) + ceil(a) + round(a) + sign(a)), a) == (numbers{0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_taken_sign_is_that_of_the_size) {
  worked on;
  const ref a = on.vector({3, -3, 0, 2}), b = on.vector({-1, -2, 1, 5});
  BOOST_TEST(on.gradient(sum(copysign(a, b)), a) == (numbers{-1, 1, 0, 1}));
  BOOST_TEST(on.gradient(sum(copysign(a, b)), b) == (numbers{0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_clamped_value_stays_between_its_limits) {
  holds<[] {
    worked on;
    const ref a = on.vector({-2, -1, 0.5, 1, 3});
    return on.value(clamp<-1, 1>(a)) == numbers{-1, -1, 0.5, 1, 1} &&
           on.value(clamp(a, 0, 0.75)) == numbers{0, 0, 0.5, 0.75, 0.75} &&
           on.gradient(sum(clamp<-1, 1>(a)), a) == numbers{0, 1, 1, 1, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(limits_that_are_formulas_get_the_gradient_where_they_hold) {
  holds<[] {
    worked on;
    const ref a = on.vector({-2, 0.5, 3}), low = on.number(-1), high = on.number(1);
    const ref total = sum(clamp(a, low, high));
    return on.gradient(total, low) == numbers{1} && on.gradient(total, high) == numbers{1} &&
           on.gradient(total, a) == numbers{0, 1, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(whole_numbers_and_limits_print_as_calls) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    return on.prints(floor(ceil(round(sign(a)))), "floor(ceil(round(sign(a))))") &&
           on.prints(clamp<-1, 1>(a), "min(max(a, -1), 1)");
  }>();
}
