// SPDX-License-Identifier: BSL-1.0
// Formulas as text. The passes are ordinary functions: they run here at run time.
#include "fusegrad/run/print_formula.hpp"

namespace fusegrad {
namespace {

std::string text_of(const graph& of) { return to_text(of, of.outputs().front().id).string(); }

}  // namespace

std::string written_text(const frozen_view& formula) { return text_of(thaw(formula)); }

std::string computed_text(const frozen_view& formula) {
  return text_of(pipeline::stable(pipeline::expanded(thaw(formula), goal::gradient)));
}

}  // namespace fusegrad
