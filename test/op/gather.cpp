// SPDX-License-Identifier: BSL-1.0
// gather and embedding: values, gradients, second gradients, problems, printed form, and the products that
// they replace.
#define BOOST_TEST_MODULE gather
#include "fusegrad/op/gather.hpp"

#include "fusegrad/pass/pipeline.hpp"
#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// How many nodes of one operation the outputs of a graph need.
template <class Op> int count_of(const graph& in) {
  const node_flags needed = reachable(in);
  int count = 0;
  for (int i = 0; i < in.size(); ++i) count += needed.elements[i] != 0 && in[node_id{i}].op == &row<Op>();
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_label_names_a_row_or_a_column) {
  holds<[] {
    worked on;
    const ref table = on.tensor({3, 2}, {1, 2, 3, 4, 5, 6}), y = on.label(3, 2), z = on.label(2, 0);
    return on.value(gather(table, y)) == numbers{5, 6} && on.value(gather<1>(table, z)) == numbers{1, 3, 5} &&
           on.value(gather<-1>(table, z)) == numbers{1, 3, 5} &&
           same(embedding(table, y), gather<0>(table, y));
  }>();
}

BOOST_AUTO_TEST_CASE(of_a_tensor_all_that_stands_at_a_place_is_read) {
  holds<[] {
    worked on;
    const ref t = on.tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), y = on.label(2, 1);
    return on.value(gather<0>(t, y)) == numbers{5, 6, 7, 8} &&
           on.value(gather<1>(t, y)) == numbers{3, 4, 7, 8} &&
           on.value(gather<2>(t, y)) == numbers{2, 4, 6, 8} &&
           gather<1>(t, y).extents() == tensor_shape{2, 2};
  }>();
}

BOOST_AUTO_TEST_CASE(a_sequence_of_labels_names_one_row_each) {
  holds<[] {
    worked on;
    const ref table = on.tensor({3, 2}, {1, 2, 3, 4, 5, 6}), words = on.labels(3, {4}, {2, 0, 2, 1});
    const ref found = embedding(table, words);
    return on.value(found) == numbers{5, 6, 1, 2, 5, 6, 3, 4} && found.extents() == tensor_shape{4, 2} &&
           same(found, gather(table, words)) &&
           on.value(gather(on.vector({7, 8, 9}), words)) == numbers{9, 7, 9, 8};
  }>();
  holds<[] {
    worked on;
    const ref table = on.tensor({3, 2}, {1, 2, 3, 4, 5, 6}), pairs = on.labels(3, {2, 2}, {2, 0, 2, 1});
    return on.value(embedding(table, pairs)) == numbers{5, 6, 1, 2, 5, 6, 3, 4} &&
           embedding(table, pairs).extents() == tensor_shape{2, 2, 2};
  }>();
}

