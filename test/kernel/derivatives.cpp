// SPDX-License-Identifier: BSL-1.0
// Kernels of Jacobians and Hessians against the interpreter: one further axis through loops, products,
// placements.
#define BOOST_TEST_MODULE derivatives
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 3>;
constexpr auto A = input<"A", 2, 3>;
constexpr auto W = param<"W", 4, 3>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_hessian_agrees) { rows_agree("hessian", hessian(logsumexp(W * tanh(x)), x)); }

BOOST_AUTO_TEST_CASE(a_jacobian_of_a_product_agrees) { rows_agree("product", jacobian(A * transpose(A), A)); }

BOOST_AUTO_TEST_CASE(a_jacobian_of_moved_elements_agrees) {
  rows_agree("slices", jacobian(reverse(pad<0, 1, 1>(square(A))), A));
}
