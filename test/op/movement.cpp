// SPDX-License-Identifier: BSL-1.0
// Broadcast, reshape, transpose: elements under other names.
#define BOOST_TEST_MODULE movement
#include "fusegrad/op/movement.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(a_vector_is_repeated_along_a_new_axis_in_front_or_behind) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2});
    return on.value(broadcast_over(a, {3, 2}, 0b01)) == numbers{1, 2, 1, 2, 1, 2} &&
           on.value(broadcast_over(a, {2, 3}, 0b10)) == numbers{1, 1, 1, 2, 2, 2};
  }>();
}

BOOST_AUTO_TEST_CASE(an_extent_of_one_stretches) {
  holds<[] {
    worked on;
    const ref column = on.tensor({2, 1}, {1, 2});
    const ref wide = broadcast_to(column, {2, 3});
    return wide.extents() == tensor_shape{2, 3} && on.value(wide) == numbers{1, 1, 1, 2, 2, 2};
  }>();
  holds<[] {
    worked on;
    const ref one = on.tensor({1, 1}, {7});
    return on.value(broadcast_to(one, {2, 1, 2})) == numbers{7, 7, 7, 7};
  }>();
}

BOOST_AUTO_TEST_CASE(a_value_that_fits_is_not_repeated) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2});
    return same(broadcast_to(a, {2}), a) && same(reshape_to(a, {2}), a) && same(transpose(a), a);
  }>();
}

BOOST_AUTO_TEST_CASE(reshape_keeps_the_row_major_order) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    const ref b = reshape<3, 2>(a);
    return b.extents() == tensor_shape{3, 2} && on.value(b) == numbers{1, 2, 3, 4, 5, 6} &&
           same(reshape<2, 3>(b), a);
  }>();
}

BOOST_AUTO_TEST_CASE(a_reshape_that_changes_the_number_of_elements_is_reported) {
  holds<[] {
    worked on;
    (void)reshape<4>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::reshape_changes_size && on.in().trouble().left == tensor_shape{3} &&
           on.in().trouble().right == tensor_shape{4};
  }>();
}

BOOST_AUTO_TEST_CASE(a_value_is_repeated_until_it_has_a_shape) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2}), column = on.tensor({2, 1}, {1, 2});
    return on.value(broadcast_to<3, 2>(a)) == numbers{1, 2, 1, 2, 1, 2} &&
           on.value(broadcast_to<2, 2>(column)) == numbers{1, 1, 2, 2} && same(broadcast_to<2>(a), a) &&
           on.value(broadcast_to<3>(on.tensor({}, {7}))) == numbers{7, 7, 7} &&
           on.gradient(sum(broadcast_to<3, 2>(a)), a) == numbers{3, 3};
  }>();
}

BOOST_AUTO_TEST_CASE(a_value_that_has_no_place_in_a_shape_is_reported) {
  const auto refused = [](auto wide) {
    worked on;
    (void)wide(on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
    return on.trouble() == problem_kind::shapes_do_not_broadcast;
  };
  BOOST_TEST(refused([](ref value) { return broadcast_to<2, 4>(value); }));
  BOOST_TEST(refused([](ref value) { return broadcast_to<1, 3>(value); }));  // would have to shrink
  BOOST_TEST(refused([](ref value) { return broadcast_to<3>(value); }));
  BOOST_TEST(!refused([](ref value) { return broadcast_to<4, 2, 3>(value); }));
}

BOOST_AUTO_TEST_CASE(the_transpose_of_a_matrix_swaps_rows_and_columns) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    const ref b = transpose(a);
    return b.extents() == tensor_shape{3, 2} && on.value(b) == numbers{1, 4, 2, 5, 3, 6} &&
           on.value(transpose(b)) == on.value(a);
  }>();
}

BOOST_AUTO_TEST_CASE(axes_in_a_cycle_carry_their_elements_along) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 3, 1}, {1, 2, 3, 4, 5, 6});
    const ref b = transpose_of(a, letters("bca"));
    return b.extents() == tensor_shape{3, 1, 2} && on.value(b) == numbers{1, 4, 2, 5, 3, 6};
  }>();
}

BOOST_AUTO_TEST_CASE(gradients_move_back_where_elements_came_from) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), weights = on.tensor({3, 2}, {1, 2, 3, 4, 5, 6});
    return on.gradient(sum(multiply(transpose(a), weights)), a) == numbers{1, 3, 5, 2, 4, 6} &&
           on.gradient(sum(multiply(reshape<3, 2>(a), weights)), a) == numbers{1, 2, 3, 4, 5, 6};
  }>();
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2}), weights = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    return on.gradient(sum(multiply(broadcast_over(a, {2, 3}, 0b10), weights)), a) == numbers{6, 15};
  }>();
}

// No axis of extent 1: it would hide a wrong order.
BOOST_AUTO_TEST_CASE(the_gradient_of_a_cycle_of_axes_goes_the_other_way_round) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}),
              weights = on.tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
    return on.gradient(sum(multiply(transpose_of(a, letters("bca")), weights)), a) ==
           numbers{1, 3, 5, 7, 2, 4, 6, 8};
  }>();
}

BOOST_AUTO_TEST_CASE(only_a_transpose_is_printed) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 1}, {1, 2}), b = on.vector({1, 2});
    return on.prints(a + b, "a + b") && on.prints(reshape<2>(a), "a") &&
           on.prints(transpose(a), "transpose(a)");
  }>();
}
