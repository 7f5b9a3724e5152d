// SPDX-License-Identifier: BSL-1.0
// The layouts that the cost model chooses, and where its choice turns.
#define BOOST_TEST_MODULE place
#include "fusegrad/pass/place.hpp"

#include <boost/test/unit_test.hpp>

#include "pass/formulas.hpp"
#include "pass/plans.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// The layout of the column of a layer with its gradient.
constexpr layout layout_of_layer(int outputs, int inputs, const machine& on) {
  const graph loss = graph_of_formula([&](leaves of) {
    const ref x = of.input("x", {inputs});
    if (outputs == 1) return square(dot(of.param("w", {inputs}), x) - of.input("y"));
    return sum(square(of.param("W", {outputs, inputs}) * x - of.input("y", {outputs})));
  });
  const graph settled = settled_gradients(loss);
  return place(settled, on)[std::size_t(settled.find_symbol("x"))];
}

/// The layout of the one column of a formula of the value of each row.
template <class Formula> layout layout_in_rows(Formula formula) {
  const graph settled = settle(write_definitions(stabilise(graph_of_formula(formula))));
  return place(settled, sixteen_lanes)[std::size_t(settled.find_symbol("x"))];
}

static_assert(layout_of_layer(1, 2, sixteen_lanes) == layout::rows_in_lanes);

}  // namespace

BOOST_AUTO_TEST_CASE(two_features_are_transposed_and_an_image_is_read_as_it_is_stored) {
  BOOST_TEST((layout_of(plan_of_model<linear_regression>(), "x") == layout::rows_in_lanes));
  BOOST_TEST((layout_of(plan_of_model<softmax_regression>(), "x") == layout::as_stored));
  BOOST_TEST((layout_of(plan_of_model<perceptron>(), "x") == layout::as_stored));
  BOOST_TEST((layout_of(plan_of_model<penalised_logistic_regression>(), "x") == layout::as_stored));
}

// By hand: with one output, nine features transposed cost 9 * 7 / 16 registers, eight 8 / 16, as stored both 1 + 1.
BOOST_AUTO_TEST_CASE(a_product_with_one_output_turns_between_eight_and_nine_features) {
  BOOST_TEST((layout_of_layer(1, 8, sixteen_lanes) == layout::rows_in_lanes));
  BOOST_TEST((layout_of_layer(1, 9, sixteen_lanes) == layout::as_stored));
}

// By hand: 784 features transposed cost 49 * (m + 6) for m outputs, as stored 50 * m.
BOOST_AUTO_TEST_CASE(an_image_is_worth_transposing_from_294_outputs_on) {
  BOOST_TEST((layout_of_layer(293, 784, sixteen_lanes) == layout::as_stored));
  BOOST_TEST((layout_of_layer(294, 784, sixteen_lanes) == layout::rows_in_lanes));
}

BOOST_AUTO_TEST_CASE(the_choice_is_the_cheaper_one_for_every_small_layer) {
  for (int lanes : {1, 8, 16})
    for (int outputs : {1, 2, 3, 5, 8, 13})
      for (int inputs = 1; inputs <= 40; ++inputs) {
        const machine on{lanes};
        const bool stored_is_cheaper =
            cost_as_stored(inputs, outputs, on) < cost_in_lanes(inputs, outputs, on);
        BOOST_TEST((layout_of_layer(outputs, inputs, on) == layout::as_stored) == stored_is_cheaper,
                   outputs << " x " << inputs << " on " << lanes << " lanes");
      }
}

BOOST_AUTO_TEST_CASE(a_column_that_is_also_read_element_by_element_is_transposed) {
  BOOST_TEST((layout_in_rows([](leaves of) {
                const ref x = of.input("x", {100});
                return dot(of.param("w", {100}), x);
              }) == layout::as_stored));
  BOOST_TEST((layout_in_rows([](leaves of) {
                const ref x = of.input("x", {100});
                return dot(of.param("w", {100}), x) + sum(square(x));
              }) == layout::rows_in_lanes));
  BOOST_TEST((layout_in_rows([](leaves of) { return of.input("x", {100}); }) == layout::rows_in_lanes));
}

BOOST_AUTO_TEST_CASE(an_outer_product_that_must_exist_needs_the_column_in_lanes) {
  const auto gradient_of_each_row = [](leaves of) {
    const ref x = of.input("x", {100});
    const ref error = dot(of.param("w", {100}), x) - of.input("y");
    return contract(error, {}, x, letters("a"), letters("a"));
  };
  BOOST_TEST((layout_in_rows(gradient_of_each_row) == layout::rows_in_lanes));
  BOOST_TEST(
      (layout_in_rows([&](leaves of) { return row_mean(gradient_of_each_row(of)); }) == layout::as_stored));
}

BOOST_AUTO_TEST_CASE(a_column_that_nothing_reads_has_no_layout) {
  const graph settled = settle(graph_of_formula([](leaves of) {
    (void)of.input("x", {3});
    return square(of.input("z"));
  }));
  BOOST_TEST((place(settled, sixteen_lanes)[0] == layout::none));
}
