// SPDX-License-Identifier: BSL-1.0
// Elements by their indices, and the triangular matrix of a packed vector.
#define BOOST_TEST_MODULE take
#include "fusegrad/op/take.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(elements_come_in_any_order_and_as_often_as_one_likes) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2, 3, 4}), m = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    const ref columns = take<1, 2, 0, 0, -1>(m);
    return on.value(take<0, 3, 0, 1>(v)) == numbers{4, 1, 2} && columns.extents() == tensor_shape{2, 4} &&
           on.value(columns) == numbers{3, 1, 1, 3, 6, 4, 4, 6} &&
           on.value(take<0, 1, 1, 0>(m)) == numbers{4, 5, 6, 4, 5, 6, 1, 2, 3};
  }>();
}

BOOST_AUTO_TEST_CASE(regular_indices_are_a_slice) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2, 3, 4});
    return same(take<0, 1, 3>(v), slice<0, 1, 4, 2>(v)) && same(take<0, 3, 2, 1, 0>(v), reverse(v)) &&
           same(take<0, -2>(v), slice<0, 2, 3>(v)) && is<take_op>(take<0, 1, 1>(v));
  }>();
}

BOOST_AUTO_TEST_CASE(other_tables_are_other_values) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2, 3, 4});
    return !same(take<0, 3, 0, 1>(v), take<0, 3, 0, 2>(v)) && same(take<0, 3, 0, 1>(v), take<0, 3, 0, 1>(v));
  }>();
}

BOOST_AUTO_TEST_CASE(an_element_collects_the_gradients_of_all_its_places) {
  holds<[] {
    worked on;
    const ref m = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    const ref weights = on.tensor({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
    return on.gradient(sum(multiply(take<1, 2, 0, 0, -1>(m), weights)), m) == numbers{5, 0, 5, 13, 0, 13};
  }>();
}

BOOST_AUTO_TEST_CASE(a_packed_vector_is_the_rows_of_a_lower_triangular_matrix) {
  holds<[] {
    worked on;
    const ref packed = on.vector({1, 2, 3, 4, 5, 6});
    const ref weights = on.tensor({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    const ref factor = lower_triangular<3>(packed);
    return factor.extents() == tensor_shape{3, 3} && on.value(factor) == numbers{1, 0, 0, 2, 3, 0, 4, 5, 6} &&
           on.gradient(sum(multiply(factor, weights)), packed) == numbers{1, 4, 5, 7, 8, 9};
  }>();
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_reported) {
  holds<[] {
    worked on;
    (void)take<0, 0, 3>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::index_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)take<1, 0>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)lower_triangular<3>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::not_a_triangle;
  }>();
}
