// SPDX-License-Identifier: BSL-1.0
// Exponentials, logarithms and the sigmoid family: values, gradients and printed form. Their accuracy on the
// whole domain is a law of its own.
#define BOOST_TEST_MODULE exponential
#include "fusegrad/op/exponential.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(at_zero_and_one_the_values_are_those_of_the_textbook) {
  worked on;
  const ref zero = on.number(0), one = on.number(1);
  BOOST_TEST(on.value(exp(zero)) == numbers{1});
  BOOST_TEST(on.value(log(one)) == numbers{0});
  BOOST_TEST(on.value(log1p(zero)) == numbers{0});
  BOOST_TEST(on.value(expm1(zero)) == numbers{0});
  BOOST_TEST(on.value(sinh(zero)) == numbers{0});
  BOOST_TEST(on.value(cosh(zero)) == numbers{1});
  BOOST_TEST(on.value(log_cosh(zero)) == numbers{0});
  BOOST_TEST(on.value(tanh(zero)) == numbers{0});
  BOOST_TEST(on.value(logistic(zero)) == numbers{0.5});
  BOOST_TEST(on.value(softplus(zero)) == numbers{std::log(2.0)});
}

BOOST_AUTO_TEST_CASE(at_zero_and_one_the_gradients_are_those_of_the_textbook) {
  worked on;
  const ref zero = on.number(0), one = on.number(1);
  BOOST_TEST(on.gradient(exp(zero), zero) == numbers{1});
  BOOST_TEST(on.gradient(log(one), one) == numbers{1});
  BOOST_TEST(on.gradient(log1p(one), one) == numbers{0.5});
  BOOST_TEST(on.gradient(expm1(zero), zero) == numbers{1});
  BOOST_TEST(on.gradient(sinh(zero), zero) == numbers{1});
  BOOST_TEST(on.gradient(cosh(zero), zero) == numbers{0});
  BOOST_TEST(on.gradient(cosh(one), one) == numbers{std::sinh(1.0)});
  BOOST_TEST(on.gradient(log_cosh(zero), zero) == numbers{0});
  BOOST_TEST(on.gradient(log_cosh(one), one) == numbers{std::tanh(1.0)});
  BOOST_TEST(on.gradient(tanh(zero), zero) == numbers{1});
  BOOST_TEST(on.gradient(logistic(zero), zero) == numbers{0.25});
  BOOST_TEST(on.gradient(softplus(zero), zero) == numbers{0.5});
}

BOOST_AUTO_TEST_CASE(tiny_arguments_keep_their_digits) {
  worked on;
  const ref a = on.number(1e-20);
  BOOST_TEST(on.value(log1p(a)) == numbers{1e-20});
  BOOST_TEST(on.value(expm1(a)) == numbers{1e-20});
  BOOST_TEST(on.value(sinh(a)) == numbers{1e-20});
  BOOST_TEST(on.value(log_cosh(on.number(-1e-20))) == numbers{5e-41});
}

BOOST_AUTO_TEST_CASE(the_sigmoid_family_saturates_without_overflow) {
  worked on;
  const ref a = on.vector({-1000, 1000});
  BOOST_TEST(on.value(logistic(a)) == (numbers{0, 1}));
  BOOST_TEST(on.value(softplus(a)) == (numbers{0, 1000}));
  BOOST_TEST(on.value(tanh(a)) == (numbers{-1, 1}));
  BOOST_TEST(on.gradient(sum(logistic(a)), a) == (numbers{0, 0}));
  BOOST_TEST(on.gradient(sum(softplus(a)), a) == (numbers{0, 1}));
  BOOST_TEST(on.gradient(sum(tanh(a)), a) == (numbers{0, 0}));
  BOOST_TEST(on.value(log_cosh(a)) == (numbers{1000 - std::log(2.0), 1000 - std::log(2.0)}));
  BOOST_TEST(on.gradient(sum(log_cosh(a)), a) == (numbers{-1, 1}));
}

BOOST_AUTO_TEST_CASE(the_slope_of_the_sigmoid_keeps_its_digits_on_both_sides) {
  worked on;
  const ref a = on.vector({-40, 40});
  const double tail = std::exp(-40.0);
  // exp(-40) is 4e-18, so 1 + exp(-40) is 1.
  BOOST_TEST(on.gradient(sum(logistic(a)), a) == (numbers{tail, tail}));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_sigmoid_of_a_square_matrix_is_taken_element_by_element) {
  worked on;
  const ref a = on.tensor({2, 2}, {0, 0, 0, 0});
  BOOST_TEST(on.gradient(sum(logistic(a)), a) == (numbers{0.25, 0.25, 0.25, 0.25}));
}

