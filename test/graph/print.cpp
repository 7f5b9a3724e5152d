// SPDX-License-Identifier: BSL-1.0
// Formulas are printed as a reader would write them, with the parentheses that they need and no others.
#define BOOST_TEST_MODULE print
#include "fusegrad/graph/print.hpp"

#include <limits>

#include "base/twice.hpp"
#include "fusegrad/op/words.hpp"

using namespace fusegrad;
using fusegrad::test::holds;

namespace {

template <class Formula> constexpr bool prints(Formula formula, std::string_view wanted) {
  graph in;
  const ref a = symbol_in(in, {"a", symbol_role::input, {}, 0}),
            b = symbol_in(in, {"b", symbol_role::input, {}, 0}),
            c = symbol_in(in, {"c", symbol_role::input, {}, 0});
  return to_text(in, formula(a, b, c).id).view() == wanted;
}

constexpr bool writes(double number, std::string_view wanted) { return to_text(number).view() == wanted; }

}  // namespace

BOOST_AUTO_TEST_CASE(sums_need_no_parentheses_on_the_left) {
  holds<[] { return prints([](ref a, ref b, ref c) { return a + b + c; }, "a + b + c"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return a - b - c; }, "a - b - c"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return a - b + c; }, "a - b + c"); }>();
}

BOOST_AUTO_TEST_CASE(what_is_subtracted_is_enclosed_if_it_is_a_sum) {
  holds<[] { return prints([](ref a, ref b, ref c) { return a - (b + c); }, "a - (b + c)"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return a - (b - c); }, "a - (b - c)"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return a - b * c; }, "a - b * c"); }>();
}

BOOST_AUTO_TEST_CASE(products_bind_stronger_than_sums) {
  holds<[] { return prints([](ref a, ref b, ref c) { return (a + b) * c; }, "(a + b) * c"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return a * (b - c); }, "a * (b - c)"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return a * b + c; }, "a * b + c"); }>();
}

BOOST_AUTO_TEST_CASE(a_divisor_is_enclosed_if_it_is_a_product_or_quotient) {
  holds<[] { return prints([](ref a, ref b, ref c) { return a / (b * c); }, "a / (b * c)"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return a / (b / c); }, "a / (b / c)"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return a / b / c; }, "a / b / c"); }>();
}

BOOST_AUTO_TEST_CASE(a_sign_binds_stronger_than_a_product) {
  holds<[] { return prints([](ref a, ref b, ref) { return -a * b; }, "-a * b"); }>();
  holds<[] { return prints([](ref a, ref b, ref) { return -(a * b); }, "-(a * b)"); }>();
  holds<[] { return prints([](ref a, ref b, ref) { return -(a + b); }, "-(a + b)"); }>();
}

BOOST_AUTO_TEST_CASE(comparisons_bind_weakest) {
  holds<[] {
    return prints([](ref a, ref b, ref c) { return where(a + b < c, a, b); }, "where(a + b < c, a, b)");
  }>();
}

BOOST_AUTO_TEST_CASE(arguments_of_calls_need_no_parentheses) {
  holds<[] { return prints([](ref a, ref b, ref) { return exp(a + b); }, "exp(a + b)"); }>();
  holds<[] { return prints([](ref a, ref b, ref c) { return max(a + b, c); }, "max(a + b, c)"); }>();
  holds<[] { return prints([](ref a, ref, ref) { return pow<-0.5>(a); }, "pow<-0.5>(a)"); }>();
}

BOOST_AUTO_TEST_CASE(numbers_are_written_shortly) {
  holds<[] { return writes(0, "0") && writes(1, "1") && writes(-2, "-2") && writes(784, "784"); }>();
  holds<[] { return writes(0.5, "0.5") && writes(-0.125, "-0.125") && writes(0.1, "0.1"); }>();
  holds<[] { return writes(1.0 / 3, "0.333333") && writes(2.0 / 3, "0.666667"); }>();
  holds<[] { return writes(1e9, "1e9") && writes(1e-7, "1e-7") && writes(-2.5e12, "-2.5e12"); }>();
}

BOOST_AUTO_TEST_CASE(whole_numbers_of_every_size_are_written_in_decimal_digits) {
  holds<[] {
    return to_text(0) == text("0") && to_text(10) == text("10") && to_text(-604) == text("-604");
  }>();
}

BOOST_AUTO_TEST_CASE(large_and_small_numbers_keep_six_digits) {
  holds<[] { return writes(1e15, "1e15") && writes(1e16, "1e16") && writes(1e300, "1e300"); }>();
  holds<[] { return writes(1234567890.0, "1.234568e9"); }>();
}

BOOST_AUTO_TEST_CASE(what_is_no_finite_number_is_named) {
  holds<[] {
    const double infinity = std::numeric_limits<double>::infinity();
    return writes(infinity, "inf") && writes(-infinity, "-inf") &&
           writes(std::numeric_limits<double>::quiet_NaN(), "nan");
  }>();
}

BOOST_AUTO_TEST_CASE(shapes_are_written_in_brackets) {
  holds<[] {
    return to_text(tensor_shape{}) == text("scalar") && to_text(tensor_shape{784}) == text("[784]") &&
           to_text(tensor_shape{10, 784}) == text("[10, 784]");
  }>();
}

BOOST_AUTO_TEST_CASE(a_shared_value_is_printed_by_its_name) {
  holds<[] {
    graph in;
    const ref a = symbol_in(in, {"a", symbol_role::input, {}, 0});
    const ref shared = a + 1;
    const ref root = shared * exp(shared);
    std::vector<text> names(std::size_t(in.size()));
    names[std::size_t(shared.id.value)] = "t";
    return print_node(in, root.id, names).text.view() == "t * exp(t)" &&
           print_node(in, shared.id, names).text.view() == "a + 1";
  }>();
}
