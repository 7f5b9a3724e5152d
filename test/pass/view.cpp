// SPDX-License-Identifier: BSL-1.0
// Movements as strides, and the copies that settle makes where strides do not do.
#define BOOST_TEST_MODULE view
#include "fusegrad/pass/view.hpp"

#include <boost/test/unit_test.hpp>

#include "pass/formulas.hpp"

using namespace fusegrad;
using fusegrad::test::graph_of_formula;
using fusegrad::test::leaves;

namespace {

constexpr bool strides_are(const view& of, int first, int second) {
  return of.stride[0] == first && of.stride[1] == second;
}

/// How a formula of one matrix x [2, 3] is read.
template <class Formula> constexpr view view_of_formula(Formula formula) {
  graph in;
  const ref value = formula(leaves{in}.input("x", {2, 3}));
  return view_of(in, value.id);
}

constexpr int copies_in(const graph& of) {
  int count = 0;
  for (const node& each : of.nodes()) count += each.op == &row<copy_op>() ? 1 : 0;
  return count;
}

template <class Formula> constexpr int copies_made_for(Formula formula) {
  return copies_in(settle(graph_of_formula(formula)));
}

static_assert(strides_are(view_of_formula([](ref x) { return transpose(x); }), 1, 3));

}  // namespace

BOOST_AUTO_TEST_CASE(a_value_is_read_row_by_row) {
  const view found = view_of_formula([](ref x) { return square(x); });
  BOOST_TEST(strides_are(found, 3, 1));
  BOOST_TEST(found.direct);
}

BOOST_AUTO_TEST_CASE(a_transpose_swaps_the_strides) {
  const view found = view_of_formula([](ref x) { return transpose(x); });
  BOOST_TEST(strides_are(found, 1, 3));
  BOOST_TEST(!found.direct);
}

BOOST_AUTO_TEST_CASE(a_broadcast_has_stride_zero_along_the_new_axis) {
  const view first = view_of_formula([](ref x) { return broadcast_over(sum<0>(x), {5, 3}, 1); });
  BOOST_TEST(strides_are(first, 0, 1));
  const view last = view_of_formula([](ref x) { return broadcast_over(sum<1>(x), {2, 5}, 2); });
  BOOST_TEST(strides_are(last, 1, 0));
}

BOOST_AUTO_TEST_CASE(movements_of_movements_are_one_view_of_the_first_value) {
  graph in;
  const ref x = leaves{in}.input("x", {2, 3});
  const view found = view_of(in, transpose(broadcast_over(sum<0>(x), {5, 3}, 1)).id);
  BOOST_TEST(strides_are(found, 1, 0));
  BOOST_TEST((in[found.base].op == &row<sum_op>()));
}

BOOST_AUTO_TEST_CASE(axes_of_extent_one_come_and_go_without_a_copy) {
  const view found = view_of_formula([](ref x) { return reshape<2, 1, 3>(x); });
  BOOST_TEST(found.stride[0] == 3);
  BOOST_TEST(found.stride[2] == 1);
  BOOST_TEST(found.direct);
  BOOST_TEST(copies_made_for([](leaves of) {
               return square(reshape<2, 1, 3>(transpose(of.input("x", {3, 2}))));
             }) == 0);
}

BOOST_AUTO_TEST_CASE(a_reshape_of_a_transpose_needs_a_copy) {
  BOOST_TEST(copies_made_for([](leaves of) {
               return square(reshape<6>(transpose(of.input("x", {2, 3}))));
             }) == 1);
  BOOST_TEST(copies_made_for([](leaves of) { return square(reshape<6>(of.input("x", {2, 3}))); }) == 0);
}

BOOST_AUTO_TEST_CASE(contractions_and_means_over_rows_read_values_in_their_own_order) {
  const auto product_with_transpose = [](leaves of) {
    return square(transpose(of.param("W", {3, 2})) * of.input("x", {3}));
  };
  BOOST_TEST(copies_made_for(product_with_transpose) == 1);
  BOOST_TEST(copies_made_for([](leaves of) { return row_mean(transpose(of.input("x", {2, 3}))); }) == 1);
  BOOST_TEST(copies_made_for([](leaves of) { return row_mean(of.input("x", {2, 3})); }) == 0);
}

BOOST_AUTO_TEST_CASE(a_slice_begins_at_its_first_element_and_a_reversed_axis_runs_backwards) {
  const view found = view_of_formula([](ref x) { return slice<1, 1>(reverse<0>(x)); });
  BOOST_TEST(strides_are(found, -3, 1));
  BOOST_TEST(found.first == 4);
  BOOST_TEST(!found.direct);
  const view element = view_of_formula([](ref x) { return at<1, 2>(x); });
  BOOST_TEST(element.first == 5);
  const view moved = view_of_formula([](ref x) { return transpose(slice<1, 0, to_end, 2>(x)); });
  BOOST_TEST(strides_are(moved, 2, 3));
}

BOOST_AUTO_TEST_CASE(windows_run_along_an_axis_of_the_image_twice) {
  const view found = view_of_formula([](ref x) { return windows<2, 2>(x); });
  BOOST_TEST(strides_are(found, 3, 1));
  BOOST_TEST(found.stride[2] == 3);
  BOOST_TEST(found.stride[3] == 1);
}

BOOST_AUTO_TEST_CASE(slices_cost_no_copy_unless_they_are_folded) {
  BOOST_TEST(copies_made_for([](leaves of) { return square(slice<0, 1, 3>(of.input("x", {4, 3}))); }) == 0);
  BOOST_TEST(copies_made_for([](leaves of) { return pad<0, 1, 1>(reverse(of.input("x", {4, 3}))); }) == 0);
  BOOST_TEST(copies_made_for([](leaves of) {
               return square(reshape<6>(slice<0, 1, 3>(of.input("x", {4, 3}))));
             }) == 1);
}

BOOST_AUTO_TEST_CASE(products_by_loops_read_any_view) {
  BOOST_TEST(copies_made_for([](leaves of) {
               return square(transpose(of.input("x", {2, 3})) * of.param("W", {2, 3}));
             }) == 0);
  BOOST_TEST(copies_made_for([](leaves of) {
               return square(slice<1, 0, 2>(of.param("W", {3, 4})) * slice<0, 0, 2>(of.input("x", {3})));
             }) == 2);
}

BOOST_AUTO_TEST_CASE(outputs_have_memory_of_their_own) {
  BOOST_TEST(copies_made_for([](leaves of) { return of.input("x", {2, 3}); }) == 1);
  BOOST_TEST(copies_made_for([](leaves of) { return of.number(1, {3}); }) == 1);
  BOOST_TEST(copies_made_for([](leaves of) { return square(of.input("x", {2, 3})); }) == 0);
}

BOOST_AUTO_TEST_CASE(a_condition_leaves_as_ones_and_zeros) {
  const graph settled = settle(graph_of_formula([](leaves of) { return of.input("x") < of.input("z"); }));
  BOOST_TEST((settled[settled.outputs()[0].id].kind == value_kind::real));
}
