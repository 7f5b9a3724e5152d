// SPDX-License-Identifier: BSL-1.0
// The mathematical functions on numbers: signs of zero, ties and choices.
#define BOOST_TEST_MODULE math
#include "fusegrad/op/math.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "base/twice.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

BOOST_AUTO_TEST_CASE(the_greater_and_the_lesser_of_equals_is_the_first) {
  holds<[] { return math::max(2.0, 3.0) == 3 && math::max(3.0, 2.0) == 3 && math::min(2.0, 3.0) == 2; }>();
  BOOST_TEST(!std::signbit(math::max(0.0, -0.0)));
  BOOST_TEST(std::signbit(math::max(-0.0, 0.0)));
  BOOST_TEST(std::signbit(math::min(-0.0, 0.0)));
}

BOOST_AUTO_TEST_CASE(an_absolute_value_has_no_sign) {
  holds<[] { return math::abs(-2.5) == 2.5 && math::abs(2.5) == 2.5 && math::abs(0.0f) == 0; }>();
  BOOST_TEST(!std::signbit(math::abs(-0.0)));
}

BOOST_AUTO_TEST_CASE(a_condition_chooses) {
  holds<[] { return math::choose(true, 1.0, 2.0) == 1 && math::choose(false, 1.0, 2.0) == 2; }>();
  holds<[] { return math::is_true(1.0) && !math::is_true(0.0) && math::is_true(-0.5f); }>();
}

BOOST_AUTO_TEST_CASE(the_functions_are_those_of_the_standard_library_in_the_argument_s_type) {
  BOOST_TEST(math::exp(1.0) == std::exp(1.0));
  BOOST_TEST(math::log(2.0f) == std::log(2.0f));
  BOOST_TEST(math::log1p(0.5L) == std::log1p(0.5L));
  BOOST_TEST(math::expm1(0.5) == std::expm1(0.5));
  BOOST_TEST(math::tanh(0.5) == std::tanh(0.5));
  BOOST_TEST(math::sqrt(2.0L) == std::sqrt(2.0L));
  BOOST_TEST(math::pow(2.0, 0.3) == std::pow(2.0, 0.3));
}
