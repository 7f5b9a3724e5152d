// SPDX-License-Identifier: BSL-1.0
// Reader of IDX files: bytes from disk, inflated if need be, header parsed, body checked and swapped.
// The header is believed only after the body's length agrees, so no lie in it can allocate memory.
#include "fusegrad/data/idx.hpp"

#include "fusegrad/data/error.hpp"

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <ios>
#include <limits>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace fusegrad {

struct idx_file::content {
  std::string path;
  element_type type;
  std::vector<std::size_t> extents;
  std::vector<char> bytes;
};

namespace {

namespace io = boost::iostreams;
using byte_string = std::vector<char>;

constexpr std::size_t magic_bytes = 4;
constexpr std::size_t extent_bytes = 4;

struct header {
  element_type type;
  std::vector<std::size_t> extents;
};

struct type_code {
  unsigned char code;
  element_type type;
  std::string_view name;
};

constexpr type_code type_codes[] = {{0x08, element_type::uint8, "uint8"},
                                    {0x0c, element_type::int32, "int32"},
                                    {0x0d, element_type::float32, "float32"},
                                    {0x0e, element_type::float64, "float64"}};

unsigned char byte_at(const byte_string& bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

std::string hexadecimal(unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {digits[byte / 16], digits[byte % 16]};
}

std::string first_bytes(const byte_string& bytes) {
  std::string text = "the bytes";
  for (std::size_t i = 0; i < std::min(bytes.size(), magic_bytes); ++i)
    text += ' ' + hexadecimal(byte_at(bytes, i));
  return text;
}

std::string in_words(element_type type, const std::vector<std::size_t>& extents) {
  const auto* entry = std::ranges::find(type_codes, type, &type_code::type);
  std::string text = std::string(entry->name) + ' ' + std::to_string(extents.front());
  for (std::size_t extent : std::span(extents).subspan(1)) text += " x " + std::to_string(extent);
  return text;
}

// Saturates instead of wrapping round: no file is that long, so the check of the length still fails.
std::size_t product(std::size_t factor, std::span<const std::size_t> extents) {
  constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();
  for (std::size_t extent : extents)
    factor = extent != 0 && factor > largest / extent ? largest : factor * extent;
  return factor;
}

void require_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) throw data_error(path, "a file", "nothing there");
  if (std::filesystem::is_directory(path, ignored)) throw data_error(path, "a file", "a directory");
}

byte_string read_bytes(const std::string& path) try {
  require_file(path);
  std::ifstream file;
  file.exceptions(std::ios::failbit | std::ios::badbit);
  file.open(path, std::ios::binary);
  byte_string bytes;
  io::copy(file, io::back_inserter(bytes));
  return bytes;
} catch (const std::ios_base::failure&) {
  throw data_error(path, "a readable file", "one that cannot be read");
}

bool is_gzip(const byte_string& bytes) {
  return bytes.size() >= 2 && byte_at(bytes, 0) == 0x1f && byte_at(bytes, 1) == 0x8b;
}

// Not a filtering_istream: a stream swallows the filter's exception and looks like the end of the file.
byte_string inflate(const byte_string& compressed, const std::string& where) try {
  io::filtering_istreambuf stream;
  stream.push(io::gzip_decompressor());
  stream.push(io::array_source(compressed.data(), compressed.size()));
  byte_string bytes;
  io::copy(stream, io::back_inserter(bytes));
  return bytes;
} catch (const std::ios_base::failure&) {
  throw data_error(where, "a complete gzip file", "one that is truncated or corrupt");
}

element_type parse_type(unsigned char code, const std::string& where) {
  const auto* entry = std::ranges::find(type_codes, code, &type_code::code);
  if (entry != std::end(type_codes)) return entry->type;
  std::string known;
  for (const type_code& each : type_codes)
    known += (known.empty() ? "0x" : ", 0x") + hexadecimal(each.code) + " (" + std::string(each.name) + ")";
  throw data_error(where, "one of the element types " + known, "0x" + hexadecimal(code));
}

