// SPDX-License-Identifier: BSL-1.0
// Tables: who owns the elements, and what a kernel sees of them.
// Identity is checked by address, life time by dropping every other owner.
#define BOOST_TEST_MODULE table
#include "fusegrad/data/table.hpp"

#include "fusegrad/data/error.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;
using namespace std::string_literals;

namespace {

static_assert(type_of<std::uint8_t>() == element_type::uint8);
static_assert(type_of<const std::int32_t>() == element_type::int32);
static_assert(type_of<float>() == element_type::float32);
static_assert(type_of<const double>() == element_type::float64);

static_assert(std::is_convertible_v<std::vector<float>, table>, "data need no ceremony: x = vector");
static_assert(std::is_convertible_v<std::span<const double>, table>);
static_assert(std::is_convertible_v<std::span<std::uint8_t, 4>, table>);
static_assert(std::is_convertible_v<idx_file, table>);
static_assert(std::is_convertible_v<std::array<float, 2>, table>);
static_assert(std::is_convertible_v<const double (&)[3], table>);
static_assert(!std::is_constructible_v<table, std::array<std::int64_t, 2>>, "no kernel reads it");
static_assert(!std::is_constructible_v<table, std::vector<long double>>, "no kernel reads it");
static_assert(!std::is_constructible_v<table, std::vector<bool>>, "it has no elements in memory");

template <class Element> element_type stored_type() { return table(std::vector<Element>(2)).view().type; }

std::string message(std::size_t values, std::size_t width) {
  return message_of<data_error>([&] { return table(std::vector<float>(values), width); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_vector_is_copied_so_its_change_is_not_seen) {
  std::vector<float> values = {1, 2};
  const table copied = values;
  values[0] = 7;
  BOOST_TEST(*static_cast<const float*>(copied.view().row(0)) == 1);
}

BOOST_AUTO_TEST_CASE(a_moved_vector_is_owned_without_a_copy) {
  std::vector<float> values = {1, 2};
  const float* address = values.data();
  const table owned = std::move(values);
  BOOST_TEST(owned.view().data == address);
}

BOOST_AUTO_TEST_CASE(a_span_is_borrowed_so_a_change_is_seen) {
  std::array<double, 2> values = {1, 2};
  const table borrowed = std::span(values);
  const table borrowed_const = std::span<const double>(values);
  values[1] = 7;
  BOOST_TEST(borrowed.view().data == values.data());
  BOOST_TEST(*static_cast<const double*>(borrowed_const.view().row(1)) == 7);
}

BOOST_AUTO_TEST_CASE(an_array_is_copied_so_its_change_is_not_seen) {
  std::array<double, 2> values = {1, 2};
  float plain[] = {1, 2, 3, 4};
  const table copied = values;
  const table matrix(plain, 2);
  values[1] = 7;
  plain[3] = 7;
  BOOST_TEST(*static_cast<const double*>(copied.view().row(1)) == 2);
  BOOST_TEST(matrix.rows() == 2u);
  BOOST_TEST(*static_cast<const float*>(matrix.view().row(1)) == 3);
}

BOOST_AUTO_TEST_CASE(an_idx_file_is_shared_and_kept_alive) {
  const temporary_directory directory;
  std::optional<idx_file> file = read_idx(directory.write("file", idx_header(0x08, {2, 1, 2}) + "\1\2\3\4"s));
  const table shared = *file;
  BOOST_TEST(shared.view().data == file->view().data);
  file.reset();
  BOOST_TEST(shared.rows() == 2u);
  BOOST_TEST(shared.width() == 2u);
  BOOST_TEST(*static_cast<const std::uint8_t*>(shared.view().row(1)) == 3);
}

BOOST_AUTO_TEST_CASE(copies_share_their_elements_and_keep_them_alive) {
  std::optional<table> original = table(std::vector<std::int32_t>{5, 6});
  const table copy = *original;
  BOOST_TEST(copy.view().data == original->view().data);
  original.reset();
  BOOST_TEST(*static_cast<const std::int32_t*>(copy.view().row(1)) == 6);
}

BOOST_AUTO_TEST_CASE(the_width_divides_the_values_into_rows) {
  const table matrix(std::vector<float>{1, 2, 3, 4, 5, 6}, 3);
  BOOST_TEST(matrix.rows() == 2u);
  BOOST_TEST(matrix.width() == 3u);
  BOOST_TEST(matrix.view().rows == 2u);
  BOOST_TEST(matrix.view().width == 3u);
  BOOST_TEST(*static_cast<const float*>(matrix.view().row(1)) == 4);
  BOOST_TEST(table(std::vector<float>(6)).width() == 1u);
}

BOOST_AUTO_TEST_CASE(a_width_can_be_stated_later) {
  const table values = std::vector<float>{1, 2, 3, 4, 5, 6};
  BOOST_TEST(!values.has_stated_width());
  const table rows = with_width(scaled(values, 2), 3);
  BOOST_TEST(rows.has_stated_width());
  BOOST_TEST(rows.rows() == 2u);
  BOOST_TEST(rows.width() == 3u);
  BOOST_TEST(rows.view().scale == 2);
  BOOST_TEST(rows.view().data == values.view().data);
  BOOST_TEST(table(std::vector<float>(6), 1).has_stated_width());
  BOOST_TEST(message_of<data_error>([&] { (void)with_width(values, 4); }) ==
             "table: expected a multiple of the width 4, found 6 values");
}

BOOST_AUTO_TEST_CASE(a_table_knows_its_file_also_when_scaled) {
  const temporary_directory directory;
  const auto path = directory.write("file", idx_header(0x08, {2}) + "\1\2");
  const table rows = scaled(read_idx(path), 2);
  BOOST_TEST(rows.path() == path);
  BOOST_TEST(rows.has_stated_width());
  BOOST_TEST(table(std::vector<float>{1}).path().empty());
}

BOOST_AUTO_TEST_CASE(a_table_may_have_no_rows) {
  BOOST_TEST(table(std::vector<float>(), 3).rows() == 0u);
  BOOST_TEST(table(std::vector<float>(), 3).width() == 3u);
}

BOOST_AUTO_TEST_CASE(each_element_type_is_kept) {
  BOOST_TEST((stored_type<std::uint8_t>() == element_type::uint8));
  BOOST_TEST((stored_type<std::int32_t>() == element_type::int32));
  BOOST_TEST((stored_type<float>() == element_type::float32));
  BOOST_TEST((stored_type<double>() == element_type::float64));
}

BOOST_AUTO_TEST_CASE(scaling_multiplies_the_scale_and_touches_no_element) {
  const table pixels = std::vector<std::uint8_t>{0, 255};
  const table scaled_twice = scaled(scaled(pixels, 1 / 255.), 2);
  BOOST_TEST(pixels.view().scale == 1);
  BOOST_TEST(scaled_twice.view().scale == 1 / 255. * 2);
  BOOST_TEST(scaled_twice.view().data == pixels.view().data);
  BOOST_TEST((scaled_twice.view().type == element_type::uint8));
}

BOOST_AUTO_TEST_CASE(what_converts_to_a_table_can_be_scaled) {
  BOOST_TEST(scaled(std::vector<float>{1}, 3).view().scale == 3);
}

BOOST_AUTO_TEST_CASE(a_length_that_is_no_multiple_of_the_width_is_refused) {
  BOOST_TEST(message(7, 3) == "table: expected a multiple of the width 3, found 7 values");
  BOOST_TEST(message(2, 3) == "table: expected a multiple of the width 3, found 2 values");
  std::array<float, 5> values{};
  BOOST_TEST(message_of<data_error>([&] { return table(std::span(values), 2); }) ==
             "table: expected a multiple of the width 2, found 5 values");
}

BOOST_AUTO_TEST_CASE(a_width_of_zero_is_refused) {
  BOOST_TEST(message(0, 0) == "table: expected a width of at least 1, found 0");
  BOOST_TEST(message(4, 0) == "table: expected a width of at least 1, found 0");
}
