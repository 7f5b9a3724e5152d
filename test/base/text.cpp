// SPDX-License-Identifier: BSL-1.0
// Texts that grow in a constant expression.
#define BOOST_TEST_MODULE text
#include "fusegrad/base/text.hpp"

#include "base/twice.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

BOOST_AUTO_TEST_CASE(a_text_grows_by_texts_literals_and_characters) {
  holds<[] {
    text made = "W";
    made += " * ";
    made += 'x';
    made += text(" + b");
    return made.view() == "W * x + b" && made.size() == 9;
  }>();
}

BOOST_AUTO_TEST_CASE(joined_texts_leave_their_parts_unchanged) {
  holds<[] {
    const text a = "a", b = "b";
    const text both = a + b + "c";
    return both == text("abc") && a == text("a") && b == text("b");
  }>();
}

BOOST_AUTO_TEST_CASE(a_new_text_is_empty) {
  holds<[] { return text().empty() && text("").empty() && !text("0").empty(); }>();
}

BOOST_AUTO_TEST_CASE(a_text_becomes_a_string) { BOOST_TEST(text("x > y").string() == "x > y"); }
