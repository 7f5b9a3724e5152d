// SPDX-License-Identifier: BSL-1.0
// Values put together: pad, concat, stack, roll.
#define BOOST_TEST_MODULE concat
#include "fusegrad/op/concat.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(a_padded_value_has_zeros_around_it) {
  holds<[] {
    worked on;
    const ref m = on.tensor({2, 2}, {1, 2, 3, 4});
    const ref wide = pad<1, 1, 2>(m);
    return wide.extents() == tensor_shape{2, 5} && on.value(wide) == numbers{0, 1, 2, 0, 0, 0, 3, 4, 0, 0} &&
           on.value(pad<0, 0, 1>(m)) == numbers{1, 2, 3, 4, 0, 0} && same(pad<0, 0, 0>(m), m);
  }>();
}

BOOST_AUTO_TEST_CASE(pads_of_pads_are_one) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2});
    const ref m = on.tensor({1, 1}, {7});
    return same(pad<0, 1, 0>(pad<0, 1, 3>(v)), pad<0, 2, 3>(v)) &&
           same(pad<1, 0, 1>(pad<0, 1, 0>(m)), pad<0, 1, 0>(pad<1, 0, 1>(m))) &&
           on.value(pad<1, 0, 1>(pad<0, 1, 0>(m))) == numbers{0, 0, 7, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(values_lie_one_behind_the_other) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 1}, {1, 2}), b = on.tensor({2, 2}, {3, 4, 5, 6});
    const ref both = concat<1>(a, b);
    return both.extents() == tensor_shape{2, 3} && on.value(both) == numbers{1, 3, 4, 2, 5, 6} &&
           on.value(concat<1>(b, a, b)) == numbers{3, 4, 1, 3, 4, 5, 6, 2, 5, 6} &&
           on.value(concat<0>(b, b)) == numbers{3, 4, 5, 6, 3, 4, 5, 6} && same(concat<0>(a), a);
  }>();
}

BOOST_AUTO_TEST_CASE(values_of_one_shape_are_stacked_along_a_new_axis) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2}), b = on.vector({3, 4}), c = on.vector({5, 6});
    return stack(a, b, c).extents() == tensor_shape{3, 2} &&
           on.value(stack(a, b, c)) == numbers{1, 2, 3, 4, 5, 6} &&
           stack<-1>(a, b, c).extents() == tensor_shape{2, 3} &&
           on.value(stack<1>(a, b, c)) == numbers{1, 3, 5, 2, 4, 6} &&
           on.value(stack(at<0>(a), at<1>(b))) == numbers{1, 4};
  }>();
}

BOOST_AUTO_TEST_CASE(what_leaves_an_axis_comes_back_at_its_other_end) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2, 3, 4});
    return on.value(roll<0, 1>(v)) == numbers{4, 1, 2, 3} &&
           on.value(roll<0, -1>(v)) == numbers{2, 3, 4, 1} &&
           on.value(roll<0, 6>(v)) == numbers{3, 4, 1, 2} && same(roll<0, 8>(v), v);
  }>();
}

BOOST_AUTO_TEST_CASE(each_operand_gets_its_own_part_of_the_gradient) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 1}, {1, 2}), b = on.tensor({2, 2}, {3, 4, 5, 6});
    const ref weights = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    const ref loss = sum(multiply(concat<1>(a, b), weights));
    return on.gradient(loss, a) == numbers{1, 4} && on.gradient(loss, b) == numbers{2, 3, 5, 6};
  }>();
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2}), weights = on.vector({10, 20, 30, 40});
    return on.gradient(sum(multiply(pad<0, 1, 1>(v), weights)), v) == numbers{20, 30};
  }>();
}

BOOST_AUTO_TEST_CASE(they_print_as_calls) {
  holds<[] {
    worked on;
    const ref a = on.vector({1}), b = on.vector({2});
    return on.prints(concat<0>(a, b), "concat(a, b)") && on.prints(pad<0, 1, 1>(a), "pad(a)");
  }>();
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_reported) {
  holds<[] {
    worked on;
    (void)concat<0>(on.tensor({2, 1}, {1, 2}), on.tensor({2, 2}, {3, 4, 5, 6}));
    return on.trouble() == problem_kind::concat_extents_differ;
  }>();
  holds<[] {
    worked on;
    (void)concat<0>(on.vector({1}), on.tensor({1, 1}, {1}));
    return on.trouble() == problem_kind::concat_extents_differ;
  }>();
  holds<[] {
    worked on;
    (void)stack(on.vector({1}), on.vector({1, 2}));
    return on.trouble() == problem_kind::concat_extents_differ;
  }>();
  holds<[] {
    worked on;
    (void)stack<2>(on.vector({1}), on.vector({1}));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)pad<0, -1, 0>(on.vector({1, 2}));
    return on.trouble() == problem_kind::padding_is_negative;
  }>();
  holds<[] {
    worked on;
    (void)concat<0>(on.vector({1}), reshape<1>(on.label(2, 1)));
    return on.trouble() == problem_kind::label_is_no_number;
  }>();
}
