// SPDX-License-Identifier: BSL-1.0
// Exponentials, logarithms and the sigmoid family: values, gradients and printed form. Their accuracy on the
// whole domain is a law of its own.
#define BOOST_TEST_MODULE exponential
#include "fusegrad/op/exponential.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

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

BOOST_AUTO_TEST_CASE(exponentials_keep_the_shape_and_refuse_labels) {
  holds<[] {
    worked on;
    return exp(on.tensor({2, 3}, {1, 2, 3, 4, 5, 6})).extents() == shape{2, 3};
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
