// SPDX-License-Identifier: BSL-1.0
// Plain loops that the compiler turns into vectors: the baseline of every ratio.
// Four rows go together, so that each weight and each gradient is loaded once for four multiply-adds.

#include "../peer.hpp"
#include "../problems.hpp"
#include "exponential.hpp"

#include <algorithm>
#include <array>
#include <cmath>
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

// The sums over a few rows, so small that float serves.
struct wide_sums {
  float gradient[wide_regression::features] = {};
  float residuals = 0;
  float squares = 0;
};

// Four rows, so that each sum is loaded and stored once for four multiply-adds.
void add_wide_rows(const float* x, const float* y, const wide_regression::parameters& parameters,
                   wide_sums& sums) {
  constexpr std::size_t features = wide_regression::features;
  const float* w = parameters.weights.data();
  const float *x0 = x, *x1 = x + features, *x2 = x + 2 * features, *x3 = x + 3 * features;
  float r0 = 0, r1 = 0, r2 = 0, r3 = 0;
  for (std::size_t j = 0; j < features; ++j) {
    r0 += x0[j] * w[j];
    r1 += x1[j] * w[j];
    r2 += x2[j] * w[j];
    r3 += x3[j] * w[j];
  }
  r0 += parameters.bias - y[0];
  r1 += parameters.bias - y[1];
  r2 += parameters.bias - y[2];
  r3 += parameters.bias - y[3];
  for (std::size_t j = 0; j < features; ++j)
    sums.gradient[j] += (r0 * x0[j] + r1 * x1[j]) + (r2 * x2[j] + r3 * x3[j]);
  sums.residuals += (r0 + r1) + (r2 + r3);
  sums.squares += (r0 * r0 + r1 * r1) + (r2 * r2 + r3 * r3);
}

void add_wide_row(const float* x, float y, const wide_regression::parameters& parameters, wide_sums& sums) {
  float residual = parameters.bias - y;
  for (std::size_t j = 0; j < wide_regression::features; ++j) residual += x[j] * parameters.weights[j];
  for (std::size_t j = 0; j < wide_regression::features; ++j) sums.gradient[j] += residual * x[j];
  sums.residuals += residual;
  sums.squares += residual * residual;
}

wide_sums sum_wide_rows(const wide_regression& problem, const wide_regression::parameters& parameters,
                        std::size_t begin, std::size_t end) {
  wide_sums sums;
  const auto inputs_of = [&](std::size_t row) { return &problem.inputs[row * problem.features]; };
  for (; begin + 4 <= end; begin += 4)
    add_wide_rows(inputs_of(begin), &problem.targets[begin], parameters, sums);
  for (; begin < end; ++begin) add_wide_row(inputs_of(begin), problem.targets[begin], parameters, sums);
  return sums;
}

// A float that sums a million rows loses digits, so blocks of rows are added up in double.
double differentiate_wide(const wide_regression& problem, wide_regression::parameters& parameters) {
  constexpr std::size_t block = 1024;
  std::array<double, wide_regression::features> gradient{};
  double residuals = 0;
  double squares = 0;
  for (std::size_t begin = 0; begin < problem.rows(); begin += block) {
    const std::size_t end = std::min(begin + block, problem.rows());
    const wide_sums sums = sum_wide_rows(problem, parameters, begin, end);
    for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] += double(sums.gradient[j]);
    residuals += double(sums.residuals);
    squares += double(sums.squares);
  }
  const auto rows = double(problem.rows());
  for (std::size_t j = 0; j < gradient.size(); ++j) parameters.gradient[j] = float(gradient[j] / rows);
  parameters.bias_gradient = float(residuals / rows);
  return squares / 2 / rows;
}

constexpr std::size_t features = 784;
constexpr std::size_t classes = 10;
constexpr std::size_t tile_rows = 4;

struct tile {
  alignas(64) float x[tile_rows][features];
  // First the logits, then the derivative of the loss by them.
  alignas(64) float adjoint[tile_rows][classes];
  std::size_t label[tile_rows];
  std::size_t count;
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
  const float *x0 = rows.x[0], *x1 = rows.x[1], *x2 = rows.x[2], *x3 = rows.x[3];
  for (std::size_t k = 0; k < classes; k += 2) {
    const float* even = weights[k];
    const float* odd = weights[k + 1];
    float e0 = 0, e1 = 0, e2 = 0, e3 = 0, o0 = 0, o1 = 0, o2 = 0, o3 = 0;
    for (std::size_t j = 0; j < features; ++j) {
      e0 += x0[j] * even[j];
      e1 += x1[j] * even[j];
      e2 += x2[j] * even[j];
      e3 += x3[j] * even[j];
      o0 += x0[j] * odd[j];
      o1 += x1[j] * odd[j];
      o2 += x2[j] * odd[j];
      o3 += x3[j] * odd[j];
    }
    const float sums[tile_rows][2] = {{e0, o0}, {e1, o1}, {e2, o2}, {e3, o3}};
    for (std::size_t r = 0; r < tile_rows; ++r) {
      rows.adjoint[r][k] = sums[r][0];
      rows.adjoint[r][k + 1] = sums[r][1];
    }
  }
}

// Cross-entropy of logits shifted by their maximum, so that no exponential overflows. Returns the sum of the
// losses.
float cross_entropy(const float (&biases)[classes], float scale, tile& rows) {
  float loss = 0;
  for (std::size_t r = 0; r < tile_rows; ++r) {
    auto& z = rows.adjoint[r];
    for (std::size_t k = 0; k < classes; ++k) z[k] = z[k] * scale + biases[k];
    const float largest = *std::max_element(z, z + classes);
    for (float& logit : z) logit = std::max(logit - largest, -87.0F);
    if (r < rows.count) loss -= z[rows.label[r]];
  }
  float* exponentials = &rows.adjoint[0][0];
  for (std::size_t n = 0; n < tile_rows * classes; ++n) exponentials[n] = exponential(exponentials[n]);
  for (std::size_t r = 0; r < tile_rows; ++r) {
    auto& p = rows.adjoint[r];
    float total = 0;
    for (const float each : p) total += each;
    const float inverse = r < rows.count ? 1.0F / total : 0.0F;
    for (float& each : p) each *= inverse;
    if (r >= rows.count) continue;
    p[rows.label[r]] -= 1.0F;
    loss += std::log(total);
  }
  return loss;
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

const entry<linear_regression> linear{"plain loop", 1, unprepared<linear_regression>(train_linear)};
const entry<softmax_regression<std::uint8_t>> bytes{"plain loop", 1, prepare<std::uint8_t>};
const entry<softmax_regression<float>> floats{"plain loop", 1, prepare<float>};
const entry<wide_regression> wide{"plain loop", 1, unprepared<wide_regression>(differentiate_wide)};

}  // namespace
}  // namespace compare
