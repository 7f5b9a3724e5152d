// SPDX-License-Identifier: BSL-1.0
// Strings as template arguments.
#define BOOST_TEST_MODULE fixed_string
#include "fusegrad/base/fixed_string.hpp"

#include <type_traits>

#include "base/twice.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

namespace {

template <fixed_string Name> struct named { static constexpr auto name = Name; };

static_assert(std::is_same_v<named<"W">, named<"W">>);
static_assert(!std::is_same_v<named<"W">, named<"w">>);
static_assert(!std::is_same_v<named<"W">, named<"W1">>);

}  // namespace

BOOST_AUTO_TEST_CASE(a_name_is_seen_without_its_closing_zero) {
  holds<[] { return named<"lambda">::name.view() == "lambda"; }>();
  holds<[] { return named<"">::name.view().empty(); }>();
}

BOOST_AUTO_TEST_CASE(a_text_is_cut_to_the_size_of_a_fixed_string) {
  holds<[] {
    return to_fixed_string<4>("abcdef").view() == "abc" && to_fixed_string<4>("abcdef").text[3] == '\0';
  }>();
  holds<[] { return to_fixed_string<4>("ab") == fixed_string<4>("ab\0"); }>();
}
