// SPDX-License-Identifier: BSL-1.0
// Trigonometric functions and their inverses: values, gradients, edges of their domains and printed form.
// Their accuracy on the whole domain is a law of its own.
#define BOOST_TEST_MODULE trigonometric
#include "fusegrad/op/trigonometric.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr double pi = std::numbers::pi;
constexpr double infinity = std::numeric_limits<double>::infinity();

bool close(const numbers& found, const numbers& wanted) {
  bool all = found.size() == wanted.size();
  for (std::size_t i = 0; all && i < found.size(); ++i)
    all = found[i] == wanted[i] || std::abs(found[i] - wanted[i]) <= 4e-16 * (1 + std::abs(wanted[i]));
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_values_are_those_of_the_unit_circle) {
  worked on;
  const ref a = on.vector({0, pi / 6, pi / 4, pi / 2});
  BOOST_TEST(close(on.value(sin(a)), {0, 0.5, std::numbers::sqrt2 / 2, 1}));
  BOOST_TEST(close(on.value(cos(a)), {1, std::sqrt(3.0) / 2, std::numbers::sqrt2 / 2, 0}));
  const ref b = on.vector({0, pi / 6, pi / 4, -pi / 4});
  BOOST_TEST(close(on.value(tan(b)), {0, 1 / std::sqrt(3.0), 1, -1}));
}

BOOST_AUTO_TEST_CASE(the_inverses_lead_back) {
  worked on;
  const ref a = on.vector({-0.9, -0.3, 0, 0.7});
  BOOST_TEST(close(on.value(asin(sin(a))), {-0.9, -0.3, 0, 0.7}));
  BOOST_TEST(close(on.value(acos(cos(a))), {0.9, 0.3, 0, 0.7}));
  BOOST_TEST(close(on.value(atan(tan(a))), {-0.9, -0.3, 0, 0.7}));
  BOOST_TEST(close(on.value(asinh(sinh(a))), {-0.9, -0.3, 0, 0.7}));
  BOOST_TEST(close(on.value(acosh(cosh(a))), {0.9, 0.3, 0, 0.7}));
  BOOST_TEST(close(on.value(atanh(tanh(a))), {-0.9, -0.3, 0, 0.7}));
}

BOOST_AUTO_TEST_CASE(the_gradients_are_those_of_the_textbook) {
  worked on;
  const ref a = on.number(0.6), b = on.number(1.25);
  BOOST_TEST(close(on.gradient(sin(a), a), {std::cos(0.6)}));
  BOOST_TEST(close(on.gradient(cos(a), a), {-std::sin(0.6)}));
  BOOST_TEST(close(on.gradient(tan(a), a), {1 / (std::cos(0.6) * std::cos(0.6))}));
  BOOST_TEST(close(on.gradient(asin(a), a), {1 / 0.8}));
  BOOST_TEST(close(on.gradient(acos(a), a), {-1 / 0.8}));
  BOOST_TEST(close(on.gradient(atan(a), a), {1 / 1.36}));
  BOOST_TEST(close(on.gradient(asinh(a), a), {1 / std::sqrt(1.36)}));
  BOOST_TEST(close(on.gradient(acosh(b), b), {1 / 0.75}));
  BOOST_TEST(close(on.gradient(atanh(a), a), {1 / 0.64}));
}

BOOST_AUTO_TEST_CASE(an_angle_knows_its_quadrant) {
  worked on;
  const ref y = on.vector({1, 1, -1, -1, 0, 0, -0.0}), x = on.vector({1, -1, -1, 1, 2, -2, -2});
  BOOST_TEST(close(on.value(atan2(y, x)), {pi / 4, 3 * pi / 4, -3 * pi / 4, -pi / 4, 0, pi, -pi}));
}

BOOST_AUTO_TEST_CASE(a_length_neither_overflows_nor_vanishes) {
  worked on;
  const ref a = on.vector({3e200, 3e-200, 0, infinity}), b = on.vector({4e200, -4e-200, 0, 1});
  BOOST_TEST(close(on.value(hypot(a, b)), {5e200, 5e-200, 0, infinity}));
  BOOST_TEST(close(on.gradient(sum(hypot(a, b)), b), {0.8, -0.8, 0, 0}));
}

BOOST_AUTO_TEST_CASE(at_the_origin_angle_and_length_have_gradient_0) {
  worked on;
  const ref y = on.number(0), x = on.number(0);
  BOOST_TEST(on.gradient(hypot(y, x), x) == numbers{0});
  BOOST_TEST(on.gradient(atan2(y, x), x) == numbers{0});
  BOOST_TEST(on.gradient(atan2(y, x), y) == numbers{0});
}

BOOST_AUTO_TEST_CASE(the_gradient_of_an_angle_of_a_distant_point_is_small_and_not_0) {
  worked on;
  const ref y = on.number(3e200), x = on.number(4e200);
  BOOST_TEST(on.gradient(atan2(y, x), y)[0] / 1.6e-201 == 1, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(on.gradient(atan2(y, x), x)[0] / -1.2e-201 == 1, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(on.gradient(asinh(y), y)[0] * 3e200 == 1, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(on.gradient(acosh(y), y)[0] * 3e200 == 1, boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(beyond_their_domain_the_inverses_are_no_number) {
  worked on;
  const ref a = on.vector({-1.5, 1.5});
  for (double each : on.value(asin(a))) BOOST_TEST(std::isnan(each));
  for (double each : on.value(acos(a))) BOOST_TEST(std::isnan(each));
  for (double each : on.value(atanh(a))) BOOST_TEST(std::isnan(each));
  BOOST_TEST(std::isnan(on.value(acosh(on.number(0.5)))[0]));
  BOOST_TEST(std::isnan(on.value(sin(on.number(infinity)))[0]));
}

BOOST_AUTO_TEST_CASE(at_the_ends_of_their_domain_slopes_are_infinite) {
  worked on;
  const ref one = on.number(1);
  BOOST_TEST(on.gradient(asin(one), one) == numbers{infinity});
  BOOST_TEST(on.gradient(acos(one), one) == numbers{-infinity});
  BOOST_TEST(on.gradient(acosh(one), one) == numbers{infinity});
  BOOST_TEST(on.gradient(atanh(one), one) == numbers{infinity});
  BOOST_TEST(on.value(atanh(one)) == numbers{infinity});
}

BOOST_AUTO_TEST_CASE(angles_print_as_calls) {
  holds<[] {
    worked on;
    const ref a = on.number(1), b = on.number(2);
    return on.prints(atan2(sin(a), cos(b)), "atan2(sin(a), cos(b))") &&
           on.prints(hypot(a, acosh(b)), "hypot(a, acosh(b))") && on.prints(hypot(a, 1), "hypot(a, 1)");
  }>();
}
