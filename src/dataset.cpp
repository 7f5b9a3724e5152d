// SPDX-License-Identifier: BSL-1.0
// What must hold for the rows of a symbol.
#include "fusegrad/data/dataset.hpp"

#include <cmath>
#include <sstream>
#include <utility>

namespace fusegrad {
namespace {

/// The user's call, with the file if one was given: "dataset(y = ...)", "dataset(y = labels.gz)".
[[nodiscard]] std::string quoted(const symbol& named, const table& given) {
  const std::string file = given.path();
  return "dataset(" + std::string(named.name) + " = " + (file.empty() ? "..." : file) + ")";
}

void check_labels(const symbol& named, const table& given) {
  const column labels = given.view();
  const std::size_t wrong = first_without_class(named, labels);
  if (wrong == labels.rows * labels.width) return;
  std::ostringstream found;
  found << element_of(labels, wrong) << " in row " << wrong / labels.width;
  if (labels.width > 1) found << ", element " << wrong % labels.width;
  throw data_error(quoted(named, given), "a class from 0 to " + std::to_string(named.classes - 1),
                   found.str());
}

// Not in a table's own words: the width is the symbol's, so the sentence names the symbol.
table in_rows_of(const symbol& named, table given) {
  const std::size_t width = std::size_t(named.extents.elements()), numbers = given.rows() * given.width();
  const std::string count = std::to_string(width);
  if (given.has_stated_width()) {
    if (given.width() == width) return given;
    throw data_error(quoted(named, given), count + " numbers per row", std::to_string(given.width()));
  }
  if (numbers % width == 0) return with_width(std::move(given), width);
  throw data_error(quoted(named, given), "a multiple of " + count + " numbers, " + count + " per row",
                   std::to_string(numbers));
}

}  // namespace

std::size_t first_without_class(const symbol& label, const column& labels) noexcept {
  const auto is_class = [&](double number) {
    return number >= 0 && number < label.classes && number == std::floor(number);
  };
  std::size_t i = 0;
  while (i < labels.rows * labels.width && is_class(element_of(labels, i))) ++i;
  return i;
}

table rows_for(const symbol& named, table given) {
  table rows = in_rows_of(named, std::move(given));
  if (rows.rows() == 0) throw data_error(quoted(named, rows), "at least one row", "none");
  if (named.role == symbol_role::label) check_labels(named, rows);
  return rows;
}

void check_row_counts(const symbol& first, const table& rows, const symbol& second, const table& others) {
  if (rows.rows() == others.rows()) return;
  const std::string file = rows.path();
  throw data_error(quoted(second, others),
                   std::to_string(rows.rows()) + " rows, as many as " + std::string(first.name) + " has" +
                       (file.empty() ? "" : " in " + file),
                   std::to_string(others.rows()));
}

}  // namespace fusegrad
