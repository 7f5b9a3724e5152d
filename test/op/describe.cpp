// SPDX-License-Identifier: BSL-1.0
// An operation of the user's joins from the user's file: its struct says each thing once, its row has it all.
#define BOOST_TEST_MODULE describe
#include "fusegrad/op/describe.hpp"

#include <type_traits>

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// a * a * a.
struct cube_op : elementwise_operation<1> {
  static constexpr std::string_view name = "cube";
  template <class Value> static constexpr Value value(Value a) { return a * a * a; }
  static constexpr ref partials(ref a, ref) { return 3 * square(a); }
};

template <formula Value> constexpr auto cube(Value x) { return call<elementwise<cube_op>>(x); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_elementwise_operation_has_value_shape_and_print_form) {
  holds<[] {
    worked on;
    const ref a = on.tensor({1, 2}, {2, -1});
    return on.value(cube(a)) == numbers{8, -1} && cube(a).extents() == tensor_shape{1, 2} &&
           on.prints(cube(a + 1), "cube(a + 1)");
  }>();
}

BOOST_AUTO_TEST_CASE(a_new_elementwise_operation_has_derivatives_of_every_order) {
  holds<[] {
    worked on;
    const ref a = on.number(2);
    return on.gradient(cube(a), a) == numbers{12} && on.second_gradient(cube(a), a) == numbers{12};
  }>();
}

BOOST_AUTO_TEST_CASE(a_new_elementwise_operation_refuses_labels) {
  holds<[] {
    worked on;
    (void)cube(on.label(3, 1));
    return on.trouble() == problem_kind::label_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(a_row_leads_back_to_the_type_of_its_operation) {
  static_assert(row<cube_op>().name == "cube" && row<cube_op>().arity == 1);
  static_assert(std::is_same_v<operation_type<&row_of<cube_op>>, cube_op>);
  static_assert(row<add_op>().name == "add");
  static_assert(std::is_same_v<operation_type<&row_of<add_op>>, add_op>);
  BOOST_TEST(&row<cube_op>() == &row_of<cube_op>);
  BOOST_TEST(&row<cube_op>() != &row<square_op>());
}

BOOST_AUTO_TEST_CASE(the_flags_of_an_operation_are_those_of_its_struct) {
  holds<[] {
    return row<where_op>().masks && row<divide_op>().unbounded_partial && row<add_op>().exact &&
           !row<exp_op>().exact && !row<cube_op>().masks && row<less_op>().pullback == nullptr &&
           row<stop_gradient_op>().pullback == nullptr;
  }>();
}
