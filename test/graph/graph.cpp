// SPDX-License-Identifier: BSL-1.0
// The graph keeps each distinct value once, knows how often it changes, and remembers the first problem.
#define BOOST_TEST_MODULE graph
#include "fusegrad/graph/graph.hpp"

#include "base/twice.hpp"
#include "fusegrad/op/words.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

namespace {

constexpr symbol x{"x", symbol_role::input, {3}, 0};
constexpr symbol w{"w", symbol_role::parameter, {3}, 0};
constexpr symbol rate{"rate", symbol_role::scalar, {}, 0};

}  // namespace

BOOST_AUTO_TEST_CASE(equal_values_are_one_node) {
  holds<[] {
    graph in;
    const ref a = symbol_in(in, x), b = symbol_in(in, w);
    const ref first = exp(a) * b;
    const int size = in.size();
    const ref second = exp(symbol_in(in, x)) * symbol_in(in, w);
    return same(first, second) && in.size() == size;
  }>();
}

BOOST_AUTO_TEST_CASE(operands_in_another_order_are_another_node) {
  holds<[] {
    graph in;
    const ref a = symbol_in(in, x), b = symbol_in(in, w);
    return !same(a - b, b - a) && !same(a + b, b + a);
  }>();
}

BOOST_AUTO_TEST_CASE(equal_operands_with_other_attributes_are_other_nodes) {
  holds<[] {
    graph in;
    const ref a = symbol_in(in, x);
    return !same(pow<3>(a), pow<3.0001>(a)) && !same(constant_in(in, 1), constant_in(in, 1, {2})) &&
           !same(constant_in(in, 1e7), constant_in(in, 2e7));
  }>();
}

BOOST_AUTO_TEST_CASE(zero_has_no_sign) {
  holds<[] {
    graph in;
    return same(constant_in(in, 0.0), constant_in(in, -0.0));
  }>();
}

BOOST_AUTO_TEST_CASE(a_thousand_nodes_are_found_again) {
  const auto builds_once = [] {
    graph in;
    const auto build = [&in] {
      ref value = symbol_in(in, x);
      for (int i = 0; i < 500; ++i) value = tanh(value) + i;
      return value;
    };
    const ref first = build();
    const int size = in.size();
    return same(build(), first) && in.size() == size && size > 1400;
  };
  BOOST_TEST(builds_once());
}

BOOST_AUTO_TEST_CASE(a_symbol_of_one_name_is_one_symbol) {
  holds<[] {
    graph in;
    return in.add_symbol(x) == 0 && in.add_symbol(w) == 1 && in.add_symbol(x) == 0 &&
           in.symbols().size() == 2 && in.find_symbol("w") == 1 && in.find_symbol("v") == -1 && !in.trouble();
  }>();
}

BOOST_AUTO_TEST_CASE(a_symbol_with_two_shapes_is_reported_with_both) {
  holds<[] {
    graph in;
    in.add_symbol(x);
    in.add_symbol({"x", symbol_role::input, {4}, 0});
    return in.trouble().kind == problem_kind::symbol_with_two_shapes &&
           in.trouble().left == tensor_shape{3} && in.trouble().right == tensor_shape{4};
  }>();
}

BOOST_AUTO_TEST_CASE(a_symbol_with_two_roles_or_numbers_of_classes_is_reported) {
  holds<[] {
    graph in;
    in.add_symbol(x);
    in.add_symbol({"x", symbol_role::parameter, {3}, 0});
    return in.trouble().kind == problem_kind::symbol_with_two_shapes;
  }>();
  holds<[] {
    graph in;
    in.add_symbol({"y", symbol_role::label, {}, 3});
    in.add_symbol({"y", symbol_role::label, {}, 4});
    return in.trouble().kind == problem_kind::symbol_with_two_shapes;
  }>();
}

BOOST_AUTO_TEST_CASE(the_first_problem_is_kept) {
  holds<[] {
    graph in;
    in.report({problem_kind::rank_too_large, {}, {}});
    in.report({problem_kind::two_row_phases, {}, {}});
    return in.trouble().kind == problem_kind::rank_too_large;
  }>();
}

BOOST_AUTO_TEST_CASE(a_value_changes_as_often_as_the_most_changing_operand) {
  holds<[] {
    graph in;
    const ref of_row = symbol_in(in, x), of_step = symbol_in(in, w), number = symbol_in(in, rate);
    return constant_in(in, 2)->depends == level::constant && number->depends == level::parameter &&
           exp(of_step)->depends == level::parameter && (of_step * of_row)->depends == level::row &&
           mean_over_rows(of_step * of_row)->depends == level::parameter;
  }>();
}

BOOST_AUTO_TEST_CASE(an_output_is_found_by_role_and_symbol) {
  holds<[] {
    graph in;
    const ref a = symbol_in(in, x), b = symbol_in(in, w);
    in.add_output({output_role::value, -1, (a * b).id});
    in.add_output({output_role::gradient, 1, a.id});
    return in.find_output(output_role::value) == (a * b).id &&
           in.find_output(output_role::gradient, 1) == a.id && !in.find_output(output_role::gradient, 0);
  }>();
}

namespace {

/// Replaces every tanh by its operand.
class without_tanh final : public rewriting {
 public:
  constexpr node_id rewrite(graph& in, node_id id) override {
    return in[id].op == &row<tanh_op>() ? in[id].operands[0] : id;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_hook_replaces_what_is_added_until_it_is_taken_away) {
  holds<[] {
    graph in;
    without_tanh hook;
    const ref a = symbol_in(in, x);
    in.rewrite_with(&hook);
    const bool replaced = same(tanh(a), a);
    in.rewrite_with(nullptr);
    return replaced && !same(tanh(a), a);
  }>();
}
