// SPDX-License-Identifier: BSL-1.0
// Sum, mean, max, min, argmax, argmin, any and all over axes: values, shapes, ties, gradients and printed
// form.
#define BOOST_TEST_MODULE reduce
#include "fusegrad/op/reduce.hpp"

#include "fusegrad/fusegrad.hpp"
#include "op/worked.hpp"
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref two_by_three(worked& on) { return on.tensor({2, 3}, {1, 5, 3, 9, 2, 4}); }

}  // namespace

BOOST_AUTO_TEST_CASE(without_axes_everything_is_reduced) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return on.value(sum(a)) == numbers{24} && on.value(mean(a)) == numbers{4} &&
           on.value(max(a)) == numbers{9} && on.value(argmax(a)) == numbers{3} && sum(a).rank() == 0;
  }>();
}

BOOST_AUTO_TEST_CASE(an_axis_is_dropped) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return on.value(sum<0>(a)) == numbers{10, 7, 7} && on.value(sum<1>(a)) == numbers{9, 15} &&
           on.value(mean<0>(a)) == numbers{5, 3.5, 3.5} && on.value(max<1>(a)) == numbers{5, 9} &&
           on.value(max<0>(a)) == numbers{9, 5, 4} && on.value(argmax<1>(a)) == numbers{1, 0} &&
           on.value(argmax<0>(a)) == numbers{1, 0, 1} && sum<0>(a).extents() == tensor_shape{3};
  }>();
}

BOOST_AUTO_TEST_CASE(negative_axes_count_from_the_last) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return same(sum<-1>(a), sum<1>(a)) && same(sum<-2>(a), sum<0>(a)) && same(sum<0, -1>(a), sum(a));
  }>();
}

BOOST_AUTO_TEST_CASE(keepdim_leaves_an_extent_of_one) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return sum<1>(a, keepdim).extents() == tensor_shape{2, 1} &&
           max<0>(a, keepdim).extents() == tensor_shape{1, 3} &&
           argmax<0>(a, keepdim).extents() == tensor_shape{1, 3} &&
           mean(a, keepdim).extents() == tensor_shape{1, 1} && on.value(a / sum<1>(a, keepdim)).size() == 6 &&
           on.value(mean<1>(a, keepdim)) == numbers{3, 5};
  }>();
}

BOOST_AUTO_TEST_CASE(an_axis_that_is_not_there_is_reported) {
  holds<[] {
    worked on;
    (void)sum<2>(two_by_three(on));
    return on.trouble() == problem_kind::axis_out_of_range && on.in().trouble().left == tensor_shape{2, 3};
  }>();
  holds<[] {
    worked on;
    (void)max<-3>(two_by_three(on));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
}

BOOST_AUTO_TEST_CASE(labels_and_comparisons_cannot_be_summed) {
  holds<[] {
    worked on;
    (void)reduce<sum_op>(on.label(3, 1), 0);
    return on.trouble() == problem_kind::label_is_no_number;
  }>();
  holds<[] {
    worked on;
    (void)max(two_by_three(on) > 2);
    return on.trouble() == problem_kind::condition_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(the_sum_of_a_scalar_is_the_scalar) {
  holds<[] {
    worked on;
    const ref a = on.number(3);
    return same(sum(a), a);
  }>();
}

BOOST_AUTO_TEST_CASE(the_sum_of_a_constant_is_computed) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return is_number(sum(constant_like(a, 0.5)), 3) && is_number(sum<0>(constant_like(a, 0.5)), 1);
  }>();
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_sum_is_one_and_that_of_a_mean_one_by_its_number) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 2}, {1, 2, 3, 4});
    return on.gradient(sum(a), a) == numbers{1, 1, 1, 1} &&
           on.gradient(mean(a), a) == numbers{0.25, 0.25, 0.25, 0.25} &&
           on.gradient(sum(square(sum<0>(a))), a) == numbers{8, 12, 8, 12};
  }>();
}

