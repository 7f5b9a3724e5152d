// SPDX-License-Identifier: BSL-1.0
// Plain loops for the perceptron, blocked for registers and caches, that the compiler turns into vectors.
// A batch goes layer by layer; the matrix products take four rows times four outputs, or eight units at once.

#include "../peer.hpp"
#include "../problems.hpp"
#include "exponential.hpp"
#include "product_group.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace compare {
namespace {

constexpr std::size_t features = perceptron::features;
constexpr std::size_t units = perceptron::hidden;
constexpr std::size_t classes = perceptron::classes;
constexpr std::size_t batch = perceptron::batch;
constexpr std::size_t unit_block = 32;  // Weights of as many units stay in the cache while all rows pass.

struct perceptron_buffers {
  alignas(64) float x[batch][features];  // Pixels as stored: their scale is a factor of sums.
  alignas(64) float hidden[batch][units];
  alignas(64) float adjoint[batch][units];
  alignas(64) float logits[batch][classes];  // Then their adjoints.
  alignas(64) float hidden_weights[units][features];
  alignas(64) float weights[classes][units];
  float hidden_biases[units];
  float biases[classes];
  std::size_t label[batch];
};

// Rows past the end of the batch are zero, and so are their adjoints.
void gather(const perceptron& problem, std::size_t begin, std::size_t count, perceptron_buffers& buffers) {
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t row = problem.order[begin + r];
    const std::uint8_t* pixels = &problem.pixels[row * features];
    // The next rows lie anywhere in memory, where no hardware looks ahead.
    const std::size_t ahead = problem.order[std::min(begin + r + 8, problem.rows() - 1)];
    for (std::size_t j = 0; j < features; j += 64) __builtin_prefetch(&problem.pixels[ahead * features + j]);
    for (std::size_t j = 0; j < features; ++j) buffers.x[r][j] = float(pixels[j]);
    buffers.label[r] = problem.labels[row];
  }
  std::fill_n(&buffers.x[0][0] + count * features, (batch - count) * features, 0.0F);
}

void hidden_layer(perceptron_buffers& buffers) {
  float sums[group][group];
  for (std::size_t block = 0; block < units; block += unit_block)
    for (std::size_t row = 0; row < batch; row += group)
      for (std::size_t k = block; k < block + unit_block; k += group) {
        multiply_group<features>(buffers.x[row], buffers.hidden_weights[k], sums);
        for (std::size_t r = 0; r < group; ++r)
          for (std::size_t u = 0; u < group; ++u)
            buffers.hidden[row + r][k + u] =
                std::max(perceptron::pixel_scale * sums[r][u] + buffers.hidden_biases[k + u], 0.0F);
      }
}

void output_layer(perceptron_buffers& buffers) {
  for (std::size_t row = 0; row < batch; ++row)
    for (std::size_t k = 0; k < classes; ++k) {
      float sum = 0;
      for (std::size_t u = 0; u < units; ++u) sum += buffers.hidden[row][u] * buffers.weights[k][u];
      buffers.logits[row][k] = sum + buffers.biases[k];
    }
}

// Logits are shifted by their maximum, so that no exponential overflows. Returns the sum of the losses.
double cross_entropy(std::size_t count, perceptron_buffers& buffers) {
  double loss = 0;
  for (std::size_t r = 0; r < batch; ++r) {
    auto& z = buffers.logits[r];
    const float largest = *std::max_element(z, z + classes);
    for (float& logit : z) logit = std::max(logit - largest, -87.0F);
    if (r < count) loss -= double(z[buffers.label[r]]);
  }
  float* exponentials = &buffers.logits[0][0];
  for (std::size_t n = 0; n < batch * classes; ++n) exponentials[n] = exponential(exponentials[n]);
  for (std::size_t r = 0; r < batch; ++r) {
    auto& p = buffers.logits[r];
    float total = 0;
    for (const float each : p) total += each;
    const float inverse = r < count ? 1.0F / total : 0.0F;
    for (float& each : p) each *= inverse;
    if (r >= count) continue;
    p[buffers.label[r]] -= 1.0F;
    loss += double(std::log(total));
  }
  return loss;
}

