// SPDX-License-Identifier: BSL-1.0
// The textbook's loops in double.

#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

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

// The parameters of the perceptron, or its gradient, in double.
struct precise_perceptron {
  using shape = perceptron;
  // [784, 256]: the innermost loops run along the hidden units, where vectors need no sum to be reordered.
  std::vector<double> hidden_weights = std::vector<double>(shape::features * shape::hidden);
  std::vector<double> hidden_biases = std::vector<double>(shape::hidden);
  std::vector<double> weights = std::vector<double>(shape::classes * shape::hidden);
  std::vector<double> biases = std::vector<double>(shape::classes);

  [[nodiscard]] std::array<std::vector<double>*, 4> all() {
    return {&hidden_weights, &hidden_biases, &weights, &biases};
  }
};

precise_perceptron precise(const perceptron::parameters& parameters) {
  precise_perceptron result;
  for (std::size_t k = 0; k < perceptron::hidden; ++k)
    for (std::size_t j = 0; j < perceptron::features; ++j)
      result.hidden_weights[j * perceptron::hidden + k] =
          parameters.hidden_weights[k * perceptron::features + j];
  std::ranges::copy(parameters.hidden_biases, result.hidden_biases.begin());
  std::ranges::copy(parameters.weights, result.weights.begin());
  std::ranges::copy(parameters.biases, result.biases.begin());
  return result;
}

perceptron::parameters rounded(const precise_perceptron& found) {
  perceptron::parameters result;
  const auto round = [](double value) { return float(value); };
  for (std::size_t k = 0; k < perceptron::hidden; ++k)
    for (std::size_t j = 0; j < perceptron::features; ++j)
      result.hidden_weights[k * perceptron::features + j] =
          float(found.hidden_weights[j * perceptron::hidden + k]);
  std::ranges::transform(found.hidden_biases, result.hidden_biases.begin(), round);
  std::ranges::transform(found.weights, result.weights.begin(), round);
  std::ranges::transform(found.biases, result.biases.begin(), round);
  return result;
}

// sums[n] += factor * values[n], over the hidden units.
void add_scaled(double factor, const double* values, double* sums) {
  for (std::size_t k = 0; k < perceptron::hidden; ++k) sums[k] += factor * values[k];
}

// Adds the gradient at one row and returns its loss. Nearly half of the pixels are 0 and need no work.
double add_row(const precise_perceptron& model, const std::uint8_t* pixels, std::size_t label,
               precise_perceptron& gradient) {
  using shape = perceptron;
  std::vector<double> hidden = model.hidden_biases;
  for (std::size_t j = 0; j < shape::features; ++j)
    if (pixels[j] != 0)
      add_scaled(pixels[j] / 255.0, &model.hidden_weights[j * shape::hidden], hidden.data());
  for (double& unit : hidden) unit = std::max(unit, 0.0);
  std::array<double, shape::classes> logits{};
  for (std::size_t k = 0; k < shape::classes; ++k)
    logits[k] =
        std::inner_product(hidden.begin(), hidden.end(), &model.weights[k * shape::hidden], model.biases[k]);
  const double loss = cross_entropy(logits, label);
  std::vector<double> adjoint(shape::hidden);
  for (std::size_t k = 0; k < shape::classes; ++k) {
    add_scaled(logits[k], &model.weights[k * shape::hidden], adjoint.data());
    add_scaled(logits[k], hidden.data(), &gradient.weights[k * shape::hidden]);
    gradient.biases[k] += logits[k];
  }
  for (std::size_t k = 0; k < shape::hidden; ++k)
    if (!(hidden[k] > 0)) adjoint[k] = 0;
  add_scaled(1, adjoint.data(), gradient.hidden_biases.data());
  for (std::size_t j = 0; j < shape::features; ++j)
    if (pixels[j] != 0)
      add_scaled(pixels[j] / 255.0, adjoint.data(), &gradient.hidden_weights[j * shape::hidden]);
  return loss;
}

}  // namespace

double reference_run(const perceptron& problem, perceptron::parameters& parameters) {
  precise_perceptron model = precise(parameters);
  double total_loss = 0;
  for (std::size_t begin = 0; begin < problem.rows(); begin += perceptron::batch) {
    const std::size_t end = std::min(begin + perceptron::batch, problem.rows());
    precise_perceptron gradient;
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t row = problem.order[i];
      total_loss +=
          add_row(model, &problem.pixels[row * perceptron::features], problem.labels[row], gradient);
    }
    const double step = double(problem.learning_rate) / double(end - begin);
    for (std::size_t part = 0; part < model.all().size(); ++part) {
      const std::vector<double>& slopes = *gradient.all()[part];
      for (std::size_t n = 0; n < slopes.size(); ++n) (*model.all()[part])[n] -= step * slopes[n];
    }
  }
  parameters = rounded(model);
  return total_loss / double(problem.rows());
}

double reference_run(const wide_regression& problem, wide_regression::parameters& parameters) {
  std::array<double, wide_regression::features> gradient{};
  double bias_gradient = 0;
  double loss = 0;
  for (std::size_t row = 0; row < problem.rows(); ++row) {
    const float* x = &problem.inputs[row * problem.features];
    double residual = double(parameters.bias) - problem.targets[row];
    for (std::size_t j = 0; j < gradient.size(); ++j) residual += double(x[j]) * parameters.weights[j];
    for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] += residual * x[j];
    bias_gradient += residual;
    loss += residual * residual / 2;
  }
  const auto rows = double(problem.rows());
  std::ranges::transform(gradient, parameters.gradient.begin(),
                         [=](double sum) { return float(sum / rows); });
  parameters.bias_gradient = float(bias_gradient / rows);
  return loss / rows;
}

double reference_run(const robust_pairs& problem, robust_pairs::parameters& parameters) {
  const auto rows = double(problem.rows());
  double loss = 0;
  for (std::size_t row = 0; row < problem.rows(); ++row) {
    const double e = double(problem.predictions[row]) - double(problem.targets[row]);
    loss += std::log(std::cosh(e)) + std::log1p(e * e / robust_pairs::freedom);
    parameters.gradient.data()[row] = float((std::tanh(e) + 2 * e / (robust_pairs::freedom + e * e)) / rows);
  }
  return loss / rows;
}

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
