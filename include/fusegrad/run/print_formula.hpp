// SPDX-License-Identifier: BSL-1.0
// Formulas as text: as they were written, and as the compiler computes them.
#pragma once

#include <string>

#include "fusegrad/compile.hpp"

namespace fusegrad {

/// A formula as it was written: `to_string(grad(f, x))` is "grad(log(1 + exp(x)), x)".
/// Cost: proportional to the text, in which a value that is used twice is spelled out twice.
template <recordable Formula> [[nodiscard]] std::string to_string(Formula) {
  const graph written = thaw(written_graph<Formula>);
  return to_text(written, written.outputs().front().id).string();
}

/// A formula as the compiler computes it, gradients written out and all of it in stable form:
/// `computed_form(grad(f, x))` is "logistic(x)".
/// Errors: compile time, those of the formula's kernel.
/// Cost:   as to_string.
template <recordable Formula> [[nodiscard]] std::string computed_form(Formula) {
  using compiled = stages<Formula, goal::rows>;
  check_whole<Formula, compiled::trouble>();
  const graph computed = thaw(compiled::simplified);
  return to_text(computed, computed.outputs().front().id).string();
}

}  // namespace fusegrad
