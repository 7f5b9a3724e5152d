// SPDX-License-Identifier: BSL-1.0
// Pictures of a formula for Graphviz: its values as they were written, as they are computed, with their
// gradients, and as a kernel computes them, loop by loop.
#pragma once

#include <string>

#include "fusegrad/run/explain.hpp"
#include "fusegrad/run/formula_text.hpp"

namespace fusegrad {

/// A graph in the language of Graphviz's `dot`: a box for each value, with its operation and its shape.
/// Constants are grey, what belongs to a step is blue, what only a gradient needs is orange.
[[nodiscard]] std::string dot_of_graph(const graph& shown);

/// The plan of a formula: what one loop computes stands in one frame.
[[nodiscard]] std::string dot_of_plan(const explained_formula& formula);

/// The values of a formula as a picture: `std::ofstream("loss.dot") << to_dot(loss);`, then
/// `dot -Tsvg loss.dot -o loss.svg`.
/// Errors: compile time, those of the formula.
/// Cost:   proportional to the number of distinct values.
template <form Form = form::written, whole_formula Formula> [[nodiscard]] std::string to_dot(Formula) {
  return dot_of_graph(showing::graph_of<Formula>(Form));
}

/// The plan of a formula's kernel as a picture: each fused loop is a frame, values with a double border are
/// stored, the others live in registers.
/// Errors: compile time, those of the formula's kernel.
/// Cost:   the passes run once more, at run time; no kernel is compiled for it.
template <class Arch = native_arch, whole_formula Formula> [[nodiscard]] std::string plan_to_dot(Formula) {
  const machine target{int(lane_count<float, Arch>)};
  return dot_of_plan(formula_to_explain<Formula>(target, simd::name_of<Arch>()));
}

}  // namespace fusegrad
