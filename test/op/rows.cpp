// SPDX-License-Identifier: BSL-1.0
// Means over rows and walls for gradients, as nodes; their values over many rows are the interpreter's tests.
#define BOOST_TEST_MODULE rows
#include "fusegrad/op/rows.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref of_row(graph& in) { return symbol_in(in, {"x", symbol_role::input, {2}, 0}); }
constexpr ref of_step(graph& in) { return symbol_in(in, {"w", symbol_role::parameter, {2}, 0}); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_mean_over_rows_belongs_to_the_step) {
  holds<[] {
    graph in;
    const ref mean = mean_over_rows(of_row(in));
    return is<row_mean_op>(mean) && mean->depends == level::parameter && mean.extents() == tensor_shape{2};
  }>();
}

BOOST_AUTO_TEST_CASE(what_is_the_same_for_all_rows_is_its_own_mean) {
  holds<[] {
    graph in;
    const ref w = of_step(in);
    return same(mean_over_rows(w), w);
  }>();
}

BOOST_AUTO_TEST_CASE(a_penalty_is_kept_out_of_the_mean) {
  holds<[] {
    graph in;
    const ref x = of_row(in), w = of_step(in);
    return same(mean_over_rows(x + w), mean_over_rows(x) + w) &&
           same(mean_over_rows(w - x), w - mean_over_rows(x));
  }>();
}

BOOST_AUTO_TEST_CASE(a_sum_over_rows_counts_what_is_the_same_once_per_row) {
  holds<[] {
    graph in;
    const ref w = of_step(in);
    return same(sum_over_rows(w), row_count_in(in) * w) && sum_over_rows(w)->depends == level::parameter;
  }>();
}

BOOST_AUTO_TEST_CASE(labels_and_comparisons_have_no_mean) {
  holds<[] {
    graph in;
    (void)mean_over_rows(symbol_in(in, {"y", symbol_role::label, {}, 3}));
    return in.trouble().kind == problem_kind::label_is_no_number;
  }>();
  holds<[] {
    graph in;
    (void)mean_over_rows(of_row(in) > 0);
    return in.trouble().kind == problem_kind::condition_is_no_number;
  }>();
}

BOOST_AUTO_TEST_CASE(a_wall_keeps_the_value_and_stops_the_gradient) {
  holds<[] {
    worked on;
    const ref a = on.vector({2, 3});
    const ref loss = sum(stop_gradient(a) * a);
    return on.value(loss) == numbers{13} && on.gradient(loss, a) == numbers{2, 3};
  }>();
}

BOOST_AUTO_TEST_CASE(rows_print_as_calls) {
  holds<[] {
    graph in;
    const ref x = of_row(in);
    return to_text(in, mean_over_rows(square(x)).id) == text("mean_over_rows(square(x))") &&
           to_text(in, sum_over_rows(x).id) == text("rows * mean_over_rows(x)") &&
           to_text(in, stop_gradient(x).id) == text("stop_gradient(x)");
  }>();
}
