// SPDX-License-Identifier: BSL-1.0
// The sentences for numbers that are none, and the search for what made them so.
#include "fusegrad/train/non_finite.hpp"

#include <cmath>
#include <sstream>
#include <string>

namespace fusegrad {
namespace {

/// Says which number of a row is NaN or infinite; empty if none is.
[[nodiscard]] std::string wrong_number(std::span<const symbol> symbols,
                                       std::span<const column* const> columns, std::size_t row) {
  for (std::size_t i = 0; i < symbols.size(); ++i)
    for (std::size_t k = 0; columns[i] != nullptr && k < columns[i]->width; ++k) {
      const double value = element_of(*columns[i], row * columns[i]->width + k);
      if (std::isfinite(value)) continue;
      std::ostringstream text;
      text << symbols[i].name << "[" << k << "] of that row is " << value;
      return text.str();
    }
  return {};
}

constexpr auto unharmed = "; the parameters are as they were before this step";

}  // namespace

std::string element_name(const symbol& named, std::size_t element) {
  const tensor_shape& extents = named.extents;
  std::string text(named.name);
  for (int axis = 0; axis < extents.rank; ++axis) {
    const std::size_t coordinate = element / std::size_t(extents.stride(axis)) % std::size_t(extents[axis]);
    text += (axis == 0 ? "(" : ", ") + std::to_string(coordinate);
  }
  return extents.rank == 0 ? text : text + ")";
}

void report_non_finite(const step_report& report, std::span<const symbol> symbols,
                       std::span<const column* const> columns, const row_selection& rows) {
  if (report.bad_row != no_row) {
    const std::string found = wrong_number(symbols, columns, report.bad_row);
    throw non_finite_error(
        "the loss of row " + std::to_string(report.bad_row) + " is NaN or infinite: " +
        (found.empty() ? "its data are finite, so the parameters are too large or the loss is undefined there"
                       : found) +
        unharmed);
  }
  if (report.bad_gradient_row != no_row) {
    const std::string found = wrong_number(symbols, columns, report.bad_gradient_row);
    throw non_finite_error("the gradient of row " + std::to_string(report.bad_gradient_row) +
                           " is NaN or infinite: " +
                           (found.empty() ? "its loss is finite, and so are its data" : found) + unharmed);
  }
  // A loss can hide a number that its gradient meets: relu(NaN) may be 0, but the slope times NaN is NaN.
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::string found = wrong_number(symbols, columns, rows[i]);
    if (!found.empty())
      throw non_finite_error("the gradient is NaN or infinite because of row " + std::to_string(rows[i]) +
                             ": " + found + unharmed);
  }
  throw non_finite_error(
      std::string("the gradient, or a penalty, is NaN or infinite, though the loss of every row is finite") +
      unharmed);
}

void report_non_finite_parameter(const symbol& parameter, std::size_t element, double value) {
  std::ostringstream text;
  text << "this step would make " << element_name(parameter, element) << " " << value
       << ": the learning rate is too large for its gradient" << unharmed;
  throw non_finite_error(text.str());
}

void report_nan_logit(std::size_t row, std::span<const symbol> symbols,
                      std::span<const column* const> columns) {
  const std::string found = wrong_number(symbols, columns, row);
  throw non_finite_error(
      "row " + std::to_string(row) + " has no greatest logit, since one is NaN: " +
      (found.empty()
           ? "its data are finite, so the parameters are too large or the logits are undefined there"
           : found));
}

}  // namespace fusegrad
