// SPDX-License-Identifier: BSL-1.0
// + - * / and their signs and powers: values, shapes, derivatives and printed form.
#define BOOST_TEST_MODULE arithmetic
#include "fusegrad/op/arithmetic.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(the_four_operations_work_element_by_element) {
  holds<[] {
    worked on;
    const ref a = on.vector({6, 8}), b = on.vector({3, -2});
    return on.value(a + b) == numbers{9, 6} && on.value(a - b) == numbers{3, 10} &&
           on.value(a * b) == numbers{18, -16} && on.value(a / b) == numbers{2, -4} && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(sign_square_and_absolute_value_work_element_by_element) {
  holds<[] {
    worked on;
    const ref a = on.vector({-3, 0, 2});
    return on.value(-a) == numbers{3, 0, -2} && on.value(square(a)) == numbers{9, 0, 4} &&
           on.value(abs(a)) == numbers{3, 0, 2};
  }>();
}

BOOST_AUTO_TEST_CASE(a_product_and_a_sum_are_one_operation) {
  worked on;
  const ref a = on.vector({2, 3}), b = on.vector({5, -1}), c = on.number(1);
  BOOST_TEST(on.value(fma(a, b, c)) == (numbers{11, -2}));
  BOOST_TEST(on.gradient(sum(fma(a, b, c)), a) == (numbers{5, -1}));
  BOOST_TEST(on.gradient(sum(fma(a, b, c)), b) == (numbers{2, 3}));
  BOOST_TEST(on.gradient(sum(fma(a, b, c)), c) == numbers{2});
  BOOST_TEST(on.prints(fma(a, b, constant<1>), "fma(a, b, 1)"));
}

BOOST_AUTO_TEST_CASE(a_reciprocal_root_is_a_power) {
  worked on;
  const ref a = on.number(4);
  BOOST_TEST(on.value(rsqrt(a)) == numbers{0.5});
  BOOST_TEST(on.gradient(rsqrt(a), a) == numbers{-0.0625});
}

BOOST_AUTO_TEST_CASE(bare_numbers_stand_on_both_sides) {
  holds<[] {
    worked on;
    const ref a = on.vector({2, 4});
    return on.value(1 + a) == numbers{3, 5} && on.value(a - 1) == numbers{1, 3} &&
           on.value(2 * a) == numbers{4, 8} && on.value(8 / a) == numbers{4, 2} &&
           on.value(constant<0.5> * a) == numbers{1, 2};
  }>();
}

BOOST_AUTO_TEST_CASE(a_column_and_a_row_broadcast_to_a_matrix) {
  holds<[] {
    worked on;
    const ref column = on.tensor({2, 1}, {10, 20}), line = on.vector({1, 2, 3});
    const ref sum = column + line;
    return sum.extents() == tensor_shape{2, 3} && on.value(sum) == numbers{11, 12, 13, 21, 22, 23};
  }>();
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_broadcast_are_reported_with_both) {
  holds<[] {
    worked on;
    (void)(on.vector({1, 2}) + on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::shapes_do_not_broadcast &&
           on.in().trouble().left == tensor_shape{2} && on.in().trouble().right == tensor_shape{3};
  }>();
}

BOOST_AUTO_TEST_CASE(labels_and_comparisons_are_no_numbers) {
  holds<[] {
    worked on;
    (void)(on.number(1) + on.label(3, 1));
    return on.trouble() == problem_kind::label_is_no_number;
  }>();
  holds<[] {
    worked on;
    const ref a = on.number(1);
    (void)(a * (a > 0));
    return on.trouble() == problem_kind::condition_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(the_user_s_product_is_the_matrix_product_if_an_operand_is_a_matrix) {
  holds<[] {
    worked on;
    const ref matrix = on.tensor({2, 2}, {1, 2, 3, 4});
    return on.value(matrix * matrix) == numbers{7, 10, 15, 22} &&
           on.value(multiply(matrix, matrix)) == numbers{1, 4, 9, 16} &&
           on.value(2 * matrix) == numbers{2, 4, 6, 8};
  }>();
}

BOOST_AUTO_TEST_CASE(whole_powers_are_products) {
  holds<[] {
    worked on;
    const ref a = on.vector({-2, 0, 3});
    return on.value(pow<0>(a)) == numbers{1, 1, 1} && on.value(pow<1>(a)) == numbers{-2, 0, 3} &&
           on.value(pow<2>(a)) == numbers{4, 0, 9} && on.value(pow<3>(a)) == numbers{-8, 0, 27};
  }>();
  holds<[] {
    worked on;
    const ref a = on.vector({-2, 4});
    return on.value(pow<-1>(a)) == numbers{-0.5, 0.25} && on.value(pow<-2>(a)) == numbers{0.25, 0.0625};
  }>();
}

BOOST_AUTO_TEST_CASE(powers_have_the_right_gradients_at_zero) {
  holds<[] {
    worked on;
    const ref a = on.number(0);
    return on.gradient(pow<0>(a), a) == numbers{0} && on.gradient(pow<1>(a), a) == numbers{1} &&
           on.gradient(pow<2>(a), a) == numbers{0} && on.gradient(pow<3>(a), a) == numbers{0} &&
           on.gradient(square(a), a) == numbers{0};
  }>();
  holds<[] {
    worked on;
    const ref a = on.number(0);
    return on.second_gradient(pow<1>(a), a) == numbers{0} && on.second_gradient(pow<2>(a), a) == numbers{2} &&
           on.second_gradient(pow<3>(a), a) == numbers{0} && on.second_gradient(square(a), a) == numbers{2};
  }>();
}

BOOST_AUTO_TEST_CASE(zero_to_the_power_of_zero_is_one) {
  holds<[] {
    worked on;
    return on.value(pow<0>(on.number(0))) == numbers{1};
  }>();
}

BOOST_AUTO_TEST_CASE(fractional_powers_agree_with_the_square_root) {
  worked on;
  const ref a = on.vector({4, 2.25});
  BOOST_TEST(on.value(sqrt(a)) == (numbers{2, 1.5}));
  BOOST_TEST(on.value(pow<0.5>(a)) == (numbers{2, 1.5}));
  BOOST_TEST(on.value(pow<1.5>(a)) == (numbers{8, 3.375}));
  BOOST_TEST(on.value(pow<-0.5>(a)) == (numbers{0.5, 1 / 1.5}));
}

BOOST_AUTO_TEST_CASE(the_square_root_of_zero_has_gradient_zero_and_that_of_four_a_quarter) {
  worked on;
  const ref a = on.vector({0, 4});
  BOOST_TEST(on.gradient(sum(sqrt(a)), a) == (numbers{0, 0.25}));
}

BOOST_AUTO_TEST_CASE(the_norm_of_the_zero_vector_has_gradient_zero) {
  worked on;
  const ref a = on.vector({0, 0});
  BOOST_TEST(on.gradient(sqrt(sum(square(a))), a) == (numbers{0, 0}));
}

BOOST_AUTO_TEST_CASE(the_absolute_value_has_the_sign_as_gradient_and_zero_at_zero) {
  holds<[] {
    worked on;
    const ref a = on.vector({-3, 0, 2});
    return on.gradient(sum(abs(a)), a) == numbers{-1, 0, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(products_and_quotients_have_the_textbook_s_gradients) {
  holds<[] {
    worked on;
    const ref a = on.number(6), b = on.number(2);
    return on.gradient(a * b, a) == numbers{2} && on.gradient(a * b, b) == numbers{6} &&
           on.gradient(a / b, a) == numbers{0.5} && on.gradient(a / b, b) == numbers{-1.5} &&
           on.gradient(a - b, b) == numbers{-1} && on.gradient(-a, a) == numbers{-1} &&
           on.gradient(a * a, a) == numbers{12};
  }>();
}

BOOST_AUTO_TEST_CASE(a_broadcast_operand_collects_the_gradients_of_its_repeats) {
  holds<[] {
    worked on;
    const ref a = on.number(3), b = on.tensor({2, 2}, {1, 2, 3, 4});
    return on.gradient(sum(a * b), a) == numbers{10} && on.gradient(sum(a * b), b) == numbers{3, 3, 3, 3};
  }>();
}

BOOST_AUTO_TEST_CASE(arithmetic_prints_as_it_is_written) {
  holds<[] {
    worked on;
    const ref a = on.number(1), b = on.number(2);
    return on.prints((a + b) / 2 - a * b, "(a + b) / 2 - a * b") && on.prints(-square(a), "-square(a)") &&
           on.prints(pow<2.5>(a + 1), "pow<2.5>(a + 1)") && on.prints(sqrt(abs(a)), "sqrt(abs(a))");
  }>();
}
