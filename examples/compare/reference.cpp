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

// One batch of a perceptron, row after row; what it adds to the gradients is as large as the parameters.
class perceptron_in_double {
 public:
  explicit perceptron_in_double(const perceptron::parameters& start)
      : hidden_weights_(start.hidden_weights.begin(), start.hidden_weights.end()),
        hidden_biases_(start.hidden_biases.begin(), start.hidden_biases.end()),
        weights_(start.weights.begin(), start.weights.end()),
        biases_(start.biases.begin(), start.biases.end()) {}

  double train_batch(const perceptron& problem, std::span<const std::uint32_t> rows) {
    by_hidden_weights_.assign(hidden_weights_.size(), 0);
    by_hidden_biases_.assign(hidden_biases_.size(), 0);
    by_weights_.assign(weights_.size(), 0);
    by_biases_.assign(biases_.size(), 0);
    double loss = 0;
    for (const std::uint32_t row : rows) loss += add_row(problem, row);
    const double step = double(problem.learning_rate) / double(rows.size());
    descend(hidden_weights_, by_hidden_weights_, step);
    descend(hidden_biases_, by_hidden_biases_, step);
    descend(weights_, by_weights_, step);
    descend(biases_, by_biases_, step);
    return loss;
  }

  [[nodiscard]] perceptron::parameters parameters() const {
    perceptron::parameters result;
    const auto copy = [](const std::vector<double>& from, auto& to) {
      std::transform(from.begin(), from.end(), to.begin(), [](double each) { return float(each); });
    };
    copy(hidden_weights_, result.hidden_weights);
    copy(hidden_biases_, result.hidden_biases);
    copy(weights_, result.weights);
    copy(biases_, result.biases);
    return result;
  }

 private:
  static constexpr std::size_t features = perceptron::features, hidden = perceptron::hidden;

  static void descend(std::vector<double>& parameters, const std::vector<double>& gradient, double step) {
    for (std::size_t n = 0; n < parameters.size(); ++n) parameters[n] -= step * gradient[n];
  }

  double add_row(const perceptron& problem, std::size_t row) {
    std::array<double, features> x{};
    for (std::size_t j = 0; j < features; ++j) x[j] = problem.pixels[row * features + j] / 255.0;
    std::array<double, hidden> h{};
    for (std::size_t m = 0; m < hidden; ++m)
      h[m] = std::max(
          0.0, std::inner_product(x.begin(), x.end(), &hidden_weights_[m * features], hidden_biases_[m]));
    std::array<double, perceptron::classes> logits{};
    for (std::size_t k = 0; k < logits.size(); ++k)
      logits[k] = std::inner_product(h.begin(), h.end(), &weights_[k * hidden], biases_[k]);
    const double loss = cross_entropy(logits, problem.labels[row]);
    std::array<double, hidden> adjoint{};
    for (std::size_t k = 0; k < logits.size(); ++k) {
      by_biases_[k] += logits[k];
      for (std::size_t m = 0; m < hidden; ++m) {
        by_weights_[k * hidden + m] += logits[k] * h[m];
        adjoint[m] += h[m] > 0 ? logits[k] * weights_[k * hidden + m] : 0;
      }
    }
    for (std::size_t m = 0; m < hidden; ++m) {
      by_hidden_biases_[m] += adjoint[m];
      if (adjoint[m] == 0) continue;
      for (std::size_t j = 0; j < features; ++j) by_hidden_weights_[m * features + j] += adjoint[m] * x[j];
    }
    return loss;
  }

  std::vector<double> hidden_weights_, hidden_biases_, weights_, biases_;
  std::vector<double> by_hidden_weights_, by_hidden_biases_, by_weights_, by_biases_;
};

}  // namespace

double reference_run(const perceptron& problem, perceptron::parameters& parameters) {
  perceptron_in_double trained(parameters);
  double loss = 0;
  for (std::size_t begin = 0; begin < problem.rows(); begin += perceptron::batch)
    loss += trained.train_batch(
        problem, problem.order.subspan(begin, std::min(perceptron::batch, problem.rows() - begin)));
  parameters = trained.parameters();
  return loss / double(problem.rows());
}

double reference_run(const wide_regression& problem, wide_regression::parameters& parameters) {
  std::array<double, wide_regression::features> gradient{};
  double bias_gradient = 0;
  double loss = 0;
  for (std::size_t row = 0; row < problem.rows(); ++row) {
    const float* const x = &problem.inputs[row * wide_regression::features];
    double residual = double(parameters.bias) - double(problem.targets[row]);
    for (std::size_t j = 0; j < gradient.size(); ++j)
      residual += double(x[j]) * double(parameters.weights[j]);
    for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] += residual * double(x[j]);
    bias_gradient += residual;
    loss += residual * residual / 2;
  }
  const double rows = double(problem.rows());
  for (std::size_t j = 0; j < gradient.size(); ++j) parameters.gradient[j] = float(gradient[j] / rows);
  parameters.bias_gradient = float(bias_gradient / rows);
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
