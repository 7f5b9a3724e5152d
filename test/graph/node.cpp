// SPDX-License-Identifier: BSL-1.0
// Letters name the axes of a contraction.
#define BOOST_TEST_MODULE node
#include "fusegrad/graph/node.hpp"

#include "base/twice.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

BOOST_AUTO_TEST_CASE(letters_keep_their_order) {
  holds<[] {
    constexpr axis_letters mk = letters("mk");
    return mk.size() == 2 && mk[0] == 13 && mk[1] == 11 && mk[2] == 0;
  }>();
}

BOOST_AUTO_TEST_CASE(a_letter_is_found_at_its_axis) {
  holds<[] {
    constexpr axis_letters abc = letters("abc");
    return abc.find(1) == 0 && abc.find(3) == 2 && abc.find(4) == -1 && letters("").find(1) == -1;
  }>();
}

BOOST_AUTO_TEST_CASE(six_axes_with_the_last_letter_fit) {
  holds<[] {
    constexpr axis_letters six = letters("abcdeo");
    return six.size() == 6 && six[5] == 15 && six.find(15) == 5;
  }>();
}

BOOST_AUTO_TEST_CASE(a_default_node_id_names_no_node) {
  holds<[] { return !node_id{} && node_id{0} && node_id{1} != node_id{0}; }>();
}
