// SPDX-License-Identifier: BSL-1.0
// Datasets: who owns the rows, and what is said of rows that cannot be.
#define BOOST_TEST_MODULE dataset
#include "fusegrad/data/dataset.hpp"

#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 2>;
constexpr auto image = input<"image", 2, 3>;
constexpr auto y = label<"y", 3>;
constexpr auto price = target<"price">;

/// A stored number of a table of floats.
float float_at(const table& in, std::size_t index) {
  return static_cast<const float*>(in.view().data)[index];
}

std::string wrong_labels(auto labels) {
  return message_of<data_error>([&] { (void)dataset(y = labels); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_named_vector_is_copied_so_changing_it_later_has_no_effect) {
  std::vector<float> numbers{1, 2, 3, 4};
  const auto data = dataset(x = numbers);
  numbers = {9, 9, 9, 9};
  numbers.clear();
  BOOST_TEST(data.rows() == 2u);
  BOOST_TEST(float_at(data[x], 0) == 1);
  BOOST_TEST(float_at(data[x], 3) == 4);
}

BOOST_AUTO_TEST_CASE(a_vector_that_is_given_away_is_moved_not_copied) {
  std::vector<float> numbers{1, 2, 3, 4};
  const float* const stored = numbers.data();
  const auto data = dataset(x = std::move(numbers));
  BOOST_TEST(data[x].view().data == stored);
  BOOST_TEST(dataset(x = std::vector<float>{1, 2}).rows() == 1u);
}

BOOST_AUTO_TEST_CASE(a_constant_vector_is_copied) {
  const std::vector<double> numbers{1, 2};
  const auto data = dataset(x = numbers);
  BOOST_TEST(data[x].view().data != numbers.data());
  BOOST_TEST((data[x].view().type == element_type::float64));
}

BOOST_AUTO_TEST_CASE(a_span_is_borrowed_so_changing_its_numbers_has_an_effect) {
  std::vector<float> numbers{1, 2, 3, 4};
  const auto data = dataset(x = std::span(numbers));
  const auto constant = dataset(x = std::span<const float>(numbers));
  numbers[3] = 7;
  BOOST_TEST(data[x].view().data == numbers.data());
  BOOST_TEST(float_at(data[x], 3) == 7);
  BOOST_TEST(float_at(constant[x], 3) == 7);
}

BOOST_AUTO_TEST_CASE(a_span_of_fixed_extent_is_borrowed) {
  float numbers[] = {1, 2, 3, 4, 5, 6};
  BOOST_TEST(dataset(x = std::span(numbers)).rows() == 3u);
  BOOST_TEST(dataset(image = std::span(numbers)).rows() == 1u);
}

BOOST_AUTO_TEST_CASE(arrays_and_lists_are_copied) {
  std::array<float, 4> numbers{1, 2, 3, 4};
  std::int32_t plain[] = {5, 6};
  const auto data = dataset(x = numbers);
  const auto other = dataset(x = plain);
  numbers[3] = 9;
  plain[1] = 9;
  BOOST_TEST(data.rows() == 2u);
  BOOST_TEST(float_at(data[x], 3) == 4);
  BOOST_TEST(other.rows() == 1u);
  BOOST_TEST(static_cast<const std::int32_t*>(other[x].view().data)[1] == 6);
  BOOST_TEST(float_at(dataset(x = std::array{7.f, 8.f})[x], 1) == 8);
  BOOST_TEST(float_at(dataset(x = {7.f, 8.f})[x], 1) == 8);
  BOOST_TEST(dataset(y = {0, 2, 1}).rows() == 3u);
}

BOOST_AUTO_TEST_CASE(a_binding_that_is_kept_keeps_a_temporary_alive) {
  const auto numbers = (x = std::vector<float>(12, 7));
  auto given_away = (x = std::vector<float>(12, 7));
  const float* const stored = given_away.data.data();
  BOOST_TEST(float_at(dataset(numbers)[x], 11) == 7);
  const auto data = dataset(std::move(given_away), price = std::vector<float>(6));
  BOOST_TEST(data[x].view().data == stored);
  BOOST_TEST(float_at(data[x], 11) == 7);
}

BOOST_AUTO_TEST_CASE(a_binding_that_is_kept_does_not_take_what_has_a_name) {
  std::vector<float> numbers(4, 7);
  auto bound = (x = numbers);
  (void)dataset(std::move(bound));
  BOOST_TEST(numbers.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_loaded_file_is_shared) {
  const temporary_directory directory;
  const auto path = directory.write("images", idx_header(8, {2, 2, 3}) + std::string("abcdefghijkl"));
  const auto data = [&] { return dataset(image = read_idx(path)); }();
  const idx_file file = read_idx(path);
  const auto named = dataset(image = file);
  BOOST_TEST(data.rows() == 2u);
  BOOST_TEST(data[image].width() == 6u);
  BOOST_TEST(static_cast<const std::uint8_t*>(data[image].view().data)[11] == 'l');
  BOOST_TEST(named[image].view().data == file.view().data);
}

BOOST_AUTO_TEST_CASE(a_table_is_shared_with_its_scale) {
  const table pixels(std::vector<std::uint8_t>{0, 255, 51, 102}, 2);
  const auto data = dataset(x = scaled(pixels, 1 / 255.));
  BOOST_TEST(data[x].view().data == pixels.view().data);
  BOOST_TEST(data[x].view().scale == 1 / 255.);
}

BOOST_AUTO_TEST_CASE(a_table_without_a_width_takes_that_of_its_symbol) {
  std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  BOOST_TEST(dataset(image = scaled(numbers, 2))[image].width() == 6u);
  const auto data = dataset(x = scaled(std::span(numbers), 2));
  BOOST_TEST(data.rows() == 3u);
  BOOST_TEST(data[x].view().data == numbers.data());
  BOOST_TEST(data[x].view().scale == 2);
  const table shared = numbers;
  BOOST_TEST(dataset(x = shared).rows() == 3u);
  BOOST_TEST(dataset(image = shared).rows() == 1u);
  BOOST_TEST(message_of<data_error>([&] { (void)dataset(image = scaled(std::vector<float>(5), 2)); }) ==
             "dataset(image = ...): expected a multiple of 6 numbers, 6 per row, found 5");
  BOOST_TEST(message_of<data_error>([&] { (void)dataset(x = table(numbers, 1)); }) ==
             "dataset(x = ...): expected 2 numbers per row, found 1");
}

BOOST_AUTO_TEST_CASE(a_copy_keeps_the_rows_alive) {
  const auto copy = [] {
    const auto data = dataset(x = std::vector<float>{1, 2, 3, 4});
    return dataset_of(data);
  }();
  BOOST_TEST(float_at(copy[x], 3) == 4);
}

BOOST_AUTO_TEST_CASE(each_symbol_has_its_own_rows_whatever_the_order) {
  const auto data = dataset(y = std::vector<std::int32_t>{0, 2}, x = std::vector<float>{1, 2, 3, 4});
  using type = std::remove_cvref_t<decltype(data)>;
  static_assert(type::has<std::remove_const_t<decltype(x)>>);
  static_assert(type::has<std::remove_const_t<decltype(y)>>);
  static_assert(!type::has<std::remove_const_t<decltype(price)>>);
  BOOST_TEST(data[x].width() == 2u);
  BOOST_TEST(data[y].width() == 1u);
  BOOST_TEST(data.rows() == 2u);
}

BOOST_AUTO_TEST_CASE(counts_that_differ_are_refused_with_both_counts_and_names) {
  BOOST_TEST(message_of<data_error>([] {
               (void)dataset(x = std::vector<float>(6), price = std::vector<float>(4));
             }) == "dataset(price = ...): expected 3 rows, as many as x has, found 4");
}

BOOST_AUTO_TEST_CASE(numbers_that_fill_no_whole_row_are_refused) {
  BOOST_TEST(message_of<data_error>([] { (void)dataset(x = std::vector<float>(5)); }) ==
             "dataset(x = ...): expected a multiple of 2 numbers, 2 per row, found 5");
  const std::vector<std::uint8_t> pixels(13);
  BOOST_TEST(message_of<data_error>([&] { (void)dataset(image = std::span(pixels)); }) ==
             "dataset(image = ...): expected a multiple of 6 numbers, 6 per row, found 13");
}

BOOST_AUTO_TEST_CASE(a_table_or_file_of_another_width_is_refused) {
  BOOST_TEST(message_of<data_error>([] { (void)dataset(x = table(std::vector<float>(9), 3)); }) ==
             "dataset(x = ...): expected 2 numbers per row, found 3");
  const temporary_directory directory;
  const auto path = directory.write("images", idx_header(8, {2, 5}) + std::string("abcdefghij"));
  BOOST_TEST(message_of<data_error>([&] { (void)dataset(image = read_idx(path)); }) ==
             "dataset(image = " + path.string() + "): expected 6 numbers per row, found 5");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_file_is_said_with_its_name) {
  const temporary_directory directory;
  const std::string labels = directory.write("labels", idx_header(8, {2}) + "\1\x9").string();
  const std::string images = directory.write("images", idx_header(8, {3, 2}) + "abcdef").string();
  const std::string empty = directory.write("empty", idx_header(8, {0})).string();
  const auto complaint = [](auto call) { return message_of<data_error>(call); };
  BOOST_TEST(complaint([&] { (void)dataset(y = read_idx(labels)); }) ==
             "dataset(y = " + labels + "): expected a class from 0 to 2, found 9 in row 1");
  BOOST_TEST(complaint([&] { (void)dataset(image = scaled(read_idx(images), 1 / 255.)); }) ==
             "dataset(image = " + images + "): expected 6 numbers per row, found 2");
  BOOST_TEST(complaint([&] { (void)dataset(y = read_idx(empty)); }) ==
             "dataset(y = " + empty + "): expected at least one row, found none");
  BOOST_TEST(complaint([&] { (void)dataset(x = read_idx(images), price = read_idx(labels)); }) ==
             "dataset(price = " + labels + "): expected 3 rows, as many as x has in " + images + ", found 2");
  BOOST_TEST(complaint([&] { (void)dataset(x = read_idx(images), price = {1.f}); }) ==
             "dataset(price = ...): expected 3 rows, as many as x has in " + images + ", found 1");
}

BOOST_AUTO_TEST_CASE(data_without_a_row_are_refused) {
  BOOST_TEST(message_of<data_error>([] { (void)dataset(x = std::vector<float>()); }) ==
             "dataset(x = ...): expected at least one row, found none");
  BOOST_TEST(message_of<data_error>([] { (void)dataset(y = std::span<const std::uint8_t>()); }) ==
             "dataset(y = ...): expected at least one row, found none");
}

BOOST_AUTO_TEST_CASE(a_label_out_of_range_is_refused_with_its_row) {
  BOOST_TEST(wrong_labels(std::vector<std::uint8_t>{0, 1, 2, 3}) ==
             "dataset(y = ...): expected a class from 0 to 2, found 3 in row 3");
  BOOST_TEST(wrong_labels(std::vector<std::int32_t>{0, -1, 5}) ==
             "dataset(y = ...): expected a class from 0 to 2, found -1 in row 1");
  BOOST_TEST(wrong_labels(std::vector<float>{0, 1, 1.5f}) ==
             "dataset(y = ...): expected a class from 0 to 2, found 1.5 in row 2");
  BOOST_TEST(wrong_labels(std::vector<double>{std::numeric_limits<double>::quiet_NaN()}) ==
             "dataset(y = ...): expected a class from 0 to 2, found nan in row 0");
  BOOST_TEST(wrong_labels(std::vector<double>{0, std::numeric_limits<double>::infinity()}) ==
             "dataset(y = ...): expected a class from 0 to 2, found inf in row 1");
  BOOST_TEST(dataset(y = std::vector<float>{0, 1, 2}).rows() == 3u);
}

BOOST_AUTO_TEST_CASE(a_row_may_hold_several_labels_and_the_wrong_one_is_named) {
  constexpr auto words = label<"words", 200, 2, 2>;
  const auto complaint = [&](auto numbers) {
    return message_of<data_error>([&] { (void)dataset(words = numbers); });
  };
  BOOST_TEST(dataset(words = std::vector<std::uint8_t>{0, 199, 7, 8, 9, 10, 11, 12}).rows() == 2u);
  BOOST_TEST(dataset(words = {1, 2, 3, 4}).rows() == 1u);
  BOOST_TEST(complaint(std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 200, 7}) ==
             "dataset(words = ...): expected a class from 0 to 199, found 200 in row 1, element 2");
  BOOST_TEST(complaint(std::vector<float>{0, 1, 2, 3.5f}) ==
             "dataset(words = ...): expected a class from 0 to 199, found 3.5 in row 0, element 3");
  BOOST_TEST(complaint(std::vector<std::uint8_t>{0, 1, 2}) ==
             "dataset(words = ...): expected a multiple of 4 numbers, 4 per row, found 3");
}

BOOST_AUTO_TEST_CASE(a_label_of_two_hundred_classes_is_read_without_its_sign) {
  constexpr auto many = label<"many", 200>;
  BOOST_TEST(dataset(many = std::vector<std::uint8_t>{199}).rows() == 1u);
  BOOST_TEST(message_of<data_error>([&] { (void)dataset(many = std::vector<std::uint8_t>{200}); }) ==
             "dataset(many = ...): expected a class from 0 to 199, found 200 in row 0");
}

BOOST_AUTO_TEST_CASE(a_refused_vector_that_was_not_given_away_is_left_as_it_was) {
  const std::vector<float> before{1, 2, 3};
  std::vector<float> numbers = before;
  BOOST_CHECK_THROW((void)dataset(x = numbers), data_error);
  BOOST_TEST(numbers == before, boost::test_tools::per_element());
}
