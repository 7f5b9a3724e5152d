// SPDX-License-Identifier: BSL-1.0
// The sentences for numbers that are NaN or infinite: losses, gradients, parameters, logits.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

#include "fusegrad/graph/node.hpp"
#include "fusegrad/run/executor.hpp"

namespace fusegrad {

/// A loss, a gradient, a new parameter or a logit that is NaN or infinite. Parameters are as they were.
struct non_finite_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An element of a symbol as the user would write it: "W(3, 17)", or the name alone if it is a number.
[[nodiscard]] std::string element_name(const symbol& named, std::size_t element);

/// Says what was not finite, and in which of the rows.
/// Errors:  always throws non_finite_error.
[[noreturn]] void report_non_finite(const step_report& report, std::span<const symbol> symbols,
                                    std::span<const column* const> columns, const row_selection& rows);

/// Says which parameter a step would have made NaN or infinite.
/// Errors:  always throws non_finite_error.
[[noreturn]] void report_non_finite_parameter(const symbol& parameter, std::size_t element, double value);

/// Says in which row a logit is NaN.
/// Errors:  always throws non_finite_error.
[[noreturn]] void report_nan_logit(std::size_t row, std::span<const symbol> symbols,
                                   std::span<const column* const> columns);

}  // namespace fusegrad
