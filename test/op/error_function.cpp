// SPDX-License-Identifier: BSL-1.0
// The error function and the normal distribution: values, tails and gradients, against numbers of thirty
// digits. Their accuracy on the whole domain is a law of its own.
#define BOOST_TEST_MODULE error_function
#include "fusegrad/op/error_function.hpp"

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

BOOST_AUTO_TEST_CASE(the_values_are_those_of_the_tables) {
  worked on;
  const ref a = on.number(1), b = on.number(10);
  BOOST_TEST(on.value(erf(a))[0] == 0.84270079294971486934, a_few_ulp);
  BOOST_TEST(on.value(erfc(a))[0] == 0.15729920705028513066, a_few_ulp);
  BOOST_TEST(on.value(erfcx(b))[0] == 0.056140992743822585858, a_few_ulp);
  BOOST_TEST(on.value(normal_cdf(a))[0] == 0.84134474606854294859, a_few_ulp);
  BOOST_TEST(on.value(gelu(a))[0] == 0.84134474606854294859, a_few_ulp);
  BOOST_TEST(on.value(gelu(on.number(2)))[0] == 1.9544997361036415856, a_few_ulp);
  BOOST_TEST(on.value(gelu_tanh(a))[0] == 0.84119199060827670478, a_few_ulp);
}

BOOST_AUTO_TEST_CASE(at_zero_and_infinity_the_values_are_exact) {
  worked on;
  const ref a = on.vector({-infinity, 0, infinity});
  BOOST_TEST(on.value(erf(a)) == (numbers{-1, 0, 1}));
  BOOST_TEST(on.value(erfc(a)) == (numbers{2, 1, 0}));
  BOOST_TEST(on.value(normal_cdf(a)) == (numbers{0, 0.5, 1}));
  BOOST_TEST(on.value(log_normal_cdf(a)) == (numbers{-infinity, std::log(0.5), 0}));
  BOOST_TEST(on.value(erfcx(on.vector({-infinity, infinity}))) == (numbers{infinity, 0}));
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_a_probability_is_finite_far_into_the_tail) {
  worked on;
  BOOST_TEST(on.value(log_normal_cdf(on.number(-10)))[0] == -53.231285150512470578, a_few_ulp);
  BOOST_TEST(on.value(log_normal_cdf(on.number(-40)))[0] == -804.60844201375378817, a_few_ulp);
  BOOST_TEST(on.value(log_normal_cdf(on.number(-1000)))[0] == -500007.82669481218431, a_few_ulp);
  BOOST_TEST(on.value(log_normal_cdf(on.number(1000)))[0] == 0);
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_erfc_keeps_its_digits_on_both_sides) {
  worked on;
  const ref a = on.vector({-infinity, 0, infinity});
  BOOST_TEST(on.value(log_erfc(a)) == (numbers{std::log(2.0), 0, -infinity}));
  BOOST_TEST(on.value(log_erfc(on.number(1e-20)))[0] == -1e-20 * 1.1283791670955126, a_few_ulp);
  BOOST_TEST(on.value(log_erfc(on.number(1000)))[0] == -1000007.4801207219066, a_few_ulp);
  const ref far = on.number(1e10), near = on.number(0);
  BOOST_TEST(on.gradient(log_erfc(far), far)[0] == -2e10, a_few_ulp);
  BOOST_TEST(on.gradient(log_erfc(near), near)[0] == -1.1283791670955126, a_few_ulp);
}

BOOST_AUTO_TEST_CASE(the_slope_of_that_logarithm_is_no_quotient_of_zeros) {
  const auto slope_at = [](double x) {
    worked on;
    const ref a = on.number(x);
    return on.gradient(log_normal_cdf(a), a)[0];
  };
  BOOST_TEST(slope_at(-1e10) == 1e10, a_few_ulp);
  BOOST_TEST(slope_at(-40) == 40.024968847207263723, a_few_ulp);
  BOOST_TEST(slope_at(-10) == 10.098093233962511963, a_few_ulp);
  BOOST_TEST(slope_at(5) == 1.4867199409049057124e-6, a_few_ulp);
  BOOST_TEST(slope_at(1000) == 0);
}

BOOST_AUTO_TEST_CASE(the_second_derivative_of_that_logarithm_is_minus_1_in_one_tail_and_0_in_the_other) {
  worked on;
  const ref low = on.number(-1000), high = on.number(1000);
  BOOST_TEST(on.second_gradient(log_normal_cdf(low), low)[0] == -1, boost::test_tools::tolerance(2e-6));
  BOOST_TEST(on.second_gradient(log_normal_cdf(high), high)[0] == 0);
}

BOOST_AUTO_TEST_CASE(the_gradients_are_those_of_the_textbook) {
  worked on;
  const ref zero = on.number(0), one = on.number(1);
  const double density = 0.24197072451914334980;  // of the standard normal distribution at 1
  BOOST_TEST(on.gradient(erf(zero), zero)[0] == 1.1283791670955125739, a_few_ulp);
  BOOST_TEST(on.gradient(erfc(zero), zero)[0] == -1.1283791670955125739, a_few_ulp);
  BOOST_TEST(on.gradient(normal_cdf(one), one)[0] == density, a_few_ulp);
  BOOST_TEST(on.gradient(gelu(one), one)[0] == 1.0833154705876862984, a_few_ulp);
  BOOST_TEST(on.gradient(gelu(zero), zero)[0] == 0.5, a_few_ulp);
  BOOST_TEST(on.gradient(gelu_tanh(zero), zero)[0] == 0.5, a_few_ulp);
}

BOOST_AUTO_TEST_CASE(the_activation_saturates_without_overflow) {
  worked on;
  const ref a = on.vector({-1e4, 1e4});
  BOOST_TEST(on.value(gelu(a)) == (numbers{0, 1e4}));
  BOOST_TEST(on.value(gelu_tanh(a)) == (numbers{0, 1e4}));
  BOOST_TEST(on.gradient(sum(gelu(a)), a) == (numbers{0, 1}));
  BOOST_TEST(on.gradient(sum(gelu_tanh(a)), a) == (numbers{0, 1}));
}

BOOST_AUTO_TEST_CASE(the_two_forms_of_the_activation_differ_by_less_than_5e_4) {
  worked on;
  const ref a = on.vector({-6, -3, -1.5, -0.7, 0.2, 1, 2.3, 5});
  const numbers exact = on.value(gelu(a)), other = on.value(gelu_tanh(a));
  for (std::size_t i = 0; i < exact.size(); ++i) BOOST_TEST(std::abs(exact[i] - other[i]) < 5e-4);
}

BOOST_AUTO_TEST_CASE(the_normal_distribution_prints_as_calls) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    return on.prints(erf(erfc(erfcx(a))), "erf(erfc(erfcx(a)))") &&
           on.prints(log_normal_cdf(a) + gelu(a), "log_normal_cdf(a) + a * normal_cdf(a)");
  }>();
}
