// SPDX-License-Identifier: BSL-1.0
// A named model in a header, as two translation units share it.
#pragma once

#include "fusegrad/expr/expression.hpp"

namespace fusegrad::test {

/// Softmax regression. Keyed by its own name: the types of its formulas differ between translation units.
struct softmax_regression {
  static constexpr auto x = input<"x", 4>;
  static constexpr auto y = label<"y", 3>;

  static constexpr auto logits() { return param<"W", 3, 4> * x + param<"b", 3>; }
  static constexpr auto formula() { return cross_entropy(logits(), y); }
};

/// The graph of a named model: one function for all translation units.
template <class Model> graph graph_of_model() { return lowered<decltype(Model::formula())>(); }

/// The graph of the model, as the other translation unit sees it.
graph graph_from_elsewhere();

}  // namespace fusegrad::test
