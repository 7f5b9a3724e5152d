// SPDX-License-Identifier: BSL-1.0
// The word that bounds memory changes no value and no derivative, wherever it stands.
#define BOOST_TEST_MODULE scratch_within
#include "fusegrad/op/scratch_within.hpp"

#include <boost/test/unit_test.hpp>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(values_and_derivatives_are_those_of_the_operand) {
  holds<[] {
    worked on;
    const ref a = on.vector({-2, 3}), b = on.number(1);
    const ref bounded = scratch_within<4096>(square(a) * 2);
    return on.value(bounded) == numbers{8, 18} && on.gradient(sum(bounded), a) == numbers{-8, 12} &&
           on.second_gradient(square(scratch_within<64>(square(b))), b) == numbers{12};
  }>();
}

BOOST_AUTO_TEST_CASE(the_bound_is_printed) {
  worked on;
  const ref a = on.number(1);
  BOOST_TEST(on.prints(scratch_within<65536>(a + 1), "scratch_within<65536>(a + 1)"));
}
