// SPDX-License-Identifier: BSL-1.0
// The logarithm of the gamma function and its derivatives: values, poles and gradients, against numbers of
// twenty digits. Their accuracy on the whole domain is a law of its own.
#define BOOST_TEST_MODULE gamma
#include "fusegrad/op/gamma.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const auto a_few_ulp = boost::test_tools::tolerance(2e-15);

}  // namespace

BOOST_AUTO_TEST_CASE(the_gamma_function_of_a_whole_number_is_a_factorial) {
  worked on;
  double factorial = 1;
  for (int n = 1; n < 20; ++n) {
    worked each;
    BOOST_TEST(each.value(lgamma(each.number(n)))[0] == std::log(factorial), a_few_ulp);
    factorial *= n;
  }
  BOOST_TEST(on.value(lgamma(on.vector({1, 2}))) == (numbers{0, 0}));
}

BOOST_AUTO_TEST_CASE(the_values_are_those_of_the_tables) {
  worked on;
  const auto value_of = [&](auto word, double at) {
    worked each;
    return each.value(word(each.number(at)))[0];
  };
  const auto log_of_gamma = [](ref x) { return lgamma(x); };
  const auto psi = [](ref x) { return digamma(x); };
  BOOST_TEST(value_of(log_of_gamma, 0.5) == 0.57236494292470008707, a_few_ulp);
  BOOST_TEST(value_of(log_of_gamma, -1.5) == 0.86004701537648101451, a_few_ulp);
  BOOST_TEST(value_of(log_of_gamma, 100) == 359.13420536957539878, a_few_ulp);
  BOOST_TEST(value_of(psi, 1) == -0.57721566490153286061, a_few_ulp);
  BOOST_TEST(value_of(psi, 0.5) == -1.9635100260214234794, a_few_ulp);
  BOOST_TEST(value_of(psi, -1.5) == 0.70315664064524318723, a_few_ulp);
  BOOST_TEST(value_of(psi, 10) == 2.2517525890667211076, a_few_ulp);
  BOOST_TEST(value_of([](ref x) { return polygamma<0>(x); }, 10) == 2.2517525890667211076, a_few_ulp);
  BOOST_TEST(value_of([](ref x) { return polygamma<1>(x); }, 1) == 1.6449340668482264365, a_few_ulp);
  BOOST_TEST(value_of([](ref x) { return polygamma<1>(x); }, -0.5) == 8.9348022005446793094, a_few_ulp);
  BOOST_TEST(value_of([](ref x) { return polygamma<2>(x); }, 1) == -2.4041138063191885708, a_few_ulp);
  BOOST_TEST(value_of([](ref x) { return polygamma<2>(x); }, -0.25) == 122.69736678366236037, a_few_ulp);
  BOOST_TEST(value_of([](ref x) { return polygamma<3>(x); }, 0.5) == 97.409091034002437236, a_few_ulp);
  BOOST_TEST(value_of([](ref x) { return polygamma<3>(x); }, -1.25) == 1558.2209125348505998, a_few_ulp);
  BOOST_TEST(value_of([](ref x) { return polygamma<5>(x); }, 2.5) == 0.57856917856718348455, a_few_ulp);
}

BOOST_AUTO_TEST_CASE(at_its_poles_the_logarithm_is_infinite_and_its_slope_has_no_sign) {
  worked on;
  const ref a = on.vector({0, -1, -2, -1e300, infinity, -infinity});
  const numbers all(6, infinity);
  BOOST_TEST(on.value(lgamma(a)) == all);
  for (double each : on.value(digamma(on.vector({-1, -2, -1e300})))) BOOST_TEST(std::isnan(each));
  for (double each : on.value(polygamma<1>(on.vector({-1, -2, -1e300})))) BOOST_TEST(std::isnan(each));
  BOOST_TEST(on.value(digamma(on.vector({0, -0.0, infinity}))) == (numbers{-infinity, infinity, infinity}));
}

BOOST_AUTO_TEST_CASE(each_derivative_is_the_next) {
  worked on;
  const ref a = on.number(2.5);
  BOOST_TEST(on.gradient(lgamma(a), a) == on.value(digamma(a)));
  BOOST_TEST(on.gradient(digamma(a), a) == on.value(polygamma<1>(a)));
  BOOST_TEST(on.second_gradient(lgamma(a), a) == on.value(polygamma<1>(a)));
  BOOST_TEST(on.gradient(polygamma<1>(a), a) == on.value(polygamma<2>(a)));
  BOOST_TEST(on.gradient(polygamma<4>(a), a)[0] == 0.57856917856718348455, a_few_ulp);
}

BOOST_AUTO_TEST_CASE(the_gamma_family_prints_as_calls) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    return on.prints(lgamma(digamma(polygamma<2>(a))), "lgamma(digamma(polygamma<2>(a)))");
  }>();
}
