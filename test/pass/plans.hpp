// SPDX-License-Identifier: BSL-1.0
// Five models whose plans are known in full, and ways to count what is in a plan.
#pragma once

#include "fusegrad/expr/expression.hpp"
#include "fusegrad/expr/literals.hpp"
#include "fusegrad/pass/define.hpp"
#include "fusegrad/pass/differentiate.hpp"
#include "fusegrad/pass/expand_gradients.hpp"
#include "fusegrad/pass/objective.hpp"
#include "fusegrad/pass/schedule.hpp"
#include "fusegrad/pass/stabilise.hpp"

namespace fusegrad::test {

/// A machine with AVX-512 and float.
inline constexpr machine sixteen_lanes{16};

/// Two features, as in the book's first model.
struct linear_regression {
  static constexpr auto formula() {
    return squared_error(dot(param<"w", 2>, input<"x", 2>) + param<"b">, target<"y">);
  }
};

/// Fashion-MNIST's images in one layer.
struct softmax_regression {
  static constexpr auto formula() {
    return cross_entropy(param<"W", 10, 784> * input<"x", 784> + param<"b", 10>, label<"y", 10>);
  }
};

/// One hidden layer.
struct perceptron {
  static constexpr auto formula() {
    const auto hidden = relu(param<"V", 256, 784> * input<"x", 784> + param<"c", 256>);
    return cross_entropy(param<"W", 10, 256> * hidden + param<"b", 10>, label<"y", 10>);
  }
};

/// A penalty that counts once per step, whatever the number of rows.
struct penalised_logistic_regression {
  static constexpr auto formula() {
    const auto w = param<"w", 30>;
    return logistic_loss(dot(w, input<"x", 30>) + param<"b">, target<"y">) + constant<0.5> * sum(square(w));
  }
};

/// Many operations per element, no product of matrices.
struct robust_scaling {
  static constexpr auto formula() {
    return sum(log1p(square(param<"w", 8> * input<"x", 8> - target<"y", 8>)));
  }
};

/// The mean of a loss over the rows with its gradients, ready to be planned.
constexpr graph settled_gradients(const graph& loss) {
  const graph stable = stabilise(objective(expand_gradients(loss)));
  std::vector<int> by;
  for (std::size_t i = 0; i < stable.symbols().size(); ++i)
    if (stable.symbols()[i].role == symbol_role::parameter) by.push_back(int(i));
  const graph derived = differentiate(stable, stable.find_output(output_role::value), by, true);
  return settle(write_definitions(stabilise(derived)));
}

template <class Model> constexpr graph settled_model() {
  return settled_gradients(lowered<decltype(Model::formula())>());
}

template <class Model> constexpr plan plan_of_model() {
  return make_plan(settled_model<Model>(), sixteen_lanes);
}

/// The layout of a symbol's column.
constexpr layout layout_of(const plan& of, std::string_view symbol) {
  for (std::size_t i = 0; i < of.symbols.size(); ++i)
    if (of.symbols[i].name == symbol) return of.column_layouts[i];
  return layout::none;
}

constexpr int steps_of_kind(const plan& of, step_kind kind) {
  int count = 0;
  for (const plan_step& each : of.steps) count += each.kind == kind ? 1 : 0;
  return count;
}

constexpr int loops_in(const plan& of, phase when) {
  int count = 0;
  for (const fused_loop& each : of.loops) count += each.when == when ? 1 : 0;
  return count;
}

/// How many operations of a plan are of this kind, and how many of these store their result.
template <class Op> constexpr int operations_of(const plan& in) {
  int count = 0;
  for (const loop_operation& each : in.operations) count += each.op == &row<Op>() ? 1 : 0;
  return count;
}
template <class Op> constexpr int stored_operations_of(const plan& in) {
  int count = 0;
  for (const loop_operation& each : in.operations) count += each.op == &row<Op>() && each.result >= 0 ? 1 : 0;
  return count;
}

/// Values of rows that are kept in memory, by loops and by steps of their own.
constexpr int buffers_in_tile(const plan& of) {
  int count = 0;
  for (const loop_operation& each : of.operations) count += of.result_of(each).where == storage::tile ? 1 : 0;
  for (const plan_step& each : of.steps)
    count += each.kind != step_kind::loops && each.target == storage::tile ? 1 : 0;
  return count;
}

/// Bytes of tile memory per row, in float, once values share what they do not need at the same time.
constexpr int tile_bytes_per_row(const plan& of) { return of.tile_elements * int(sizeof(float)); }

}  // namespace fusegrad::test
