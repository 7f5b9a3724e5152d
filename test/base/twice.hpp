// SPDX-License-Identifier: BSL-1.0
// Runs a check twice: in a constant expression and at run time.
#pragma once

#include <boost/test/unit_test.hpp>

namespace fusegrad::test {

/// `holds<[] { return 1 + 1 == 2; }>()`: the check captures nothing and answers whether it holds.
template <auto Check> void holds() {
  static_assert(Check(), "does not hold in a constant expression");
  BOOST_TEST(Check(), "does not hold at run time");
}

}  // namespace fusegrad::test
