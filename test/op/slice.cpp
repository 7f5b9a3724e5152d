// SPDX-License-Identifier: BSL-1.0
// Slices, reversed axes, single elements and the diagonal: parts of a value that cost no loop.
#define BOOST_TEST_MODULE slice
#include "fusegrad/op/slice.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref one_to_six(worked& on) { return on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_slice_has_the_elements_from_its_start_up_to_its_stop) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2, 3, 4, 5});
    return on.value(slice<0, 1, 4>(v)) == numbers{2, 3, 4} && on.value(slice<0, 2>(v)) == numbers{3, 4, 5} &&
           on.value(slice<0, 0, to_end, 2>(v)) == numbers{1, 3, 5} &&
           on.value(slice<0, 1, 5, 2>(v)) == numbers{2, 4} && on.value(slice<-1, -3, -1>(v)) == numbers{3, 4};
  }>();
}

BOOST_AUTO_TEST_CASE(a_slice_of_a_matrix_keeps_the_other_axis) {
  holds<[] {
    worked on;
    const ref m = one_to_six(on);
    const ref columns = slice<1, 1, 3>(m), row = slice<0, 1>(m);
    return columns.extents() == tensor_shape{2, 2} && on.value(columns) == numbers{2, 3, 5, 6} &&
           row.extents() == tensor_shape{1, 3} && on.value(row) == numbers{4, 5, 6};
  }>();
}

BOOST_AUTO_TEST_CASE(reversed_axes_run_backwards) {
  holds<[] {
    worked on;
    const ref m = one_to_six(on);
    return on.value(reverse<0>(m)) == numbers{4, 5, 6, 1, 2, 3} &&
           on.value(reverse<-1>(m)) == numbers{3, 2, 1, 6, 5, 4} &&
           on.value(reverse(m)) == numbers{6, 5, 4, 3, 2, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(fixed_indices_pick_an_element_or_a_part) {
  holds<[] {
    worked on;
    const ref m = one_to_six(on);
    return at<0, 2>(m).rank() == 0 && on.value(at<0, 2>(m)) == numbers{3} &&
           on.value(at<1>(m)) == numbers{4, 5, 6} && on.value(at<-1, -3>(m)) == numbers{4};
  }>();
}

BOOST_AUTO_TEST_CASE(the_diagonal_and_the_matrix_that_has_it) {
  holds<[] {
    worked on;
    const ref m = on.tensor({2, 2}, {1, 2, 3, 4}), v = on.vector({5, 6});
    return on.value(diagonal(m)) == numbers{1, 4} && on.value(diagonal_matrix(v)) == numbers{5, 0, 0, 6} &&
           on.gradient(sum(square(diagonal(m))), m) == numbers{2, 0, 0, 8} &&
           on.gradient(sum(multiply(diagonal_matrix(v), m)), v) == numbers{1, 4};
  }>();
}

// One form for one value, so that equal parts are one node.
BOOST_AUTO_TEST_CASE(slices_of_slices_are_one_and_slices_of_all_are_none) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2, 3, 4, 5, 6}), m = one_to_six(on);
    const ref twice = slice<0, 1, to_end, 2>(slice<0, 1>(v));
    return same(twice, slice<0, 2, 6, 2>(v)) && same(slice<0, 0>(v), v) && same(reverse(reverse(v)), v) &&
           same(slice<1, 1>(slice<0, 1>(m)), slice<0, 1>(slice<1, 1>(m))) &&
           on.value(slice<0, 1, to_end, 2>(reverse(slice<0, 1>(v)))) == numbers{5, 3};
  }>();
}

BOOST_AUTO_TEST_CASE(gradients_go_back_to_where_elements_were_read) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2, 3, 4, 5}), weights = on.vector({10, 20});
    return on.gradient(sum(multiply(slice<0, 1, 5, 2>(v), weights)), v) == numbers{0, 10, 0, 20, 0} &&
           on.gradient(sum(multiply(reverse(slice<0, 1, 5, 2>(v)), weights)), v) ==
               numbers{0, 20, 0, 10, 0} &&
           on.gradient(square(at<3>(v)), v) == numbers{0, 0, 0, 8, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(parts_print_as_python_writes_them) {
  holds<[] {
    worked on;
    const ref m = one_to_six(on);
    return on.prints(slice<1, 1, 3>(m), "a[:, 1:]") && on.prints(at<0, 2>(m), "a[0, 2]") &&
           on.prints(reverse<1>(m), "a[:, ::-1]") &&
           on.prints(slice<0, 0, 2>(at<1>(m) + at<0>(m)), "(a[1, :] + a[0, :])[:2]");
  }>();
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_reported) {
  holds<[] {
    worked on;
    (void)slice<0, 2, 2>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::slice_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)slice<0, 1, 4>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::slice_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)slice<0, 0, 3, 0>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::slice_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)slice<1, 0>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)at<3>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::index_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)at<0, 0>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)diagonal(one_to_six(on));
    return on.trouble() == problem_kind::not_a_square_matrix;
  }>();
}
