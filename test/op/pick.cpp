// SPDX-License-Identifier: BSL-1.0
// v[y] and one_hot(y): values, gradients, definitions, problems and printed form.
#define BOOST_TEST_MODULE pick
#include "fusegrad/op/pick.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

BOOST_AUTO_TEST_CASE(a_label_picks_the_element_of_its_class) {
  holds<[] {
    worked on;
    const ref v = on.vector({10, 20, 30}), y = on.label(3, 2);
    return on.value(v[y]) == numbers{30} && v[y].rank() == 0 && same(v[y], pick(v, y));
  }>();
}

BOOST_AUTO_TEST_CASE(of_a_matrix_each_row_s_element_is_picked) {
  holds<[] {
    worked on;
    const ref v = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), y = on.label(3, 1);
    return on.value(v[y]) == numbers{2, 5} && v[y].extents() == tensor_shape{2};
  }>();
}

BOOST_AUTO_TEST_CASE(only_the_picked_element_has_a_gradient) {
  holds<[] {
    worked on;
    const ref v = on.vector({10, 20, 30}), y = on.label(3, 0);
    return on.gradient(5 * v[y], v) == numbers{5, 0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(a_class_is_a_vector_of_one_and_zeros) {
  holds<[] {
    worked on;
    const ref y = on.label(4, 2);
    return on.value(one_hot(y)) == numbers{0, 0, 1, 0} && one_hot(y).extents() == tensor_shape{4};
  }>();
}

BOOST_AUTO_TEST_CASE(the_definitions_have_the_same_values) {
  holds<[] {
    worked on;
    const ref v = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), y = on.label(3, 1);
    return on.value(pick_op::define(v[y])) == numbers{2, 5} &&
           on.value(one_hot_op::define(one_hot(y))) == numbers{0, 1, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(labels_pick_each_at_its_own_place) {
  holds<[] {
    worked on;
    const ref v = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), y = on.labels(3, {2}, {2, 0});
    return on.value(v[y]) == numbers{3, 4} && v[y].extents() == tensor_shape{2} &&
           on.gradient(sum(5 * v[y]), v) == numbers{0, 0, 5, 5, 0, 0} &&
           on.value(pick_op::define(v[y])) == numbers{3, 4};
  }>();
  holds<[] {
    worked on;
    const ref v = on.tensor({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    const ref y = on.labels(3, {2}, {2, 0}), z = on.labels(3, {2, 2}, {0, 1, 2, 0});
    return on.value(v[y]) == numbers{3, 4, 9, 10} && on.value(v[z]) == numbers{1, 5, 9, 10} &&
           on.value(pick_op::define(v[y])) == numbers{3, 4, 9, 10} &&
           on.value(v[at<1>(z)]) == numbers{3, 4, 9, 10};
  }>();
}

BOOST_AUTO_TEST_CASE(labels_pick_all_from_one_vector) {
  holds<[] {
    worked on;
    const ref v = on.vector({10, 20, 30}), y = on.labels(3, {2, 2}, {2, 0, 0, 1});
    return on.value(v[y]) == numbers{30, 10, 10, 20} && v[y].extents() == tensor_shape{2, 2} &&
           on.value(pick_op::define(v[y])) == numbers{30, 10, 10, 20} &&
           on.gradient(sum(v[y]), v) == numbers{2, 1, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(labels_are_vectors_of_one_and_zeros_each) {
  holds<[] {
    worked on;
    const ref y = on.labels(3, {2}, {2, 0});
    return on.value(one_hot(y)) == numbers{0, 0, 1, 1, 0, 0} && one_hot(y).extents() == tensor_shape{2, 3} &&
           on.value(one_hot_op::define(one_hot(y))) == numbers{0, 0, 1, 1, 0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(labels_at_other_places_are_reported) {
  holds<[] {
    worked on;
    (void)on.tensor({2, 3}, {1, 2, 3, 4, 5, 6})[on.labels(3, {3}, {2, 0, 1})];
    return on.trouble() == problem_kind::pick_positions_differ;
  }>();
  holds<[] {
    worked on;
    (void)on.tensor({2, 3}, {1, 2, 3, 4, 5, 6})[on.labels(3, {2, 2}, {2, 0, 1, 0})];
    return on.trouble() == problem_kind::pick_positions_differ;
  }>();
  holds<[] {
    worked on;
    (void)on.tensor({2, 3}, {1, 2, 3, 4, 5, 6})[on.labels(2, {2}, {1, 0})];
    return on.trouble() == problem_kind::pick_classes_differ;
  }>();
  holds<[] {
    worked on;
    (void)one_hot(on.labels(2, {1, 1, 1, 1, 1, 1}, {1}));
    return on.trouble() == problem_kind::rank_too_large;
  }>();
}

BOOST_AUTO_TEST_CASE(only_a_label_picks) {
  holds<[] {
    worked on;
    (void)on.vector({1, 2})[on.number(1)];
    return on.trouble() == problem_kind::pick_needs_label;
  }>();
  holds<[] {
    worked on;
    (void)one_hot(on.number(1));
    return on.trouble() == problem_kind::pick_needs_label;
  }>();
  holds<[] {  // the position of a maximum says nothing of the length of a vector
    worked on;
    (void)one_hot(argmax(on.vector({1, 2})));
    return on.trouble() == problem_kind::pick_needs_label;
  }>();
}

BOOST_AUTO_TEST_CASE(only_a_vector_can_be_picked_from) {
  holds<[] {
    worked on;
    (void)on.number(1)[on.label(3, 1)];
    return on.trouble() == problem_kind::pick_needs_label;
  }>();
  holds<[] {
    worked on;
    (void)(on.vector({1, 2}) > 0)[on.label(2, 1)];
    return on.trouble() == problem_kind::condition_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(the_classes_must_be_as_many_as_the_elements) {
  holds<[] {
    worked on;
    (void)on.vector({1, 2, 3})[on.label(4, 1)];
    return on.trouble() == problem_kind::pick_classes_differ && on.in().trouble().left == tensor_shape{3} &&
           on.in().trouble().right == tensor_shape{4};
  }>();
}

BOOST_AUTO_TEST_CASE(picks_print_with_brackets) {
  holds<[] {
    worked on;
    const ref v = on.vector({1, 2}), y = on.label(2, 1);
    return on.prints(v[y], "a[b]") && on.prints((v + 1)[y], "(a + 1)[b]") &&
           on.prints(one_hot(y), "one_hot(b)");
  }>();
}
