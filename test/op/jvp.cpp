// SPDX-License-Identifier: BSL-1.0
// jvp, vjp and hvp as nodes: their shapes, problems and printed forms. What they expand to is tested with the
// pass.
#define BOOST_TEST_MODULE jvp
#include "fusegrad/op/jvp.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(a_product_with_a_direction_has_the_shape_of_the_formula) {
  holds<[] {
    worked on;
    const ref w = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), v = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    const ref found = jvp(sum<1>(square(w)), w, v);
    return is<jvp_op>(found) && found.extents() == tensor_shape{2} && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(a_product_with_weights_has_the_shape_of_the_symbol) {
  holds<[] {
    worked on;
    const ref w = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), u = on.vector({1, 2});
    const ref found = vjp(sum<1>(square(w)), w, u);
    return is<vjp_op>(found) && found.extents() == tensor_shape{2, 3} && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(a_product_with_the_hessian_has_the_shape_of_the_symbol) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    const ref found = hvp(sum(square(w)), w, w);
    return is<jvp_op>(found) && is<gradient_op>(found.operand(0)) && found.extents() == tensor_shape{2};
  }>();
}

BOOST_AUTO_TEST_CASE(a_direction_or_weights_of_another_shape_are_a_problem) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    (void)jvp(sum(w), w, on.number(1));
    return on.trouble() == problem_kind::direction_of_other_shape &&
           on.in().trouble().left == tensor_shape{2};
  }>();
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    (void)vjp(sum(w), w, w);
    return on.trouble() == problem_kind::direction_of_other_shape &&
           on.in().trouble().right == tensor_shape{2};
  }>();
}

BOOST_AUTO_TEST_CASE(only_real_numbers_are_differentiated_by_symbols) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    (void)jvp(sum(w), 2 * w, w);
    return on.trouble() == problem_kind::no_symbol_of_formula;
  }>();
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    (void)jvp(w > 0, w, w);
    return on.trouble() == problem_kind::condition_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(products_print_as_calls) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2}), v = on.vector({1, 2});
    return on.prints(jvp(square(w), w, v), "jvp(square(a), a, b)") &&
           on.prints(vjp(square(w), w, v), "vjp(square(a), a, b)");
  }>();
}
