// SPDX-License-Identifier: BSL-1.0
// Values in parts, and the gated linear unit: values, gradients, problems.
#define BOOST_TEST_MODULE split
#include "fusegrad/op/split.hpp"

#include "fusegrad/expr/expression.hpp"
#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(equal_parts_follow_each_other) {
  holds<[] {
    worked on;
    const ref m = on.tensor({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
    const auto [left, right] = split<2>(m);
    const auto [above, below] = split<2, 0>(m);
    return on.value(left) == numbers{1, 2, 5, 6} && on.value(right) == numbers{3, 4, 7, 8} &&
           on.value(above) == numbers{1, 2, 3, 4} && on.value(below) == numbers{5, 6, 7, 8} &&
           on.gradient(sum(square(right)), m) == numbers{0, 0, 6, 8, 0, 0, 14, 16};
  }>();
}

BOOST_AUTO_TEST_CASE(places_cut_an_axis) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2, 3, 4, 5, 6});
    const auto [first, second, third] = split_at<0, 1, -2>(v);
    return on.value(first) == numbers{1} && on.value(second) == numbers{2, 3, 4} &&
           on.value(third) == numbers{5, 6};
  }>();
}

BOOST_AUTO_TEST_CASE(expressions_have_parts_as_well) {
  constexpr auto parts = split<3>(input<"x", 6>);
  static_assert(std::tuple_size_v<std::remove_const_t<decltype(parts)>> == 3);
  const graph part = lowered<std::remove_const_t<decltype(std::get<2>(parts) + std::get<0>(parts))>>();
  BOOST_TEST((part[part.find_output(output_role::value)].extents == tensor_shape{2}));
}

BOOST_AUTO_TEST_CASE(a_gate_lets_through_what_the_other_half_says) {
  worked on;
  const ref v = on.vector({3, 4, 0, 1000}), m = on.tensor({2, 1}, {5, 0});
  BOOST_TEST(on.value(glu(v)) == (numbers{1.5, 4}));
  BOOST_TEST(on.value(glu<0>(m)) == (numbers{2.5}));
  BOOST_TEST(on.gradient(sum(glu(v)), v) == (numbers{0.5, 1, 0.75, 0}));
}

BOOST_AUTO_TEST_CASE(a_rest_and_a_missing_axis_are_reported) {
  holds<[] {
    worked on;
    (void)split<2>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::split_leaves_a_rest;
  }>();
  holds<[] {
    worked on;
    (void)glu(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::split_leaves_a_rest;
  }>();
  holds<[] {
    worked on;
    (void)split<2, 1>(on.vector({1, 2}));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
  holds<[] {
    worked on;
    (void)split_at<0, 2, 1>(on.vector({1, 2, 3}));
    return on.trouble() == problem_kind::slice_out_of_range;
  }>();
}
