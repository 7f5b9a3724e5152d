// SPDX-License-Identifier: BSL-1.0
// jacobian and hessian as nodes: their shapes, problems and printed forms. What they expand to is tested with
// the pass.
#define BOOST_TEST_MODULE jacobian
#include "fusegrad/op/jacobian.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(a_jacobian_has_the_axes_of_the_formula_then_those_of_the_symbol) {
  holds<[] {
    worked on;
    const ref A = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), x = on.vector({1, 2, 3});
    return jacobian(A * x, x).extents() == tensor_shape{2, 3} &&
           jacobian(A * x, A).extents() == tensor_shape{2, 2, 3} &&
           jacobian(sum(x), x).extents() == tensor_shape{3} && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(a_hessian_has_the_axes_of_the_symbol_twice) {
  holds<[] {
    worked on;
    const ref A = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    return hessian(sum(square(A)), A).extents() == tensor_shape{2, 3, 2, 3} && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(more_than_six_axes_are_a_problem) {
  holds<[] {
    worked on;
    const ref A = on.tensor({1, 2, 1, 2}, {1, 2, 3, 4});
    (void)hessian(sum(square(A)), A);
    return on.trouble() == problem_kind::rank_too_large;
  }>();
}

BOOST_AUTO_TEST_CASE(a_jacobian_is_taken_by_a_symbol_of_real_numbers) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    (void)jacobian(w, 2 * w);
    return on.trouble() == problem_kind::no_symbol_of_formula;
  }>();
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    (void)hessian(w, w);
    return on.trouble() == problem_kind::loss_is_no_scalar;
  }>();
}

BOOST_AUTO_TEST_CASE(jacobians_by_several_symbols_are_a_tuple) {
  holds<[] {
    worked on;
    const ref A = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), x = on.vector({1, 2, 3});
    const auto [by_x, by_A] = jacobian(A * x, x, A);
    return same(by_x, jacobian(A * x, x)) && same(by_A, jacobian(A * x, A)) && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(a_jacobian_prints_as_a_call) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    return on.prints(jacobian(square(w), w), "jacobian(square(a), a)");
  }>();
}
