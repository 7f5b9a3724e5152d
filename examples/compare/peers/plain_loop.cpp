// SPDX-License-Identifier: BSL-1.0
// Plain loops that the compiler turns into vectors: the baseline of every ratio.
// Four rows go together, so that each weight and each gradient is loaded once for four multiply-adds.

#include "../peer.hpp"
#include "../problems.hpp"
#include "plain_rows.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace compare {
namespace {

double train_linear(const linear_regression& problem, linear_regression::parameters& parameters) {
  constexpr std::size_t batch = linear_regression::batch;
  const float step = problem.learning_rate / float(batch);
  auto [weights, bias] = parameters;
  const std::uint32_t* rows = problem.order.data();
  double loss = 0;
  for (std::size_t epoch = 0; epoch < problem.epochs; ++epoch) {
    loss = 0;
    for (const std::uint32_t* end = rows + problem.rows(); rows != end; rows += batch) {
      float sum_0 = 0;
      float sum_1 = 0;
      float sum_bias = 0;
      float sum_loss = 0;
      for (std::size_t i = 0; i < batch; ++i) {
        const float* x = &problem.inputs[2 * std::size_t(rows[i])];
        const float residual = x[0] * weights[0] + (x[1] * weights[1] + (bias - problem.targets[rows[i]]));
        sum_0 += residual * x[0];
        sum_1 += residual * x[1];
        sum_bias += residual;
        sum_loss += residual * residual;
      }
      weights[0] -= step * sum_0;
      weights[1] -= step * sum_1;
      bias -= step * sum_bias;
      loss += double(sum_loss);
    }
  }
  parameters = {weights, bias};
  return loss / 2 / double(problem.rows());
}

constexpr std::size_t features = 784;
constexpr std::size_t classes = logit_count;
struct tile : rows_of_logits {
  alignas(64) float x[tile_rows][features];
};

// Rows past the end of the batch are copies of its last one, taken out again by `count`.
template <class Pixel>
void load(const softmax_regression<Pixel>& problem, std::size_t begin, std::size_t end, tile& rows) {
  rows.count = std::min(end - begin, tile_rows);
  for (std::size_t r = 0; r < tile_rows; ++r) {
    const std::size_t row = problem.order[begin + std::min(r, rows.count - 1)];
    const Pixel* pixels = &problem.pixels[row * features];
    for (std::size_t j = 0; j < features; ++j) rows.x[r][j] = float(pixels[j]);
    rows.label[r] = problem.labels[row];
  }
}

// The next rows lie anywhere in memory, where no hardware looks ahead.
template <class Pixel> void prefetch(const softmax_regression<Pixel>& problem, std::size_t begin) {
  for (std::size_t i = begin; i < std::min(begin + tile_rows, problem.rows()); ++i) {
    const Pixel* pixels = &problem.pixels[problem.order[i] * features];
    for (std::size_t j = 0; j < features; j += 64 / sizeof(Pixel)) __builtin_prefetch(pixels + j);
  }
}

void matrix_product(const float (&weights)[classes][features], tile& rows) {
  for (std::size_t k = 0; k < classes; k += 2) {
    float sums[tile_rows][2];
    inner_products<features>(rows.x, weights[k], weights[k + 1], sums);
    for (std::size_t r = 0; r < tile_rows; ++r) std::copy_n(sums[r], 2, &rows.adjoint[r][k]);
  }
}

void add_outer_products(const tile& rows, float (&gradient)[classes][features]) {
  const float *x0 = rows.x[0], *x1 = rows.x[1], *x2 = rows.x[2], *x3 = rows.x[3];
  const float *a0 = rows.adjoint[0], *a1 = rows.adjoint[1], *a2 = rows.adjoint[2], *a3 = rows.adjoint[3];
#pragma omp simd
  for (std::size_t j = 0; j < features; ++j)
#pragma GCC unroll 10
    for (std::size_t k = 0; k < classes; ++k)
      gradient[k][j] += a0[k] * x0[j] + a1[k] * x1[j] + a2[k] * x2[j] + a3[k] * x3[j];
}

struct softmax_buffers {
  alignas(64) float weights[classes][features];
  alignas(64) float gradient[classes][features];
  float biases[classes];
  float bias_gradient[classes];
  tile rows;
};

template <class Pixel>
float add_batch(const softmax_regression<Pixel>& problem, std::size_t begin, std::size_t end,
                softmax_buffers& buffers) {
  float loss = 0;
  for (; begin < end; begin += tile_rows) {
    prefetch(problem, begin + 2 * tile_rows);
    load(problem, begin, end, buffers.rows);
    matrix_product(buffers.weights, buffers.rows);
    loss += cross_entropy(buffers.biases, problem.pixel_scale, buffers.rows);
    for (const auto& adjoint : buffers.rows.adjoint)
      for (std::size_t k = 0; k < classes; ++k) buffers.bias_gradient[k] += adjoint[k];
    add_outer_products(buffers.rows, buffers.gradient);
  }
  return loss;
}

template <class Pixel>
double train_softmax(const softmax_regression<Pixel>& problem, softmax_buffers& buffers,
                     typename softmax_regression<Pixel>::parameters& parameters) {
  std::copy(parameters.weights.begin(), parameters.weights.end(), &buffers.weights[0][0]);
  std::copy(parameters.biases.begin(), parameters.biases.end(), buffers.biases);
  double loss = 0;
  for (std::size_t begin = 0; begin < problem.rows(); begin += problem.batch) {
    const std::size_t end = std::min(begin + problem.batch, problem.rows());
    std::fill_n(&buffers.gradient[0][0], classes * features, 0.0F);
    std::fill_n(buffers.bias_gradient, classes, 0.0F);
    loss += double(add_batch(problem, begin, end, buffers));
    const float step = problem.learning_rate / float(end - begin);
    for (std::size_t k = 0; k < classes; ++k) {
      buffers.biases[k] -= step * buffers.bias_gradient[k];
      for (std::size_t j = 0; j < features; ++j)
        buffers.weights[k][j] -= step * problem.pixel_scale * buffers.gradient[k][j];
    }
  }
  std::copy_n(&buffers.weights[0][0], classes * features, parameters.weights.begin());
  std::copy_n(buffers.biases, classes, parameters.biases.begin());
  return loss / double(problem.rows());
}

template <class Pixel> training<softmax_regression<Pixel>> prepare(const softmax_regression<Pixel>& problem) {
  return [&problem, buffers = std::make_shared<softmax_buffers>()](auto& parameters) {
    return train_softmax(problem, *buffers, parameters);
  };
}

double run_wide(const wide_regression& problem, wide_regression::parameters& parameters) {
  constexpr std::size_t width = wide_regression::features;
  constexpr std::size_t block_rows = 4096;  // A float sum over a million rows would lose three digits.
  double gradient[width] = {};
  double bias_gradient = 0;
  double loss = 0;
  for (std::size_t begin = 0; begin < problem.rows(); begin += block_rows) {
    const std::size_t end = std::min(begin + block_rows, problem.rows());
    float sums[width] = {};
    float sum_bias = 0;
    float sum_loss = 0;
    for (std::size_t row = begin; row < end; ++row) {
      const float* x = &problem.inputs[row * width];
      float product = 0;
      for (std::size_t j = 0; j < width; ++j) product += x[j] * parameters.weights[j];
      const float residual = product + (parameters.bias - problem.targets[row]);
      for (std::size_t j = 0; j < width; ++j) sums[j] += residual * x[j];
      sum_bias += residual;
      sum_loss += residual * residual;
    }
    for (std::size_t j = 0; j < width; ++j) gradient[j] += double(sums[j]);
    bias_gradient += double(sum_bias);
    loss += double(sum_loss);
  }
  const double rows = double(problem.rows());
  for (std::size_t j = 0; j < width; ++j) parameters.gradient[j] = float(gradient[j] / rows);
  parameters.bias_gradient = float(bias_gradient / rows);
  return loss / 2 / rows;
}

const entry<linear_regression> linear{"plain loop", 1, unprepared<linear_regression>(train_linear)};
const entry<softmax_regression<std::uint8_t>> bytes{"plain loop", 1, prepare<std::uint8_t>};
const entry<softmax_regression<float>> floats{"plain loop", 1, prepare<float>};
const entry<wide_regression> wide{"plain loop", 1, unprepared<wide_regression>(run_wide)};

}  // namespace
}  // namespace compare
