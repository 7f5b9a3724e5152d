// SPDX-License-Identifier: BSL-1.0
// The perceptron in plain loops that the compiler turns into vectors: a batch goes through one layer after
// the other, so that each weight that is loaded meets four rows.

#include "../peer.hpp"
#include "../problems.hpp"
#include "plain_rows.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>

namespace compare {
namespace {

constexpr std::size_t features = perceptron::features;
constexpr std::size_t hidden = perceptron::hidden;
constexpr std::size_t classes = perceptron::classes;
constexpr std::size_t batch = perceptron::batch;

// Rows beyond those of a last, smaller batch are zero.
struct buffers {
  alignas(64) float x[batch][features];
  alignas(64) float h[batch][hidden];
  alignas(64) float adjoint_h[batch][hidden];
  alignas(64) float adjoint[batch][classes];
  alignas(64) float gradient[features];
};

void load(const perceptron& problem, std::size_t begin, std::size_t count, buffers& with) {
  for (std::size_t i = 0; i < batch; ++i) {
    if (i >= count) {
      std::fill_n(with.x[i], features, 0.0F);
      continue;
    }
    const std::uint8_t* pixels = &problem.pixels[problem.order[begin + i] * features];
    for (std::size_t j = 0; j < features; ++j) with.x[i][j] = float(pixels[j]) * perceptron::pixel_scale;
  }
}

// The weights in the outer loop: two of their rows stay in the nearest cache while the batch passes.
void hidden_layer(const perceptron::parameters& parameters, buffers& with) {
  for (std::size_t m = 0; m < hidden; m += 2)
    for (std::size_t i = 0; i < batch; i += tile_rows) {
      float sums[tile_rows][2];
      inner_products<features>(&with.x[i], &parameters.hidden_weights[m * features],
                               &parameters.hidden_weights[(m + 1) * features], sums);
      for (std::size_t r = 0; r < tile_rows; ++r)
        for (std::size_t k = 0; k < 2; ++k)
          with.h[i + r][m + k] = std::max(sums[r][k] + parameters.hidden_biases[m + k], 0.0F);
    }
}

float output_layer(const perceptron& problem, const perceptron::parameters& parameters, std::size_t begin,
                   std::size_t count, buffers& with) {
  float biases[classes];
  std::copy_n(parameters.biases.begin(), classes, biases);
  float loss = 0;
  for (std::size_t i = 0; i < batch; i += tile_rows) {
    rows_of_logits rows{};
    rows.count = i < count ? std::min(count - i, tile_rows) : 0;
    for (std::size_t r = 0; r < rows.count; ++r) rows.label[r] = problem.labels[problem.order[begin + i + r]];
    for (std::size_t k = 0; k < classes; k += 2) {
      float sums[tile_rows][2];
      inner_products<hidden>(&with.h[i], &parameters.weights[k * hidden],
                             &parameters.weights[(k + 1) * hidden], sums);
      for (std::size_t r = 0; r < tile_rows; ++r) std::copy_n(sums[r], 2, &rows.adjoint[r][k]);
    }
    loss += cross_entropy(biases, 1, rows);
    std::copy_n(&rows.adjoint[0][0], tile_rows * classes, with.adjoint[i]);
  }
  return loss;
}

void adjoint_of_hidden(const perceptron::parameters& parameters, buffers& with) {
  for (std::size_t i = 0; i < batch; ++i) {
    float sums[hidden] = {};
    for (std::size_t k = 0; k < classes; ++k)
      for (std::size_t m = 0; m < hidden; ++m)
        sums[m] += with.adjoint[i][k] * parameters.weights[k * hidden + m];
    for (std::size_t m = 0; m < hidden; ++m) with.adjoint_h[i][m] = with.h[i][m] > 0 ? sums[m] : 0;
  }
}

// The gradient of one row of weights over the whole batch stays in the nearest cache, and is applied at once.
template <std::size_t Outputs, std::size_t Width>
void descend(const float (&rows)[batch][Width], const float (&adjoint)[batch][Outputs], float step,
             float* weights, float* biases, float* gradient) {
  for (std::size_t m = 0; m < Outputs; ++m) {
    std::fill_n(gradient, Width, 0.0F);
    float bias_gradient = 0;
    for (std::size_t i = 0; i < batch; i += tile_rows) {
      const float *x0 = rows[i], *x1 = rows[i + 1], *x2 = rows[i + 2], *x3 = rows[i + 3];
      const float a0 = adjoint[i][m], a1 = adjoint[i + 1][m], a2 = adjoint[i + 2][m], a3 = adjoint[i + 3][m];
      bias_gradient += a0 + a1 + a2 + a3;
      for (std::size_t j = 0; j < Width; ++j)
        gradient[j] += a0 * x0[j] + a1 * x1[j] + a2 * x2[j] + a3 * x3[j];
    }
    for (std::size_t j = 0; j < Width; ++j) weights[m * Width + j] -= step * gradient[j];
    biases[m] -= step * bias_gradient;
  }
}

double train(const perceptron& problem, buffers& with, perceptron::parameters& parameters) {
  double loss = 0;
  for (std::size_t begin = 0; begin < problem.rows(); begin += batch) {
    const std::size_t count = std::min(batch, problem.rows() - begin);
    load(problem, begin, count, with);
    hidden_layer(parameters, with);
    loss += double(output_layer(problem, parameters, begin, count, with));
    adjoint_of_hidden(parameters, with);
    const float step = problem.learning_rate / float(count);
    descend(with.h, with.adjoint, step, parameters.weights.data(), parameters.biases.data(), with.gradient);
    descend(with.x, with.adjoint_h, step, parameters.hidden_weights.data(), parameters.hidden_biases.data(),
            with.gradient);
  }
  return loss / double(problem.rows());
}

const entry<perceptron> layers{"plain loop", 1, [](const perceptron& problem) -> training<perceptron> {
                                 return [&problem, with = std::make_shared<buffers>()](auto& parameters) {
                                   return train(problem, *with, parameters);
                                 };
                               }};

}  // namespace
}  // namespace compare