void require_header_bytes(const byte_string& bytes, std::size_t expected, const std::string& where) {
  if (bytes.size() < expected)
    throw data_error(where, "an IDX header of " + std::to_string(expected) + " bytes",
                     "a truncated one of " + std::to_string(bytes.size()));
}

std::size_t extent_at(const byte_string& bytes, std::size_t position) {
  std::size_t extent = 0;
  for (std::size_t i = 0; i < extent_bytes; ++i) extent = extent * 256 + byte_at(bytes, position + i);
  return extent;
}

// Of a file shorter than that, all bytes: it is then reported as truncated.
bool begins_with_zeros(const byte_string& bytes) {
  const auto beginning = std::span(bytes).first(std::min<std::size_t>(bytes.size(), 2));
  return std::ranges::all_of(beginning, [](char byte) { return byte == 0; });
}

header parse_header(const byte_string& bytes, const std::string& where) {
  if (!begins_with_zeros(bytes))
    throw data_error(where, "an IDX file, which begins with 00 00", first_bytes(bytes));
  require_header_bytes(bytes, magic_bytes, where);
  header result{parse_type(byte_at(bytes, 2), where), std::vector<std::size_t>(byte_at(bytes, 3))};
  require_header_bytes(bytes, magic_bytes + extent_bytes * result.extents.size(), where);
  for (std::size_t i = 0; i < result.extents.size(); ++i)
    result.extents[i] = extent_at(bytes, magic_bytes + extent_bytes * i);
  return result;
}

// A file of no rows is an empty column; rows of no elements, or no extent to count rows by, are no column.
void require_elements_in_a_row(const header& head, const std::string& where) {
  if (head.extents.empty()) throw data_error(where, "at least 1 extent", "none");
  if (std::ranges::find(head.extents.begin() + 1, head.extents.end(), 0u) != head.extents.end())
    throw data_error(where, "rows of at least 1 element", in_words(head.type, head.extents));
}

void require_body_bytes(const header& head, std::size_t found, const std::string& where) {
  const std::size_t expected = product(bytes_of(head.type), head.extents);
  if (found != expected)
    throw data_error(
        where,
        std::to_string(expected) + " bytes after the header (" + in_words(head.type, head.extents) + ")",
        std::to_string(found) +
            (found < expected ? ": the file is truncated" : ": there are trailing bytes"));
}

// The elements of an IDX file are big-endian.
void to_native_order(byte_string& body, std::size_t element_bytes) {
  if constexpr (std::endian::native == std::endian::little)
    for (auto it = body.begin(); element_bytes > 1 && it != body.end(); it += std::ptrdiff_t(element_bytes))
      std::reverse(it, it + std::ptrdiff_t(element_bytes));
}

}  // namespace

idx_file::idx_file(std::shared_ptr<const content> shared) noexcept : content_(std::move(shared)) {}

const std::string& idx_file::path() const noexcept { return content_->path; }
const std::vector<std::size_t>& idx_file::extents() const noexcept { return content_->extents; }
element_type idx_file::type() const noexcept { return content_->type; }
std::size_t idx_file::rows() const noexcept { return extents().front(); }
std::size_t idx_file::width() const noexcept { return product(1, std::span(extents()).subspan(1)); }

column idx_file::view(double scale) const noexcept {
  return {content_->bytes.data(), type(), rows(), width(), scale};
}

idx_file read_idx(const std::string& path) {
  const std::string where = path;
  byte_string bytes = read_bytes(path);
  if (is_gzip(bytes)) bytes = inflate(bytes, where);
  header head = parse_header(bytes, where);
  require_elements_in_a_row(head, where);
  bytes.erase(bytes.begin(),
              bytes.begin() + std::ptrdiff_t(magic_bytes + extent_bytes * head.extents.size()));
  require_body_bytes(head, bytes.size(), where);
  to_native_order(bytes, bytes_of(head.type));
  return idx_file(std::make_shared<const idx_file::content>(
      idx_file::content{path, head.type, std::move(head.extents), std::move(bytes)}));
}

std::string describe(const idx_file& file) { return in_words(file.type(), file.extents()); }

}  // namespace fusegrad
