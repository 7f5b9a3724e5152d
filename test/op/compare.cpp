// SPDX-License-Identifier: BSL-1.0
// Comparisons and choices: values, ties, gradients and printed form.
#define BOOST_TEST_MODULE compare
#include "fusegrad/op/compare.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(each_comparison_chooses_as_its_sign_says) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2, 3}), b = on.number(2);
    return on.value(where(a < b, 1, a - a)) == numbers{1, 0, 0} &&
           on.value(where(a <= b, 1, a - a)) == numbers{1, 1, 0} &&
           on.value(where(a > b, 1, a - a)) == numbers{0, 0, 1} &&
           on.value(where(a >= b, 1, a - a)) == numbers{0, 1, 1} &&
           on.value(where(a == b, 1, a - a)) == numbers{0, 1, 0} &&
           on.value(where(a != b, 1, a - a)) == numbers{1, 0, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(conditions_are_joined_and_negated) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 1, 0, 0}), b = on.vector({1, 0, 1, 0});
    const ref first = (a > 0), second = (b > 0);
    return on.value(where(first && second, 1, a - a)) == numbers{1, 0, 0, 0} &&
           on.value(where(first || second, 1, a - a)) == numbers{1, 1, 1, 0} &&
           on.value(where(!first, 1, a - a)) == numbers{0, 0, 1, 1} &&
           on.value(where(logical_and(logical_not(first), logical_or(first, second)), 1, a - a)) ==
               numbers{0, 0, 1, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(joined_conditions_print_as_operators) {
  holds<[] {
    worked on;
    const ref a = on.number(1), b = on.number(2);
    return on.prints(where(a < b && (a < 0 || !(b == a)), a, b),
                     "where(a < b && (a < 0 || !(b == a)), a, b)");
  }>();
}

BOOST_AUTO_TEST_CASE(only_conditions_are_joined) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    (void)((a > 0) && a);
    return on.trouble() == problem_kind::condition_expected;
  }>();
}

BOOST_AUTO_TEST_CASE(nan_and_infinity_are_told_from_numbers) {
  worked on;
  const double infinity = std::numeric_limits<double>::infinity();
  const ref a = on.vector({1, infinity, -infinity, std::numeric_limits<double>::quiet_NaN()});
  BOOST_TEST(on.value(where(isnan(a), 1, on.number(0))) == (numbers{0, 0, 0, 1}));
  BOOST_TEST(on.value(where(isfinite(a), 1, on.number(0))) == (numbers{1, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(where_broadcasts_all_three_operands) {
  holds<[] {
    worked on;
    const ref flag = on.tensor({2, 1}, {1, -1}), a = on.vector({1, 2, 3}), b = on.number(9);
    const ref chosen = where(flag > 0, a, b);
    return chosen.extents() == tensor_shape{2, 3} && on.value(chosen) == numbers{1, 2, 3, 9, 9, 9};
  }>();
}

BOOST_AUTO_TEST_CASE(where_hands_the_gradient_to_the_arm_taken) {
  holds<[] {
    worked on;
    const ref flag = on.vector({1, -1}), a = on.vector({5, 6}), b = on.vector({7, 8});
    const ref loss = sum(where(flag > 0, 2 * a, 3 * b));
    return on.gradient(loss, a) == numbers{2, 0} && on.gradient(loss, b) == numbers{0, 3} &&
           on.gradient(loss, flag) == numbers{0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(the_infinite_gradient_of_the_arm_not_taken_is_dropped) {
  worked on;
  const ref a = on.vector({0, 4});
  BOOST_TEST(on.gradient(sum(where(a > 0, 1 / a, 0)), a) == (numbers{0, -0.0625}));
}

BOOST_AUTO_TEST_CASE(where_needs_a_comparison) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    (void)where(a, a, a);
    return on.trouble() == problem_kind::condition_expected;
  }>();
}

BOOST_AUTO_TEST_CASE(the_arms_of_where_are_numbers) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    (void)where(a > 0, a > 0, a);
    return on.trouble() == problem_kind::condition_is_no_number;
  }>();
  holds<[] {
    worked on;
    const ref a = on.number(1);
    (void)where(a > 0, on.label(3, 1), a);
    return on.trouble() == problem_kind::label_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(classes_can_be_compared_with_each_other) {
  holds<[] {
    worked on;
    const ref y = on.label(3, 2), v = on.vector({1, 5, 9});
    return on.value(where(argmax(v) == y, 1, constant_in(*y.in, 0))) == numbers{1} && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(comparisons_of_comparisons_are_refused) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    (void)((a > 0) == (a > 1));
    return on.trouble() == problem_kind::condition_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(max_min_and_relu_work_element_by_element) {
  holds<[] {
    worked on;
    const ref a = on.vector({-1, 0, 4}), b = on.vector({2, 0, 3});
    return on.value(max(a, b)) == numbers{2, 0, 4} && on.value(min(a, b)) == numbers{-1, 0, 3} &&
           on.value(relu(a)) == numbers{0, 0, 4} && on.value(max(a, 1)) == numbers{1, 1, 4};
  }>();
}

BOOST_AUTO_TEST_CASE(of_equal_operands_the_first_takes_the_gradient) {
  holds<[] {
    worked on;
    const ref a = on.number(2), b = on.number(2);
    return on.gradient(max(a, b), a) == numbers{1} && on.gradient(max(a, b), b) == numbers{0} &&
           on.gradient(min(a, b), a) == numbers{1} && on.gradient(min(a, b), b) == numbers{0};
  }>();
}

BOOST_AUTO_TEST_CASE(the_greater_takes_the_gradient_of_max_and_the_lesser_that_of_min) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 5}), b = on.vector({3, 3});
    return on.gradient(sum(max(a, b)), a) == numbers{0, 1} &&
           on.gradient(sum(max(a, b)), b) == numbers{1, 0} &&
           on.gradient(sum(min(a, b)), a) == numbers{1, 0} && on.gradient(sum(min(a, b)), b) == numbers{0, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(relu_has_gradient_zero_at_zero) {
  holds<[] {
    worked on;
    const ref a = on.vector({-2, 0, 3});
    return on.gradient(sum(relu(a)), a) == numbers{0, 0, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(choices_print_as_they_are_written) {
  holds<[] {
    worked on;
    const ref a = on.number(1), b = on.number(2);
    return on.prints(where(a <= b + 1, a, -b), "where(a <= b + 1, a, -b)") &&
           on.prints(where(a == b, a, b), "where(a == b, a, b)") &&
           on.prints(where(a != b, a, b), "where(a != b, a, b)") &&
           on.prints(where(a > b, a, b), "where(b < a, a, b)") && on.prints(max(a, b), "max(a, b)") &&
           on.prints(min(a, b), "min(a, b)") && on.prints(relu(a - b), "relu(a - b)");
  }>();
}
