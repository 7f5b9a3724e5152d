// SPDX-License-Identifier: BSL-1.0
// The interpreter on cases done by hand: rows, levels, means, and wrong data.
#define BOOST_TEST_MODULE interpret
#include "fusegrad/run/interpret.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "fusegrad/op/words.hpp"

using namespace fusegrad;

namespace {

using numbers = std::vector<double>;

constexpr symbol x{"x", symbol_role::input, {2}, 0};
constexpr symbol w{"w", symbol_role::parameter, {2}, 0};
constexpr symbol matrix{"m", symbol_role::parameter, {2, 2}, 0};
constexpr symbol label{"y", symbol_role::label, {}, 2};

/// The value of a formula of two symbols.
numbers value(const symbol& first, const symbol& second, const std::function<ref(ref, ref)>& formula,
              const numbers& of_first, const numbers& of_second, std::size_t rows) {
  graph in;
  const ref a = symbol_in(in, first), b = symbol_in(in, second);
  const ref result = formula(a, b);
  BOOST_TEST_REQUIRE(!in.trouble());
  return interpret<double>(in, {of_first, of_second}, rows)[std::size_t(result.id.value)];
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_parameter_meets_each_row) {
  const numbers found = value(
      x, w, [](ref a, ref b) { return a * b; }, {1, 2, 3, 4, 5, 6}, {10, 100}, 3);
  BOOST_TEST(found == (numbers{10, 200, 30, 400, 50, 600}));
}

BOOST_AUTO_TEST_CASE(a_value_of_parameters_is_computed_once) {
  const numbers found = value(
      x, w, [](ref, ref b) { return b + b; }, {1, 2, 3, 4}, {10, 100}, 2);
  BOOST_TEST(found == (numbers{20, 200}));
}

BOOST_AUTO_TEST_CASE(a_sum_is_taken_within_each_row) {
  const numbers found = value(
      x, w, [](ref a, ref) { return sum(a); }, {1, 2, 3, 4}, {0, 0}, 2);
  BOOST_TEST(found == (numbers{3, 7}));
}

BOOST_AUTO_TEST_CASE(a_mean_over_rows_leaves_one_value) {
  const numbers found = value(
      x, w, [](ref a, ref) { return mean_over_rows(a); }, {1, 2, 3, 4, 8, 9}, {0, 0}, 3);
  BOOST_TEST(found == (numbers{4, 5}));
}

BOOST_AUTO_TEST_CASE(a_sum_over_rows_is_the_mean_times_their_number) {
  const numbers found = value(
      x, w, [](ref a, ref) { return sum_over_rows(a); }, {1, 2, 3, 4, 8, 9}, {0, 0}, 3);
  BOOST_TEST(found == (numbers{12, 15}));
}

BOOST_AUTO_TEST_CASE(the_mean_over_rows_of_a_parameter_is_the_parameter) {
  const numbers found = value(
      x, w, [](ref, ref b) { return apply<row_mean_op>(b); }, {1, 2, 3, 4}, {7, 8}, 2);
  BOOST_TEST(found == (numbers{7, 8}));
}

BOOST_AUTO_TEST_CASE(each_row_picks_the_class_of_its_own_label) {
  const numbers found = value(
      x, label, [](ref a, ref b) { return a[b]; }, {1, 2, 3, 4, 5, 6}, {1, 0, 1}, 3);
  BOOST_TEST(found == (numbers{2, 3, 6}));
}

BOOST_AUTO_TEST_CASE(a_matrix_is_multiplied_by_the_vector_of_each_row) {
  const numbers found = value(
      x, matrix, [](ref a, ref b) { return b * a; }, {1, 0, 1, 1}, {1, 2, 3, 4}, 2);
  BOOST_TEST(found == (numbers{1, 3, 3, 7}));
}

BOOST_AUTO_TEST_CASE(long_double_keeps_digits_that_double_loses) {
  graph in;
  const ref a = symbol_in(in, {"a", symbol_role::parameter, {}, 0});
  const ref rest = (a + 1) - a;
  BOOST_TEST(interpret<double>(in, {{1e17}}, 1)[std::size_t(rest.id.value)][0] == 0);
  BOOST_TEST(interpret<long double>(in, {{1e17L}}, 1)[std::size_t(rest.id.value)][0] == 1);
}

BOOST_AUTO_TEST_CASE(a_symbol_with_the_wrong_number_of_values_is_named) {
  graph in;
  (void)symbol_in(in, x);
  const auto says = [](const std::logic_error& error) {
    const std::string text = error.what();
    return text.find("symbol x needs 6 values, found 5") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION((void)interpret<double>(in, {{1, 2, 3, 4, 5}}, 3), std::logic_error, says);
}

BOOST_AUTO_TEST_CASE(a_symbol_without_values_is_an_error) {
  graph in;
  (void)symbol_in(in, x);
  BOOST_CHECK_THROW((void)interpret<double>(in, {}, 3), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_was_not_written_out_is_an_error_that_names_it) {
  graph in;
  const ref b = symbol_in(in, w);
  (void)grad(sum(b), b);
  const auto says = [](const std::logic_error& error) {
    return std::string(error.what()).find("operation grad has no value") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION((void)interpret<double>(in, {{1, 2}}, 1), std::logic_error, says);
}
