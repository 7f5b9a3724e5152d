// SPDX-License-Identifier: BSL-1.0
// Formulas as text: as they were written, and as the compiler computes them.
#pragma once

#include <string>

#include "fusegrad/compile.hpp"

namespace fusegrad {

/// The first output of a graph, and of the same graph in stable form, as text.
[[nodiscard]] std::string written_text(const frozen_view& formula);
[[nodiscard]] std::string computed_text(const frozen_view& formula);

/// A formula as it was written: `to_string(grad(f, x))` is "grad(log(1 + exp(x)), x)".
/// Cost: proportional to the text, in which a value that is used twice is spelled out twice.
template <recordable Formula> [[nodiscard]] std::string to_string(Formula) {
  return written_text(view_of(written_graph<Formula>));
}

/// A formula as the compiler computes it, gradients written out and all of it in stable form:
/// `computed_form(grad(f, x))` is "logistic(x)".
/// Errors: compile time, those of the formula's kernel.
/// Cost:   the passes run once more, at run time; then as to_string.
template <recordable Formula> [[nodiscard]] std::string computed_form(Formula) {
  check_whole<Formula, settled_graph<Formula, goal::rows>.trouble>();
  return computed_text(view_of(written_graph<Formula>));
}

}  // namespace fusegrad