// The derivative of the loss by what the rectifiers take.
void hidden_adjoint(perceptron_buffers& buffers) {
  for (std::size_t row = 0; row < batch; ++row) {
    const auto& outer = buffers.logits[row];
    for (std::size_t u = 0; u < units; ++u) {
      float sum = 0;
#pragma GCC unroll 10
      for (std::size_t k = 0; k < classes; ++k) sum += outer[k] * buffers.weights[k][u];
      buffers.adjoint[row][u] = buffers.hidden[row][u] > 0 ? sum : 0.0F;
    }
  }
}

void update_output_layer(float step, perceptron_buffers& buffers) {
  for (std::size_t k = 0; k < classes; ++k) {
    float gradient[units] = {};
    float bias_gradient = 0;
    for (std::size_t row = 0; row < batch; ++row) {
      const float outer = buffers.logits[row][k];
      for (std::size_t u = 0; u < units; ++u) gradient[u] += outer * buffers.hidden[row][u];
      bias_gradient += outer;
    }
    for (std::size_t u = 0; u < units; ++u) buffers.weights[k][u] -= step * gradient[u];
    buffers.biases[k] -= step * bias_gradient;
  }
}

// Eight units by one vector of pixels: the sums over the rows stay in registers, no gradient is stored.
void update_hidden_weights(float step, std::size_t k, std::size_t j0, perceptron_buffers& buffers) {
  float* w = buffers.hidden_weights[k];
#pragma omp simd
  for (std::size_t j = j0; j < j0 + 16; ++j) {
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    for (std::size_t row = 0; row < batch; ++row) {
      const float x = buffers.x[row][j];
      const float* a = &buffers.adjoint[row][k];
      s0 += a[0] * x;
      s1 += a[1] * x;
      s2 += a[2] * x;
      s3 += a[3] * x;
      s4 += a[4] * x;
      s5 += a[5] * x;
      s6 += a[6] * x;
      s7 += a[7] * x;
    }
    w[j] -= step * s0;
    w[features + j] -= step * s1;
    w[2 * features + j] -= step * s2;
    w[3 * features + j] -= step * s3;
    w[4 * features + j] -= step * s4;
    w[5 * features + j] -= step * s5;
    w[6 * features + j] -= step * s6;
    w[7 * features + j] -= step * s7;
  }
}

void update_hidden_layer(float step, perceptron_buffers& buffers) {
  for (std::size_t j = 0; j < features; j += 16)
    for (std::size_t k = 0; k < units; k += 8)
      update_hidden_weights(step * perceptron::pixel_scale, k, j, buffers);
  float gradient[units] = {};
  for (const auto& adjoint : buffers.adjoint)
    for (std::size_t u = 0; u < units; ++u) gradient[u] += adjoint[u];
  for (std::size_t u = 0; u < units; ++u) buffers.hidden_biases[u] -= step * gradient[u];
}

double train_batch(const perceptron& problem, std::size_t begin, perceptron_buffers& buffers) {
  const std::size_t count = std::min(batch, problem.rows() - begin);
  gather(problem, begin, count, buffers);
  hidden_layer(buffers);
  output_layer(buffers);
  const double loss = cross_entropy(count, buffers);
  hidden_adjoint(buffers);
  const float step = problem.learning_rate / float(count);
  update_output_layer(step, buffers);
  update_hidden_layer(step, buffers);
  return loss;
}

training<perceptron> prepare(const perceptron& problem) {
  return [&problem, buffers = std::make_shared<perceptron_buffers>()](perceptron::parameters& parameters) {
    std::ranges::copy(parameters.hidden_weights, &buffers->hidden_weights[0][0]);
    std::ranges::copy(parameters.hidden_biases, buffers->hidden_biases);
    std::ranges::copy(parameters.weights, &buffers->weights[0][0]);
    std::ranges::copy(parameters.biases, buffers->biases);
    double loss = 0;
    for (std::size_t begin = 0; begin < problem.rows(); begin += batch)
      loss += train_batch(problem, begin, *buffers);
    std::copy_n(&buffers->hidden_weights[0][0], units * features, parameters.hidden_weights.begin());
    std::ranges::copy(buffers->hidden_biases, parameters.hidden_biases.begin());
    std::copy_n(&buffers->weights[0][0], classes * units, parameters.weights.begin());
    std::ranges::copy(buffers->biases, parameters.biases.begin());
    return loss / double(problem.rows());
  };
}

const entry<perceptron> plain{"plain loop", 1, prepare};

}  // namespace
}  // namespace compare
