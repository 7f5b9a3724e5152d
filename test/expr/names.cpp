// SPDX-License-Identifier: BSL-1.0
// Names that formulas like to have are free for them, also in a file that uses the whole namespace.
#define BOOST_TEST_MODULE names
#include <boost/test/unit_test.hpp>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr auto shape = param<"shape">;
constexpr auto scale = param<"scale">;
constexpr auto rate = param<"rate">;
constexpr auto lower = param<"lower">;
constexpr auto upper = param<"upper">;
constexpr auto mask = param<"mask">;
constexpr auto bounded = shape * scale + rate * mask + upper / lower;

BOOST_AUTO_TEST_CASE(names_of_formulas_are_not_taken) {
  BOOST_TEST(to_text(bounded) == "shape * scale + rate * mask + upper / lower");
}
