// SPDX-License-Identifier: BSL-1.0
// Linear regression in small steps, by hand. A step waits for the one before it, so only the length of the
// chain of operations from weights to weights counts: sums are trees, and all that needs no weights, as the
// product of inputs and step length, is computed beside the chain.

#include "../peer.hpp"
#include "../problems.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace compare {
namespace {

// Two rows of two features.
using rows_2 [[gnu::vector_size(4 * sizeof(float))]] = float;

constexpr std::size_t batch = linear_regression::batch;
static_assert(batch == 10 && linear_regression::features == 2);

rows_2 features_swapped(rows_2 x) { return __builtin_shufflevector(x, x, 1, 0, 3, 2); }
rows_2 rows_swapped(rows_2 x) { return __builtin_shufflevector(x, x, 2, 3, 0, 1); }

// Every row twice.
struct state {
  rows_2 weights;
  rows_2 bias;
  rows_2 squares;
};

// The rows `first` and `second` of the inputs, and their targets, once per feature.
struct row_pair {
  rows_2 x;
  rows_2 y;
};

row_pair read(const linear_regression& problem, std::size_t first, std::size_t second) {
  const float* a = &problem.inputs[2 * first];
  const float* b = &problem.inputs[2 * second];
  const float y_a = problem.targets[first];
  const float y_b = problem.targets[second];
  return {rows_2{a[0], a[1], b[0], b[1]}, rows_2{y_a, y_a, y_b, y_b}};
}

rows_2 residual(const row_pair& rows, const state& now) {
  const rows_2 products = rows.x * now.weights;
  return (products + (now.bias - rows.y)) + features_swapped(products);
}

// The sum of a batch's five terms.
rows_2 tree(rows_2 a, rows_2 b, rows_2 c, rows_2 d, rows_2 e) { return ((a + b) + (c + d)) + e; }

void take_step(const linear_regression& problem, const std::uint32_t* order, float step, state& now) {
  const auto pair = [&](std::size_t n) { return read(problem, order[2 * n], order[2 * n + 1]); };
  const row_pair a = pair(0), b = pair(1), c = pair(2), d = pair(3), e = pair(4);
  const rows_2 r_a = residual(a, now), r_b = residual(b, now), r_c = residual(c, now), r_d = residual(d, now),
               r_e = residual(e, now);
  const rows_2 moved = tree(r_a * (step * a.x), r_b * (step * b.x), r_c * (step * c.x), r_d * (step * d.x),
                            r_e * (step * e.x));
  const rows_2 bias_moved = step * tree(r_a, r_b, r_c, r_d, r_e);
  now.squares += tree(r_a * r_a, r_b * r_b, r_c * r_c, r_d * r_d, r_e * r_e);
  now.weights = (now.weights - moved) - rows_swapped(moved);
  now.bias = (now.bias - bias_moved) - rows_swapped(bias_moved);
}

double train(const linear_regression& problem, linear_regression::parameters& parameters) {
  const float step = problem.learning_rate / float(batch);
  const auto [w, bias] = parameters;
  state now{rows_2{w[0], w[1], w[0], w[1]}, rows_2{bias, bias, bias, bias}, rows_2{}};
  double loss = 0;
  for (std::size_t epoch = 0; epoch < problem.epochs; ++epoch) {
    loss = 0;
    const auto order = problem.order.subspan(epoch * problem.rows(), problem.rows());
    for (std::size_t n = 0; n < order.size(); n += batch) {
      now.squares = rows_2{};
      take_step(problem, &order[n], step, now);
      loss += double(now.squares[0] + now.squares[2]);
    }
  }
  parameters = {{now.weights[0], now.weights[1]}, now.bias[0]};
  return loss / 2 / double(problem.rows());
}

const entry<linear_regression> linear{"hand-written", 1, unprepared<linear_regression>(train)};

}  // namespace
}  // namespace compare
