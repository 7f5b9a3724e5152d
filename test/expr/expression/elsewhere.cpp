// SPDX-License-Identifier: BSL-1.0
// The other translation unit: it lowers formulas of its own before it meets the model.
#include "expr/expression/model.hpp"

namespace fusegrad::test {

graph graph_from_elsewhere() {
  constexpr auto other = tanh(softmax_regression::logits()) * constant<2>;
  static_assert(!facts_of<decltype(tanh(other) + other)>.trouble);
  return graph_of_model<softmax_regression>();
}

}  // namespace fusegrad::test
