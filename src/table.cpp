// SPDX-License-Identifier: BSL-1.0
// Tables: what does not depend on the type of their elements.
// The check of the shape, and the sharing of a file.
#include "fusegrad/data/table.hpp"

#include "fusegrad/data/error.hpp"

#include <string>

namespace fusegrad {

namespace {

[[nodiscard]] std::size_t rows_of(std::size_t values, std::size_t width) {
  if (width == 0) throw data_error("table", "a width of at least 1", "0");
  if (values % width != 0)
    throw data_error("table", "a multiple of the width " + std::to_string(width),
                     std::to_string(values) + " values");
  return values / width;
}

}  // namespace

table::table(const idx_file& file) : view_(file.view()) {
  const auto shared = std::make_shared<const idx_file>(file);
  path_ = &shared->path();
  owner_ = shared;
}

table::table(const void* values, element_type type, std::size_t count, std::optional<std::size_t> width)
    : stated_(width.has_value()), view_{values, type, rows_of(count, width.value_or(1)), width.value_or(1)} {}

std::string table::path() const { return path_ == nullptr ? std::string() : *path_; }

table scaled(table values, double factor) {
  values.view_.scale *= factor;
  return values;
}

table with_width(table values, std::size_t width) {
  values.view_.rows = rows_of(values.rows() * values.width(), width);
  values.view_.width = width;
  values.stated_ = true;
  return values;
}

}  // namespace fusegrad
