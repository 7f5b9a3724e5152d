// SPDX-License-Identifier: BSL-1.0
// Compiled with all that a compiler may do to sums and to exp: see CMakeLists.txt.
#include "closed_form.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace bench::closed_form {

double logsumexp(std::span<const double> x, std::span<double> gradient) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double power = std::exp(x[i]);
    gradient[i] = power;
    sum += power;
  }
  const double share = 1 / sum;
  for (double& each : gradient) each *= share;
  return std::log(sum);
}

double normal_log_density(std::span<const double> x, double mean, double deviation,
                          std::span<double> gradient) {
  const double precision = 1 / (deviation * deviation);
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double error = x[i] - mean;
    squares += error * error;
    gradient[i] = -error * precision;
  }
  return -0.5 * squares * precision - double(x.size()) * std::log(deviation);
}

double sum_of_product(std::span<const double> left, std::span<const double> right, std::span<double> by_left,
                      std::span<double> by_right) {
  const auto size = std::size_t(std::sqrt(double(left.size())));
  thread_local std::vector<double> columns, rows;
  columns.assign(size, 0);
  rows.assign(size, 0);
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t k = 0; k < size; ++k) columns[k] += left[i * size + k];
  double value = 0;
  for (std::size_t k = 0; k < size; ++k) {
    double sum = 0;
    for (std::size_t j = 0; j < size; ++j) sum += right[k * size + j];
    rows[k] = sum;
    value += columns[k] * sum;
    std::fill_n(by_right.begin() + std::ptrdiff_t(k * size), size, columns[k]);
  }
  for (std::size_t i = 0; i < size; ++i)
    std::copy(rows.begin(), rows.end(), by_left.begin() + std::ptrdiff_t(i * size));
  return value;
}

double regression(std::span<const double> inputs, std::span<const double> targets,
                  const regression_parameters& at, regression_parameters& gradient) {
  const std::size_t width = at.weights.size();
  const double* const weights = at.weights.data();
  double* const by_weights = gradient.weights.data();
  const double precision = 1 / (at.deviation * at.deviation);
  std::fill_n(by_weights, width, 0.0);
  double squares = 0;
  double errors = 0;
  for (std::size_t row = 0; row < targets.size(); ++row) {
    const double* const x = inputs.data() + row * width;
    double prediction = at.bias;
    for (std::size_t k = 0; k < width; ++k) prediction += weights[k] * x[k];
    const double error = targets[row] - prediction;
    squares += error * error;
    errors += error;
    for (std::size_t k = 0; k < width; ++k) by_weights[k] += error * x[k];
  }
  double weight_squares = 0;
  for (std::size_t k = 0; k < width; ++k) {
    weight_squares += weights[k] * weights[k];
    by_weights[k] = by_weights[k] * precision - weights[k];
  }
  const double rows = double(targets.size());
  gradient.bias = errors * precision - at.bias;
  gradient.deviation = squares * precision / at.deviation - rows / at.deviation;
  return -0.5 * squares * precision - rows * std::log(at.deviation) - 0.5 * weight_squares -
         0.5 * at.bias * at.bias - std::log(10 - 0.1);
}

namespace {

/// Log-variances less their mean.
void follow(const volatility_parameters& at, std::vector<double>& path) {
  path.resize(at.shocks.size());
  path[0] = at.deviation * at.shocks[0] / std::sqrt(1 - at.persistence * at.persistence);
  for (std::size_t i = 1; i < path.size(); ++i)
    path[i] = at.persistence * path[i - 1] + at.deviation * at.shocks[i];
}

double volatility_priors(const volatility_parameters& at) {
  return -std::log1p(at.deviation * at.deviation / 25) - std::log1p(at.mean * at.mean / 100);
}

}  // namespace

double stochastic_volatility(std::span<const double> returns, const volatility_parameters& at,
                             volatility_parameters& gradient) {
  thread_local std::vector<double> path, slopes;
  follow(at, path);
  const std::size_t count = path.size();
  slopes.resize(count);
  double value = volatility_priors(at), by_mean = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double log_variance = path[i] + at.mean;
    const double share = 0.5 * returns[i] * returns[i] * std::exp(-log_variance);
    value -= 0.5 * log_variance + share + 0.5 * at.shocks[i] * at.shocks[i];
    slopes[i] = share - 0.5;
    by_mean += slopes[i];
  }
  double by_persistence = 0, by_deviation = 0, adjoint = 0;
  for (std::size_t i = count; i-- > 1;) {
    adjoint = slopes[i] + at.persistence * adjoint;
    by_persistence += adjoint * path[i - 1];
    by_deviation += adjoint * at.shocks[i];
    gradient.shocks[i] = at.deviation * adjoint - at.shocks[i];
  }
  adjoint = slopes[0] + at.persistence * adjoint;
  const double variance = 1 - at.persistence * at.persistence, root = std::sqrt(variance);
  gradient.shocks[0] = at.deviation * adjoint / root - at.shocks[0];
  gradient.persistence = by_persistence + adjoint * path[0] * at.persistence / variance;
  gradient.deviation =
      by_deviation + adjoint * at.shocks[0] / root - 2 * at.deviation / (25 + at.deviation * at.deviation);
  gradient.mean = by_mean - 2 * at.mean / (100 + at.mean * at.mean);
  return value;
}

double stochastic_volatility(std::span<const double> returns, const volatility_parameters& at) {
  thread_local std::vector<double> path;
  follow(at, path);
  double value = volatility_priors(at);
  for (std::size_t i = 0; i < path.size(); ++i) {
    const double log_variance = path[i] + at.mean;
    value -= 0.5 * log_variance + 0.5 * returns[i] * returns[i] * std::exp(-log_variance) +
             0.5 * at.shocks[i] * at.shocks[i];
  }
  return value;
}

double logsumexp(std::span<const double> x) {
  double sum = 0;
  for (const double each : x) sum += std::exp(each);
  return std::log(sum);
}

double normal_log_density(std::span<const double> x, double mean, double deviation) {
  double squares = 0;
  for (const double each : x) squares += (each - mean) * (each - mean);
  return -0.5 * squares / (deviation * deviation) - double(x.size()) * std::log(deviation);
}

double sum_of_product(std::span<const double> left, std::span<const double> right) {
  const auto size = std::size_t(std::sqrt(double(left.size())));
  thread_local std::vector<double> row;
  row.resize(size);
  double value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    std::fill(row.begin(), row.end(), 0.0);
    for (std::size_t k = 0; k < size; ++k)
      for (std::size_t j = 0; j < size; ++j) row[j] += left[i * size + k] * right[k * size + j];
    for (const double each : row) value += each;
  }
  return value;
}

double regression(std::span<const double> inputs, std::span<const double> targets,
                  const regression_parameters& at) {
  const std::size_t width = at.weights.size();
  double squares = 0;
  for (std::size_t row = 0; row < targets.size(); ++row) {
    double prediction = at.bias;
    for (std::size_t k = 0; k < width; ++k) prediction += at.weights[k] * inputs[row * width + k];
    squares += (targets[row] - prediction) * (targets[row] - prediction);
  }
  double weight_squares = 0;
  for (const double weight : at.weights) weight_squares += weight * weight;
  return -0.5 * squares / (at.deviation * at.deviation) - double(targets.size()) * std::log(at.deviation) -
         0.5 * weight_squares - 0.5 * at.bias * at.bias - std::log(10 - 0.1);
}

}  // namespace bench::closed_form
