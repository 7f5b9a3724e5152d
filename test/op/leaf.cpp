// SPDX-License-Identifier: BSL-1.0
// The leaves: numbers, symbols and positions.
#define BOOST_TEST_MODULE leaf
#include "fusegrad/op/leaf.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(a_number_fills_its_shape) {
  holds<[] {
    worked on;
    graph& in = *on.number(0).in;
    return on.value(constant_in(in, 2.5, {2, 2})) == numbers{2.5, 2.5, 2.5, 2.5} &&
           on.value(constant_in(in, 3)) == numbers{3};
  }>();
}

BOOST_AUTO_TEST_CASE(a_number_is_recognised_by_its_value) {
  holds<[] {
    worked on;
    const ref a = on.number(7), seven = constant_like(a, 7);
    return number_in(seven) == 7 && is_number(seven, 7) && !is_number(seven, 6) && !number_in(a) &&
           !is_number(a, 7);
  }>();
}

BOOST_AUTO_TEST_CASE(a_symbol_has_the_shape_and_kind_of_its_role) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), y = on.label(4, 1);
    return a.extents() == tensor_shape{2, 3} && a->kind == value_kind::real && y.rank() == 0 &&
           y->kind == value_kind::category;
  }>();
}

BOOST_AUTO_TEST_CASE(positions_count_row_major_along_their_axes_only) {
  holds<[] {
    worked on;
    graph& in = *on.number(0).in;
    return on.value(position_in(in, {2, 3}, 0b11)) == numbers{0, 1, 2, 3, 4, 5} &&
           on.value(position_in(in, {2, 3}, 0b10)) == numbers{0, 1, 2, 0, 1, 2} &&
           on.value(position_in(in, {2, 3}, 0b01)) == numbers{0, 0, 0, 1, 1, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(a_negative_number_is_enclosed_as_a_sign_is) {
  holds<[] {
    worked on;
    const ref a = on.number(1);
    return on.prints(a - constant_like(a, -2), "a - -2") &&
           on.prints(constant_like(a, -0.5) * a, "-0.5 * a") && on.prints(-constant_like(a, -2), "--2");
  }>();
}
