// SPDX-License-Identifier: BSL-1.0
// What must hold for the rows of a symbol.
#include "fusegrad/data/dataset.hpp"

#include <cmath>
#include <sstream>

namespace fusegrad {
namespace {

[[nodiscard]] std::string quoted(const symbol& named) {
  return "dataset(" + std::string(named.name) + " = ...)";
}

/// The value of one stored element, before its scale.
[[nodiscard]] double stored_value(const column& from, std::size_t row) {
  switch (from.type) {
    case element_type::uint8: return static_cast<const std::uint8_t*>(from.data)[row];
    case element_type::int32: return static_cast<const std::int32_t*>(from.data)[row];
    case element_type::float32: return double(static_cast<const float*>(from.data)[row]);
    case element_type::float64: return static_cast<const double*>(from.data)[row];
  }
  return 0;
}

void check_labels(const symbol& named, const column& labels) {
  for (std::size_t row = 0; row < labels.rows; ++row) {
    const double value = labels.scale * stored_value(labels, row);
    if (value >= 0 && value < named.classes && value == std::floor(value)) continue;
    std::ostringstream found;
    found << value << " in row " << row;
    throw data_error(quoted(named), "a class from 0 to " + std::to_string(named.classes - 1), found.str());
  }
}

}  // namespace

void check_rows(const symbol& named, const table& rows) {
  const std::size_t width = std::size_t(named.extents.elements());
  if (rows.width() != width)
    throw data_error(quoted(named), std::to_string(width) + " numbers per row", std::to_string(rows.width()));
  if (rows.rows() == 0) throw data_error(quoted(named), "at least one row", "none");
  if (named.role == symbol_role::label) check_labels(named, rows.view());
}

void check_size(const symbol& named, std::size_t numbers) {
  const std::string width = std::to_string(named.extents.elements());
  if (numbers % std::size_t(named.extents.elements()) != 0)
    throw data_error(quoted(named), "a multiple of " + width + " numbers, " + width + " per row",
                     std::to_string(numbers));
}

void check_row_counts(const symbol& first, const table& rows, const symbol& second, const table& others) {
  if (rows.rows() == others.rows()) return;
  throw data_error(quoted(second),
                   std::to_string(rows.rows()) + " rows, as many as " + std::string(first.name) + " has",
                   std::to_string(others.rows()));
}

}  // namespace fusegrad