BOOST_AUTO_TEST_CASE(of_equal_elements_the_first_is_the_greatest) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 7, 7, 7});
    return on.value(max(a)) == numbers{7} && on.value(argmax(a)) == numbers{1} &&
           on.gradient(max(a), a) == numbers{0, 1, 0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(each_row_of_a_matrix_has_its_own_greatest) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return on.gradient(sum(max<1>(a)), a) == numbers{0, 1, 0, 1, 0, 0} &&
           on.gradient(sum(max<0>(a)), a) == numbers{0, 1, 0, 1, 0, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(negative_numbers_have_a_greatest_too) {
  holds<[] {
    worked on;
    const ref a = on.vector({-3, -1, -2});
    return on.value(max(a)) == numbers{-1} && on.value(argmax(a)) == numbers{1};
  }>();
}

BOOST_AUTO_TEST_CASE(reductions_print_their_axes_unless_they_are_all) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return on.prints(sum(a), "sum(a)") && on.prints(sum<0>(a), "sum<0>(a)") &&
           on.prints(max<-1>(a), "max<1>(a)") && on.prints(argmax(a + 1), "argmax(a + 1)");
  }>();
}

BOOST_AUTO_TEST_CASE(the_least_element_and_its_position) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return on.value(min(a)) == numbers{1} && on.value(min<0>(a)) == numbers{1, 2, 3} &&
           on.value(min<-1>(a)) == numbers{1, 2} && on.value(argmin(a)) == numbers{0} &&
           on.value(argmin<1>(a)) == numbers{0, 1} && on.value(argmin<0>(a)) == numbers{0, 1, 0} &&
           min<1>(a, keepdim).extents() == tensor_shape{2, 1} &&
           argmin<0>(a, keepdim).extents() == tensor_shape{1, 3};
  }>();
}

BOOST_AUTO_TEST_CASE(of_equal_elements_the_first_is_the_least) {
  holds<[] {
    worked on;
    const ref a = on.vector({7, -1, -1, 2});
    return on.value(min(a)) == numbers{-1} && on.value(argmin(a)) == numbers{1} &&
           on.gradient(min(a), a) == numbers{0, 1, 0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(a_condition_holds_for_some_or_for_all) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return on.value(any(a > 8)) == numbers{1} && on.value(any(a > 9)) == numbers{0} &&
           on.value(all(a >= 1)) == numbers{1} && on.value(all(a > 1)) == numbers{0} &&
           on.value(any<1>(a > 5)) == numbers{0, 1} && on.value(all<1>(a > 1)) == numbers{0, 1} &&
           on.value(where(any<1>(a > 5), 10, sum<1>(a))) == numbers{9, 10} &&
           any<1>(a > 5, keepdim).extents() == tensor_shape{2, 1} &&
           all<0>(a > 5, keepdim).extents() == tensor_shape{1, 3};
  }>();
}

BOOST_AUTO_TEST_CASE(only_a_condition_holds) {
  holds<[] {
    worked on;
    (void)any(two_by_three(on));
    return on.trouble() == problem_kind::condition_expected;
  }>();
  holds<[] {
    worked on;
    (void)all(on.label(3, 1));
    return on.trouble() == problem_kind::condition_expected;
  }>();
}

BOOST_AUTO_TEST_CASE(the_kernels_of_the_least_element_equal_the_interpreter) {
  constexpr auto x = input<"x", 3, 4>;
  constexpr auto w = param<"w", 40>;
  gradient_agrees("the least", sum(min<0>(x * param<"A", 4, 4>)) * min(w));
  rows_agree("the position", where(argmin(x) == label<"y", 12>, constant<1>, constant<0>));
  rows_agree("conditions", where(any<1>(x > constant<0.5>), sum<1>(x),
                                 where(all<1>(x < constant<1>), -max<1>(x), min<1>(x))));
}