BOOST_AUTO_TEST_CASE(powers_and_roots_of_whole_numbers_are_whole) {
  worked on;
  const ref a = on.vector({-3, 0, 10}), b = on.vector({0.125, 1, 1024});
  BOOST_TEST(on.value(exp2(a)) == (numbers{0.125, 1, 1024}));
  BOOST_TEST(on.value(log2(b)) == (numbers{-3, 0, 10}));
  BOOST_TEST(on.value(log10(on.vector({0.01, 1, 1e5}))) == (numbers{-2, 0, 5}));
  BOOST_TEST(on.value(cbrt(on.number(-27)))[0] == -3, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(on.value(cbrt(on.number(0))) == numbers{0});
}

BOOST_AUTO_TEST_CASE(the_gradients_of_powers_and_roots_are_those_of_the_textbook) {
  worked on;
  const ref a = on.number(2), b = on.number(-8), zero = on.number(0);
  BOOST_TEST(on.gradient(exp2(a), a) == numbers{4 * std::numbers::ln2});
  BOOST_TEST(on.gradient(log2(a), a) == numbers{std::numbers::log2e / 2});
  BOOST_TEST(on.gradient(log10(a), a) == numbers{std::numbers::log10e / 2});
  BOOST_TEST(on.gradient(cbrt(b), b)[0] == 1.0 / 12, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(on.gradient(cbrt(zero), zero) == numbers{0});
}

BOOST_AUTO_TEST_CASE(an_exponent_may_be_a_formula) {
  worked on;
  const ref a = on.vector({2, -2, 0, 9}), b = on.vector({10, 3, 0, 0.5});
  BOOST_TEST(on.value(pow(a, b)) == (numbers{1024, -8, 1, 3}));
  BOOST_TEST(on.gradient(sum(pow(a, b)), a) == (numbers{5120, 12, 0, 1.0 / 6}));
  BOOST_TEST(on.gradient(sum(pow(a, b)), b)[0] == 1024 * std::numbers::ln2,
             boost::test_tools::tolerance(1e-15));
  BOOST_TEST(on.gradient(sum(pow(a, b)), b)[1] == 0);
  BOOST_TEST(on.gradient(sum(pow(a, b)), b)[2] == 0);
  BOOST_TEST(std::isnan(on.value(pow(on.number(-2), 0.5))[0]));
}

BOOST_AUTO_TEST_CASE(a_known_exponent_is_that_of_the_template) {
  holds<[] {
    worked on;
    const ref a = on.number(3);
    return on.prints(pow(a, constant<2>), "pow<2>(a)") && on.prints(pow(2, a), "pow(2, a)") &&
           on.prints(pow(a, a), "pow(a, a)");
  }>();
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_a_sum_of_powers_does_not_overflow) {
  worked on;
  const double infinity = std::numeric_limits<double>::infinity();
  const ref a = on.vector({1000, -infinity, infinity, 0}),
            b = on.vector({1000, -infinity, infinity, -infinity});
  BOOST_TEST(on.value(logaddexp(a, b)) == (numbers{1000 + std::numbers::ln2, -infinity, infinity, 0}));
  BOOST_TEST(on.gradient(sum(logaddexp(a, b)), a) == (numbers{0.5, 0.5, 0.5, 1}));
  const ref c = on.number(1.5);
  BOOST_TEST(on.second_gradient(logaddexp(c, 1.5), c) == numbers{0.25});
}

BOOST_AUTO_TEST_CASE(what_is_left_of_a_probability_keeps_its_digits) {
  worked on;
  const ref a = on.vector({-1e-20, -50});
  BOOST_TEST(on.value(log1mexp(a)) == (numbers{std::log(1e-20), -std::exp(-50.0)}));
  const ref p = on.vector({0.5, 0.5 + 0x1p-40, 1e-20});
  BOOST_TEST(on.value(logit(p)) == (numbers{0, 0x1p-38, std::log(1e-20)}));
  BOOST_TEST(on.gradient(sum(logit(p)), p)[0] == 4);
  BOOST_TEST(on.value(logistic(logit(on.number(0.3))))[0] == 0.3, boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(an_entropy_is_safe_where_a_probability_is_0) {
  worked on;
  const double infinity = std::numeric_limits<double>::infinity();
  const ref p = on.vector({0, 0.25, 1}), q = on.vector({0, 0, infinity});
  BOOST_TEST(on.value(xlogy(p, p)) == (numbers{0, 0.25 * std::log(0.25), 0}));
  BOOST_TEST(on.gradient(sum(xlogy(p, p)), p) == (numbers{0, 1 + std::log(0.25), 1}));
  BOOST_TEST(on.value(xlogy(p, q)) == (numbers{0, -infinity, infinity}));
  BOOST_TEST(on.value(xlogy(0, q)) == (numbers{0, 0, 0}));
  BOOST_TEST(std::isnan(on.value(xlogy(0, on.number(std::numeric_limits<double>::quiet_NaN())))[0]));
}

BOOST_AUTO_TEST_CASE(exponentials_keep_the_shape_and_refuse_labels) {
  holds<[] {
    worked on;
    return exp(on.tensor({2, 3}, {1, 2, 3, 4, 5, 6})).extents() == tensor_shape{2, 3};
  }>();
  holds<[] {
    worked on;
    (void)log(on.label(3, 1));
    return on.trouble() == problem_kind::label_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(exponentials_print_as_calls) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    return on.prints(log(1 + exp(-a)), "log(1 + exp(-a))") && on.prints(log1p(expm1(a)), "log1p(expm1(a))") &&
           on.prints(tanh(logistic(softplus(a))), "tanh(logistic(softplus(a)))") &&
           on.prints(log_cosh(cosh(sinh(a))), "log_cosh(cosh(sinh(a)))");
  }>();
}
