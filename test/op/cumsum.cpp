// SPDX-License-Identifier: BSL-1.0
// Cumulative sums along an axis from either end: values, gradients, problems and printed form; and the
// kernels, for values of rows and of the step.
#define BOOST_TEST_MODULE cumsum
#include "fusegrad/op/cumsum.hpp"

#include "fusegrad/fusegrad.hpp"
#include "op/worked.hpp"
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref two_by_three(worked& on) { return on.tensor({2, 3}, {1, 5, 3, 9, 2, 4}); }

}  // namespace

BOOST_AUTO_TEST_CASE(elements_are_added_up_along_an_axis) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on);
    return on.value(cumsum(a)) == numbers{1, 6, 9, 9, 11, 15} &&
           on.value(cumsum<0>(a)) == numbers{1, 5, 3, 10, 7, 7} && same(cumsum<1>(a), cumsum(a)) &&
           on.value(reverse_cumsum(a)) == numbers{9, 8, 3, 15, 6, 4} &&
           on.value(reverse_cumsum<-2>(a)) == numbers{10, 7, 7, 9, 2, 4};
  }>();
}

// Element i is part of the sums i, i + 1, ...: the sum of their weights.
BOOST_AUTO_TEST_CASE(the_gradient_adds_up_from_the_other_end) {
  holds<[] {
    worked on;
    const ref v = on.vector({7, 8, 9}), weights = on.vector({1, 10, 100});
    return on.gradient(sum(multiply(weights, cumsum(v))), v) == numbers{111, 110, 100} &&
           on.gradient(sum(multiply(weights, reverse_cumsum(v))), v) == numbers{1, 11, 111};
  }>();
}

BOOST_AUTO_TEST_CASE(an_axis_that_is_not_there_is_reported) {
  holds<[] {
    worked on;
    (void)cumsum<2>(two_by_three(on));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)cumsum(on.number(1));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)cumsum(two_by_three(on) > 1);
    return on.trouble() == problem_kind::condition_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(scans_print_their_axis_unless_there_is_but_one) {
  holds<[] {
    worked on;
    const ref a = two_by_three(on), v = on.vector({1, 2});
    return on.prints(cumsum(v), "cumsum(b)") && on.prints(reverse_cumsum(v), "reverse_cumsum(b)") &&
           on.prints(cumsum<0>(a), "cumsum<0>(a)");
  }>();
}

BOOST_AUTO_TEST_CASE(the_kernel_equals_the_interpreter) {
  constexpr auto x = input<"x", 3, 5>;
  constexpr auto w = param<"w", 3, 5>;
  gradient_agrees("of rows", sum(tanh(cumsum<0>(multiply(w, x)) + reverse_cumsum(x))));
  gradient_agrees("of the step", sum(tanh(cumsum<0>(multiply(w, cumsum(w))) / constant<10>)) * sum(x));
  rows_agree("one result per element", cumsum(transpose(x)));
}
