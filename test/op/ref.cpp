// SPDX-License-Identifier: BSL-1.0
// Handles of nodes: what they see and what stands beside them in a formula.
#define BOOST_TEST_MODULE ref
#include "fusegrad/op/ref.hpp"

#include <type_traits>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

static_assert(std::is_trivially_copyable_v<ref>);
static_assert(formula<ref> && formula<std::remove_cv_t<decltype(constant<2>)>> && !formula<double> &&
              number<double>);
static_assert(std::is_empty_v<literal<0.5>> && is_literal<literal<0.5>> && !is_literal<ref>);

BOOST_AUTO_TEST_CASE(a_ref_sees_its_node_and_operands) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2}), b = on.vector({3, 4});
    const ref sum = a + b;
    return is<add_op>(sum) && !is<multiply_op>(sum) && same(sum.operand(0), a) && same(sum.operand(1), b) &&
           sum.rank() == 1 && sum->arity == 2 && (*sum).extents == tensor_shape{2};
  }>();
}

BOOST_AUTO_TEST_CASE(a_literal_takes_its_place_beside_a_ref) {
  holds<[] {
    worked on;
    const ref a = on.vector({1, 2});
    return same(constant<3> + a, 3 + a) && same(a / constant<2>, a / 2) &&
           same(max(a, constant<0>), max(a, 0));
  }>();
}
