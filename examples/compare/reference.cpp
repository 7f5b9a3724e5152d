// SPDX-License-Identifier: BSL-1.0
// The textbook's loops in double.

#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace compare {
namespace {

// Adjoint of the logits in place of the logits; returns the loss.
double cross_entropy(std::span<double> logits, std::size_t label) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  const double label_gap = largest - logits[label];
  for (double& logit : logits) logit = std::exp(logit - largest);
  const double total = std::accumulate(logits.begin(), logits.end(), 0.0);
  for (double& logit : logits) logit /= total;
  logits[label] -= 1;
  return std::log(total) + label_gap;
}

template <class Pixel>
double softmax_run(const softmax_regression<Pixel>& problem,
                   typename softmax_regression<Pixel>::parameters& parameters) {
  using shape = softmax_regression<Pixel>;
  constexpr std::size_t width = shape::features + 1;  // The bias is the weight of a last feature 1.
  std::vector<double> weights(shape::classes * width);
  for (std::size_t k = 0; k < shape::classes; ++k) {
    std::copy_n(&parameters.weights[k * shape::features], shape::features, &weights[k * width]);
    weights[k * width + shape::features] = parameters.biases[k];
  }
  std::vector<double> x(width, 1.0);
  std::vector<double> gradient(weights.size());
  double total_loss = 0;
  for (std::size_t begin = 0; begin < problem.rows(); begin += shape::batch) {
    const std::size_t end = std::min(begin + shape::batch, problem.rows());
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t row = problem.order[i];
      const double scale = sizeof(Pixel) == 1 ? 1 / 255.0 : 1.0;
      for (std::size_t j = 0; j < shape::features; ++j)
        x[j] = scale * problem.pixels[row * shape::features + j];
      std::array<double, shape::classes> logits{};
      for (std::size_t k = 0; k < shape::classes; ++k)
        logits[k] = std::inner_product(x.begin(), x.end(), &weights[k * width], 0.0);
      total_loss += cross_entropy(logits, problem.labels[row]);
      for (std::size_t k = 0; k < shape::classes; ++k)
        for (std::size_t j = 0; j < width; ++j) gradient[k * width + j] += logits[k] * x[j];
    }
    const double step = double(problem.learning_rate) / double(end - begin);
    for (std::size_t n = 0; n < weights.size(); ++n) weights[n] -= step * gradient[n];
  }
  for (std::size_t k = 0; k < shape::classes; ++k) {
    for (std::size_t j = 0; j < shape::features; ++j)
      parameters.weights[k * shape::features + j] = float(weights[k * width + j]);
    parameters.biases[k] = float(weights[k * width + shape::features]);
  }
  return total_loss / double(problem.rows());
}

}  // namespace

double reference_run(const linear_regression& problem, linear_regression::parameters& parameters) {
  double w0 = parameters.weights[0];
  double w1 = parameters.weights[1];
  double bias = parameters.bias;
  double epoch_loss = 0;
  for (std::size_t begin = 0; begin < problem.order.size(); begin += problem.batch) {
    if (begin % problem.rows() == 0) epoch_loss = 0;
    double gradient_0 = 0;
    double gradient_1 = 0;
    double gradient_bias = 0;
    for (std::size_t i = begin; i < begin + problem.batch; ++i) {
      const std::size_t row = problem.order[i];
      const double x0 = problem.inputs[2 * row];
      const double x1 = problem.inputs[2 * row + 1];
      const double residual = x0 * w0 + x1 * w1 + bias - problem.targets[row];
      epoch_loss += residual * residual / 2;
      gradient_0 += residual * x0;
      gradient_1 += residual * x1;
      gradient_bias += residual;
    }
    const double step = double(problem.learning_rate) / double(problem.batch);
    w0 -= step * gradient_0;
    w1 -= step * gradient_1;
    bias -= step * gradient_bias;
  }
  parameters = {{float(w0), float(w1)}, float(bias)};
  return epoch_loss / double(problem.rows());
}

double reference_run(const softmax_regression<std::uint8_t>& problem,
                     softmax_regression<std::uint8_t>::parameters& parameters) {
  return softmax_run(problem, parameters);
}

double reference_run(const softmax_regression<float>& problem,
                     softmax_regression<float>::parameters& parameters) {
  return softmax_run(problem, parameters);
}

}  // namespace compare