BOOST_AUTO_TEST_CASE(the_axes_of_labels_stand_in_the_place_of_the_axis_they_choose_from) {
  holds<[] {
    worked on;
    const ref t = on.tensor({2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    const ref pair = on.labels(3, {1, 2}, {2, 0});
    return gather<1>(t, pair).extents() == tensor_shape{2, 1, 2, 2} &&
           on.value(gather<1>(t, pair)) == numbers{5, 6, 1, 2, 11, 12, 7, 8};
  }>();
}

BOOST_AUTO_TEST_CASE(parts_of_labels_are_labels) {
  holds<[] {
    worked on;
    const ref table = on.tensor({3, 1}, {10, 20, 30}), words = on.labels(3, {3}, {2, 0, 1});
    return on.value(embedding(table, at<1>(words))) == numbers{10} &&
           on.value(embedding(table, slice<0, 1, 3>(words))) == numbers{10, 20} &&
           on.value(embedding(table, reverse(words))) == numbers{20, 10, 30} &&
           on.value(one_hot(at<0>(words))) == numbers{0, 0, 1};
  }>();
  holds<[] {
    worked on;
    (void)embedding(on.tensor({2, 1}, {10, 20}), at<1>(on.labels(3, {3}, {2, 0, 1})));
    return on.trouble() == problem_kind::embedding_classes_differ;
  }>();
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_row_is_the_sum_over_the_labels_that_read_it) {
  holds<[] {
    worked on;
    const ref table = on.tensor({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), words = on.labels(4, {3}, {2, 0, 2});
    const ref weights = on.tensor({3, 2}, {1, 2, 10, 20, 100, 200});
    return on.gradient(sum(multiply(weights, embedding(table, words))), table) ==
               numbers{10, 20, 0, 0, 101, 202, 0, 0} &&
           on.gradient(sum(square(gather<1>(transpose(table), words))), table) ==
               numbers{2, 4, 0, 0, 20, 24, 0, 0} &&
           on.second_gradient(sum(square(embedding(table, slice<0, 0, 1>(words)))), table).size() == 8;
  }>();
}

BOOST_AUTO_TEST_CASE(rows_at_labels_are_a_product_with_their_vectors) {
  holds<[] {
    worked on;
    const ref rows = on.tensor({3, 2}, {1, 2, 10, 20, 100, 200}), words = on.labels(4, {3}, {2, 0, 2});
    const ref placed = place_at_label(rows, words, {4, 2});
    return on.value(placed) == numbers{10, 20, 0, 0, 101, 202, 0, 0} &&
           on.value(transpose(one_hot(words)) * rows) == on.value(placed) &&
           on.gradient(sum(square(placed)), rows) == numbers{202, 404, 20, 40, 202, 404} &&
           on.prints(placed, "transpose(one_hot(b)) * a") &&
           on.prints(gather(placed, words), "gather(transpose(one_hot(b)) * a, b)");
  }>();
}

BOOST_AUTO_TEST_CASE(only_the_row_that_was_read_has_a_gradient) {
  holds<[] {
    worked on;
    const ref table = on.tensor({3, 2}, {1, 2, 3, 4, 5, 6}), y = on.label(3, 1), z = on.label(2, 1);
    const ref weights = on.vector({10, 100});
    return on.gradient(dot(weights, embedding(table, y)), table) == numbers{0, 0, 10, 100, 0, 0} &&
           on.gradient(sum(square(gather<1>(table, z))), table) == numbers{0, 4, 0, 8, 0, 12} &&
           on.gradient(sum(embedding(table, y)) + sum(embedding(table, y) * 2), table) ==
               numbers{0, 0, 3, 3, 0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_read_may_be_infinite) {
  worked on;
  const ref table = on.tensor({2, 1}, {0, 2}), y = on.label(2, 1);
  BOOST_TEST(on.gradient(sum(embedding(log(table), y)), table) == (numbers{0, 0.5}));
}

BOOST_AUTO_TEST_CASE(a_table_with_one_row_is_an_outer_product) {
  holds<[] {
    worked on;
    const ref row = on.vector({7, 8}), y = on.label(3, 1);
    const ref placed = place_at_label(row, y, {3, 2});
    return on.value(placed) == numbers{0, 0, 7, 8, 0, 0} &&
           on.value(outer(one_hot(y), row)) == on.value(placed) &&
           on.gradient(sum(square(placed)), row) == numbers{14, 16} &&
           on.value(place_along(row, 1, y, {2, 3})) == numbers{0, 7, 0, 0, 8, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(products_with_the_vector_of_a_label_read_a_row) {
  worked on;
  const ref table = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), y = on.label(2, 1), z = on.label(3, 2);
  for (const ref product : {one_hot(y) * table, table * one_hot(z)}) {
    graph in = on.in();
    in.add_output({output_role::value, -1, product.id});
    const graph stable = stabilise(in);
    BOOST_TEST(count_of<gather_op>(stable) == 1);
    BOOST_TEST(count_of<contract_op>(stable) == 0);
    const node_id found = stable.find_output(output_role::value);
    BOOST_TEST((stable[found].extents == product.extents()));
  }
}

BOOST_AUTO_TEST_CASE(products_with_the_vectors_of_labels_read_rows) {
  worked on;
  const ref table = on.tensor({2, 3}, {1, 2, 3, 4, 5, 6}), few = on.labels(2, {4}, {1, 0, 0, 1}),
            many = on.labels(3, {2}, {2, 0});
  for (const ref product :
       {one_hot(few) * table, einsum<"jk,ik->ji">(table, one_hot(many)), one_hot(many) * transpose(table)}) {
    graph in = on.in();
    in.add_output({output_role::value, -1, product.id});
    const graph stable = stabilise(in);
    BOOST_TEST(count_of<gather_op>(stable) == 1);
    BOOST_TEST(count_of<contract_op>(stable) == 0);
    const node_id found = stable.find_output(output_role::value);
    BOOST_TEST((stable[found].extents == product.extents()));
    BOOST_TEST(on.value_of(stable, found) == on.value(product), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(an_element_of_a_long_vector_is_read_and_not_looked_for) {
  graph in;
  const ref bias = symbol_in(in, {"b", symbol_role::parameter, {1000}, 0});
  const ref y = symbol_in(in, {"y", symbol_role::label, {}, 1000});
  in.add_output({output_role::value, -1, pick(square(bias), y).id});
  const int by[] = {0};
  const node_id value = in.find_output(output_role::value);
  const graph found = write_definitions(stabilise(differentiate(stabilise(in), value, by, true)));
  BOOST_TEST(count_of<equal_op>(found) == 0);
  BOOST_TEST(count_of<place_at_label_op>(found) == 1);
}

BOOST_AUTO_TEST_CASE(a_wrong_table_is_reported) {
  holds<[] {
    worked on;
    (void)gather<1>(on.tensor({3, 2}, {1, 2, 3, 4, 5, 6}), on.label(3, 1));
    return on.trouble() == problem_kind::gather_classes_differ;
  }>();
  holds<[] {
    worked on;
    (void)gather(on.number(1), on.label(3, 1));
    return on.trouble() == problem_kind::gather_classes_differ;
  }>();
  holds<[] {
    worked on;
    (void)embedding(on.vector({1, 2, 3}), on.label(3, 1));
    return on.trouble() == problem_kind::embedding_classes_differ;
  }>();
  holds<[] {
    worked on;
    (void)gather(on.tensor({3, 2}, {1, 2, 3, 4, 5, 6}), on.number(1));
    return on.trouble() == problem_kind::pick_needs_label;
  }>();
  holds<[] {
    worked on;
    (void)gather(on.tensor({2, 1, 1}, {1, 2}), on.labels(2, {1, 1, 1, 1, 1}, {1}));
    return on.trouble() == problem_kind::rank_too_large;
  }>();
  holds<[] {
    worked on;
    (void)gather<2>(on.tensor({3, 2}, {1, 2, 3, 4, 5, 6}), on.label(3, 1));
    return on.trouble() == problem_kind::axis_out_of_range;
  }>();
}

BOOST_AUTO_TEST_CASE(gathered_rows_print_as_calls) {
  holds<[] {
    worked on;
    const ref table = on.tensor({2, 1}, {1, 2}), y = on.label(2, 1), g = on.vector({1}), s = on.number(1);
    return on.prints(gather(table, y), "gather(a, b)") &&
           on.prints(place_at_label(g, y, {2, 1}), "outer(one_hot(b), c)") &&
           on.prints(place_at_label(s + 1, y, {2}), "(d + 1) * one_hot(b)");
  }>();
}
