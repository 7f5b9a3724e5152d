// SPDX-License-Identifier: BSL-1.0
// Products over axes: values, derivatives where no factor, one factor or several factors are zero, and
// kernels.
#define BOOST_TEST_MODULE prod
#include "fusegrad/op/prod.hpp"

#include "fusegrad/fusegrad.hpp"
#include "op/worked.hpp"
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(factors_are_multiplied_along_axes) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 3}, {1, 5, 3, 9, 2, 4});
    return on.value(prod(a)) == numbers{1080} && on.value(prod<0>(a)) == numbers{9, 10, 12} &&
           on.value(prod<-1>(a)) == numbers{15, 72} && prod<1>(a, keepdim).extents() == tensor_shape{2, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(the_derivative_by_a_factor_is_the_product_of_the_others) {
  holds<[] {
    worked on;
    const ref a = on.vector({2, 3, 5});
    return on.gradient(prod(a), a) == numbers{15, 10, 6};
  }>();
  holds<[] {
    worked on;
    const ref a = on.vector({2, 0, 5});
    return on.gradient(prod(a), a) == numbers{0, 10, 0};
  }>();
  holds<[] {
    worked on;
    const ref a = on.vector({0, 3, 0});
    return on.gradient(prod(a), a) == numbers{0, 0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(along_any_axes_of_a_tensor) {
  holds<[] {
    worked on;
    const ref a = on.tensor({2, 3}, {1, 5, 3, 0, 2, 4});
    return on.gradient(sum(prod<0>(a)), a) == numbers{0, 2, 4, 1, 5, 3} &&
           on.gradient(sum(prod<1>(a)), a) == numbers{15, 3, 5, 8, 0, 0};
  }>();
  holds<[] {
    worked on;  // axes 0 and 2, one result for each of the two of axis 1
    const ref a = on.tensor({2, 2, 2}, {1, 2, 3, 4, 5, 0, 7, 8});
    return on.value(prod<0, 2>(a)) == numbers{0, 672} &&
           on.gradient(sum(prod<0, 2>(a)), a) == numbers{0, 0, 224, 168, 0, 10, 96, 84};
  }>();
}

// The gradient of x y z is (yz, xz, xy). Weighted by 1, 10 and 100 it is yz + 10 xz + 100 xy, whose own
// gradient is (10 z + 100 y, z + 100 x, y + 10 x).
BOOST_AUTO_TEST_CASE(the_second_derivative_is_right_with_two_zeros) {
  holds<[] {
    worked on;
    const ref a = on.vector({0, 0, 5}), weights = on.vector({1, 10, 100});
    const ref slopes = sum(multiply(weights, prod_op::weights(a, prod(a))));
    return on.gradient(slopes, a) == numbers{50, 5, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(six_axes_leave_no_room_for_the_gradient) {
  holds<[] {
    worked on;
    const ref a = on.tensor({1, 1, 1, 1, 1, 2}, {1, 2});
    const int by[] = {a->payload.symbol};
    const graph differentiated = differentiate(on.in(), prod(a).id, by, true);
    return on.value(prod(a)) == numbers{2} && differentiated.trouble().kind == problem_kind::rank_too_large;
  }>();
}

BOOST_AUTO_TEST_CASE(products_print_their_axes_unless_they_are_all) {
  holds<[] {
    worked on;
    const ref a = on.tensor({1, 2}, {1, 5});
    return on.prints(prod(a), "prod(a)") && on.prints(prod<1>(a), "prod<1>(a)");
  }>();
}

// Values are multiples of 1 / 32, zeros among them.
BOOST_AUTO_TEST_CASE(the_kernel_equals_the_interpreter) {
  constexpr auto x = input<"x", 3, 4>;
  constexpr auto w = param<"w", 40>;
  gradient_agrees("of rows", sum(prod<1>(multiply(x, param<"s", 4>))));
  gradient_agrees("of the step", prod(w) * sum(x));
  rows_agree("over one axis", grad(sum(prod<0>(x)), x));
}
