// SPDX-License-Identifier: BSL-1.0
// grad(loss, w) as a node: its shape, its problems, its printed form. What it expands to is tested with the
// pass.
#define BOOST_TEST_MODULE gradient
#include "fusegrad/op/gradient.hpp"

#include "fusegrad/expr/expression.hpp"
#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(a_gradient_has_the_shape_of_its_symbol) {
  holds<[] {
    worked on;
    const ref w = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6});
    const ref gradient = grad(sum(square(w)), w);
    return is<gradient_op>(gradient) && gradient.extents() == tensor_shape{2, 3} && !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(only_a_scalar_has_a_gradient) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    (void)grad(square(w), w);
    return on.trouble() == problem_kind::loss_is_no_scalar && on.in().trouble().left == tensor_shape{2};
  }>();
}

BOOST_AUTO_TEST_CASE(a_gradient_is_taken_by_a_symbol_of_real_numbers) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    (void)grad(sum(w), 2 * w);
    return on.trouble() == problem_kind::not_a_parameter;
  }>();
  holds<[] {
    worked on;
    (void)grad(on.number(1), on.label(3, 1));
    return on.trouble() == problem_kind::not_a_parameter;
  }>();
}

BOOST_AUTO_TEST_CASE(gradients_by_several_symbols_are_a_tuple) {
  holds<[] {
    worked on;
    const ref w = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), b = on.vector({1, 2}), c = on.number(7);
    const ref loss = sum(square(w)) + sum(b) + c;
    const auto [by_w, by_b, by_c] = grad(loss, w, b, c);
    return same(by_w, grad(loss, w)) && same(by_b, grad(loss, b)) && same(by_c, grad(loss, c)) &&
           !on.in().trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(expressions_have_several_gradients_as_well) {
  constexpr auto w = param<"w", 2, 3>;
  constexpr auto b = param<"b", 2>;
  constexpr auto gradients = grad(sum(square(w)) + sum(b), b, w);
  static_assert(std::tuple_size_v<std::remove_const_t<decltype(gradients)>> == 2);
  const graph second = lowered<std::remove_cvref_t<decltype(std::get<1>(gradients))>>();
  BOOST_TEST((second[second.find_output(output_role::value)].extents == tensor_shape{2, 3}));
}

BOOST_AUTO_TEST_CASE(a_gradient_prints_as_a_call) {
  holds<[] {
    worked on;
    const ref w = on.vector({1, 2});
    return on.prints(grad(sum(w), w), "grad(sum(a), a)");
  }>();
}
