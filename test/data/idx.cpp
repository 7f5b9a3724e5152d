// SPDX-License-Identifier: BSL-1.0
// The IDX reader: what it reads, and one sentence for each way in which a file can be wrong.
// Damaged files are cut from good ones at every byte.
#define BOOST_TEST_MODULE idx
#include "fusegrad/data/idx.hpp"

#include "fusegrad/data/error.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;
using namespace std::string_literals;

namespace {

static_assert(!std::is_default_constructible_v<idx_file>, "there is no IDX file without content");
static_assert(std::copyable<idx_file>);
static_assert(std::derived_from<data_error, std::runtime_error>);

// Two rows of 1 x 3 bytes.
const std::string good = idx_header(0x08, {2, 1, 3}) + "\0\1\2\3\4\xff"s;

std::string message(const std::filesystem::path& path) {
  return message_of<data_error>([&] { return read_idx(path); });
}

/// The message for a file of these bytes, without the file's name, which must begin it.
std::string complaint(const std::string& bytes) {
  const temporary_directory directory;
  const std::string name = directory.write("wrong", bytes).string();
  const std::string text = message(name);
  BOOST_TEST(text.starts_with(name + ": "), text);
  return text.substr(std::min(text.size(), name.size() + 2));
}

idx_file read_from(const std::string& bytes) {
  const temporary_directory directory;
  return read_idx(directory.write("good", bytes));
}

template <class Element> std::vector<Element> values_of(const idx_file& file) {
  const auto* first = static_cast<const Element*>(file.view().data);
  return {first, first + file.rows() * file.width()};
}

// A pseudo-random body, so that gzip cannot make it small.
std::string long_file() {
  std::string body(200'000, '\0');
  std::uint32_t state = 1;
  for (char& byte : body) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return idx_header(0x08, {static_cast<std::uint32_t>(body.size())}) + body;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plain_file_gives_its_extents_and_bytes) {
  const idx_file file = read_from(good);
  BOOST_TEST(file.extents() == (std::vector<std::size_t>{2, 1, 3}), boost::test_tools::per_element());
  BOOST_TEST(file.rows() == 2u);
  BOOST_TEST(file.width() == 3u);
  BOOST_TEST((file.type() == element_type::uint8));
  BOOST_TEST(values_of<std::uint8_t>(file) == (std::vector<std::uint8_t>{0, 1, 2, 3, 4, 255}),
             boost::test_tools::per_element());
  BOOST_TEST(describe(file) == "uint8 2 x 1 x 3");
}

BOOST_AUTO_TEST_CASE(a_gzip_file_is_known_by_its_content_not_by_its_name) {
  const temporary_directory directory;
  const idx_file compressed = read_idx(directory.write("plain-name", gzip(good)));
  const idx_file plain = read_idx(directory.write("name.gz", good));
  BOOST_TEST(values_of<std::uint8_t>(compressed) == values_of<std::uint8_t>(plain),
             boost::test_tools::per_element());
  BOOST_TEST(compressed.path() == directory.path() / "plain-name");
}

BOOST_AUTO_TEST_CASE(labels_have_width_one) {
  const idx_file labels = read_from(idx_header(0x08, {3}) + "\7\0\1"s);
  BOOST_TEST(labels.rows() == 3u);
  BOOST_TEST(labels.width() == 1u);
}

BOOST_AUTO_TEST_CASE(a_file_of_no_rows_is_an_empty_column) {
  const idx_file file = read_from(idx_header(0x08, {0, 28, 28}));
  BOOST_TEST(file.rows() == 0u);
  BOOST_TEST(file.width() == 784u);
}

BOOST_AUTO_TEST_CASE(a_view_carries_shape_type_and_scale) {
  const column view = read_from(good).view(1 / 255.);
  BOOST_TEST(view.rows == 2u);
  BOOST_TEST(view.width == 3u);
  BOOST_TEST((view.type == element_type::uint8));
  BOOST_TEST(view.scale == 1 / 255.);
  BOOST_TEST(read_from(good).view().scale == 1.);
}

BOOST_AUTO_TEST_CASE(wider_elements_are_swapped_from_big_endian) {
  const idx_file integers = read_from(idx_header(0x0c, {2}) + "\x01\x02\x03\x04\xff\xff\xff\xfe"s);
  BOOST_TEST((integers.type() == element_type::int32));
  BOOST_TEST(values_of<std::int32_t>(integers) == (std::vector<std::int32_t>{0x01020304, -2}),
             boost::test_tools::per_element());

  const idx_file floats = read_from(idx_header(0x0d, {2}) + "\x3f\x80\0\0\xc0\x48\0\0"s);
  BOOST_TEST((floats.type() == element_type::float32));
  BOOST_TEST(values_of<float>(floats) == (std::vector<float>{1, -3.125f}), boost::test_tools::per_element());

  const idx_file doubles = read_from(idx_header(0x0e, {1}) + "\x3f\xf8\0\0\0\0\0\0"s);
  BOOST_TEST((doubles.type() == element_type::float64));
  BOOST_TEST(values_of<double>(doubles) == std::vector<double>{1.5}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_copy_shares_the_content_and_keeps_it_alive) {
  std::optional<idx_file> original = read_from(good);
  const idx_file copy = *original;
  BOOST_TEST(copy.view().data == original->view().data);
  original.reset();
  BOOST_TEST(values_of<std::uint8_t>(copy).back() == 255);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named) {
  const temporary_directory directory;
  const std::filesystem::path path = directory.path() / "absent";
  BOOST_TEST(message(path) == path.string() + ": expected a file, found nothing there");
}

BOOST_AUTO_TEST_CASE(a_directory_is_no_file) {
  const temporary_directory directory;
  BOOST_TEST(message(directory.path()) == directory.path().string() + ": expected a file, found a directory");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named) {
  const std::filesystem::path path = "/proc/self/mem";  // opens, but its first byte is never mapped
  if (std::filesystem::exists(path))
    BOOST_TEST(message(path) == path.string() + ": expected a readable file, found one that cannot be read");
}

BOOST_AUTO_TEST_CASE(other_formats_are_refused_with_the_bytes_found) {
  BOOST_TEST(complaint("\x89PNG\r\n") ==
             "expected an IDX file, which begins with 00 00, found the bytes 89 50 4e 47");
  BOOST_TEST(complaint("\0a"s) == "expected an IDX file, which begins with 00 00, found the bytes 00 61");
  BOOST_TEST(complaint(gzip("text")) ==
             "expected an IDX file, which begins with 00 00, found the bytes 74 65 78 74");
}

BOOST_AUTO_TEST_CASE(unsupported_element_types_are_refused) {
  for (const auto& [code, found] : {std::pair{'\x09', "0x09"}, {'\x0b', "0x0b"}, {'\0', "0x00"}})
    BOOST_TEST(
        complaint(idx_header(code, {1}) + "\0\0"s) ==
        "expected one of the element types 0x08 (uint8), 0x0c (int32), 0x0d (float32), 0x0e (float64), "
        "found "s +
            found);
}

BOOST_AUTO_TEST_CASE(a_file_needs_an_extent_and_rows_of_some_elements) {
  BOOST_TEST(complaint(idx_header(0x08, {})) == "expected at least 1 extent, found none");
  BOOST_TEST(complaint(idx_header(0x08, {2, 0})) == "expected rows of at least 1 element, found uint8 2 x 0");
}

BOOST_AUTO_TEST_CASE(a_header_cut_at_any_byte_is_truncated) {
  const std::size_t header = 16;
  for (std::size_t length = 0; length < header; ++length)
    BOOST_TEST(complaint(good.substr(0, length)) ==
               "expected an IDX header of " + std::to_string(length < 4 ? 4 : header) +
                   " bytes, found a truncated one of " + std::to_string(length));
}

BOOST_AUTO_TEST_CASE(a_body_cut_at_any_byte_is_truncated) {
  for (std::size_t length = 0; length < 6; ++length)
    BOOST_TEST(complaint(good.substr(0, 16 + length)) ==
               "expected 6 bytes after the header (uint8 2 x 1 x 3), found " + std::to_string(length) +
                   ": the file is truncated");
}

BOOST_AUTO_TEST_CASE(trailing_bytes_are_refused) {
  BOOST_TEST(complaint(good + '\0') ==
             "expected 6 bytes after the header (uint8 2 x 1 x 3), found 7: there are trailing bytes");
  BOOST_TEST(complaint(gzip(good + "more")) ==
             "expected 6 bytes after the header (uint8 2 x 1 x 3), found 10: there are trailing bytes");
}

BOOST_AUTO_TEST_CASE(a_header_that_promises_more_than_any_memory_is_refused) {
  BOOST_TEST(
      complaint(idx_header(0x0e, {0xffffffff, 0xffffffff, 0xffffffff}) + '\1') ==
      "expected 18446744073709551615 bytes after the header (float64 4294967295 x 4294967295 x 4294967295), "
      "found 1: the file is truncated");
}

BOOST_AUTO_TEST_CASE(a_gzip_file_cut_at_any_byte_is_refused) {
  const std::string compressed = gzip(good);
  for (std::size_t length = 2; length < compressed.size(); ++length)
    BOOST_TEST(complaint(compressed.substr(0, length)) ==
               "expected a complete gzip file, found one that is truncated or corrupt");
}

BOOST_AUTO_TEST_CASE(a_long_gzip_file_is_read_and_when_cut_refused) {
  const std::string plain = long_file();
  const std::string compressed = gzip(plain);
  BOOST_TEST(read_from(compressed).rows() == 200'000u);
  for (std::size_t missing = 1; missing < compressed.size(); missing = missing * 2 + 1)
    BOOST_TEST(complaint(compressed.substr(0, compressed.size() - missing)) ==
               "expected a complete gzip file, found one that is truncated or corrupt");
}

BOOST_AUTO_TEST_CASE(a_gzip_file_with_a_wrong_byte_is_refused) {
  std::string compressed = gzip(long_file());
  compressed[compressed.size() / 2] ^= 1;
  BOOST_TEST(complaint(compressed) ==
             "expected a complete gzip file, found one that is truncated or corrupt");
}

BOOST_AUTO_TEST_CASE(bytes_after_a_gzip_file_are_refused) {
  BOOST_TEST(complaint(gzip(good) + "more") ==
             "expected a complete gzip file, found one that is truncated or corrupt");
}
