// SPDX-License-Identifier: BSL-1.0
// Eigen, as its users write it: the gradients derived by hand, the minibatch gathered into a matrix.
// Linear regression comes in both kinds of matrix, since the fixed one needs the sizes when it is compiled.

#include "../peer.hpp"
#include "../problems.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace compare {
namespace {

using row_major_matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class Inputs, class Targets, class Weights>
double train_linear(const linear_regression& problem, linear_regression::parameters& parameters) {
  constexpr Eigen::Index batch = linear_regression::batch;
  constexpr Eigen::Index features = linear_regression::features;
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, features, Eigen::RowMajor>> all_inputs(
      problem.inputs.data(), Eigen::Index(problem.rows()), features);
  Inputs x(batch, features);
  Targets y(batch);
  Targets residual(batch);
  Weights weights = Eigen::Map<const Eigen::Vector2f>(parameters.weights.data());
  Weights gradient(features);
  float bias = parameters.bias;
  const float step = problem.learning_rate / float(batch);
  const std::uint32_t* rows = problem.order.data();
  double loss = 0;
  for (std::size_t epoch = 0; epoch < problem.epochs; ++epoch) {
    loss = 0;
    for (const std::uint32_t* end = rows + problem.rows(); rows != end; rows += batch) {
      for (Eigen::Index i = 0; i < batch; ++i) {
        x.row(i) = all_inputs.row(rows[i]);
        y[i] = problem.targets[rows[i]];
      }
      residual.noalias() = x * weights;
      residual -= y;
      residual.array() += bias;
      loss += double(residual.squaredNorm());
      gradient.noalias() = x.transpose() * residual;
      weights -= step * gradient;
      bias -= step * residual.sum();
    }
  }
  Eigen::Map<Eigen::Vector2f>(parameters.weights.data()) = weights;
  parameters.bias = bias;
  return loss / 2 / double(problem.rows());
}

using fixed_inputs = Eigen::Matrix<float, linear_regression::batch, linear_regression::features>;
using fixed_targets = Eigen::Vector<float, linear_regression::batch>;

struct softmax_buffers {
  row_major_matrix x;
  row_major_matrix probabilities;
  row_major_matrix weights;
  row_major_matrix gradient;
  Eigen::RowVectorXf biases;
};

template <class Pixel>
double train_batch(const softmax_regression<Pixel>& problem, std::size_t begin, std::size_t count,
                   softmax_buffers& buffers) {
  auto& [x, p, weights, gradient, biases] = buffers;
  using pixel_row = Eigen::Map<const Eigen::RowVector<Pixel, Eigen::Dynamic>>;
  const auto rows = Eigen::Index(count);
  x.resize(rows, problem.features);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const std::size_t row = problem.order[begin + std::size_t(i)];
    const pixel_row pixels(&problem.pixels[row * problem.features], problem.features);
    x.row(i) = pixels.template cast<float>() * problem.pixel_scale;
  }
  p.noalias() = x * weights.transpose();
  p.rowwise() += biases;
  p.colwise() -= p.rowwise().maxCoeff().eval();
  double loss = 0;
  for (Eigen::Index i = 0; i < rows; ++i)
    loss -= double(p(i, problem.labels[problem.order[begin + std::size_t(i)]]));
  p = p.array().exp();
  const Eigen::VectorXf totals = p.rowwise().sum();
  loss += double(totals.array().log().sum());
  p.array().colwise() /= totals.array();
  for (Eigen::Index i = 0; i < rows; ++i) p(i, problem.labels[problem.order[begin + std::size_t(i)]]) -= 1.0F;
  const float step = problem.learning_rate / float(count);
  gradient.noalias() = p.transpose() * x;
  weights -= step * gradient;
  biases -= step * p.colwise().sum();
  return loss;
}

template <class Pixel> training<softmax_regression<Pixel>> prepare(const softmax_regression<Pixel>& problem) {
  using shape = softmax_regression<Pixel>;
  const auto buffers = std::make_shared<softmax_buffers>();
  return [&problem, buffers](typename shape::parameters& parameters) {
    Eigen::Map<row_major_matrix> weights(parameters.weights.data(), shape::classes, shape::features);
    Eigen::Map<Eigen::RowVectorXf> biases(parameters.biases.data(), shape::classes);
    buffers->weights = weights;
    buffers->biases = biases;
    double loss = 0;
    for (std::size_t begin = 0; begin < problem.rows(); begin += shape::batch)
      loss += train_batch(problem, begin, std::min(shape::batch, problem.rows() - begin), *buffers);
    weights = buffers->weights;
    biases = buffers->biases;
    return loss / double(problem.rows());
  };
}

struct perceptron_buffers {
  row_major_matrix x, hidden, logits, adjoint;
  row_major_matrix hidden_weights, hidden_gradient, weights, gradient;
  Eigen::RowVectorXf hidden_biases, biases;
};

// The adjoint of the logits in place of the logits; returns the sum of the losses.
double cross_entropy(const perceptron& problem, std::size_t begin, row_major_matrix& p) {
  p.colwise() -= p.rowwise().maxCoeff().eval();
  const auto label = [&](Eigen::Index i) { return problem.labels[problem.order[begin + std::size_t(i)]]; };
  double loss = 0;
  for (Eigen::Index i = 0; i < p.rows(); ++i) loss -= double(p(i, label(i)));
  p = p.array().exp();
  const Eigen::VectorXf totals = p.rowwise().sum();
  loss += double(totals.array().log().sum());
  p.array().colwise() /= totals.array();
  for (Eigen::Index i = 0; i < p.rows(); ++i) p(i, label(i)) -= 1.0F;
  return loss;
}

double train_batch(const perceptron& problem, std::size_t begin, std::size_t count,
                   perceptron_buffers& buffers) {
  auto& [x, hidden, logits, adjoint, W, W_gradient, V, V_gradient, b, c] = buffers;
  using pixel_row = Eigen::Map<const Eigen::RowVector<std::uint8_t, Eigen::Dynamic>>;
  const auto rows = Eigen::Index(count);
  x.resize(rows, problem.features);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const std::size_t row = problem.order[begin + std::size_t(i)];
    const pixel_row pixels(&problem.pixels[row * problem.features], problem.features);
    x.row(i) = pixels.cast<float>() * problem.pixel_scale;
  }
  hidden.noalias() = x * W.transpose();
  hidden.rowwise() += b;
  hidden = hidden.cwiseMax(0.0F);
  logits.noalias() = hidden * V.transpose();
  logits.rowwise() += c;
  const double loss = cross_entropy(problem, begin, logits);
  adjoint.noalias() = logits * V;
  adjoint = (hidden.array() > 0.0F).select(adjoint, 0.0F);
  const float step = problem.learning_rate / float(count);
  W_gradient.noalias() = adjoint.transpose() * x;
  V_gradient.noalias() = logits.transpose() * hidden;
  W -= step * W_gradient;
  b -= step * adjoint.colwise().sum();
  V -= step * V_gradient;
  c -= step * logits.colwise().sum();
  return loss;
}

training<perceptron> prepare_perceptron(const perceptron& problem) {
  const auto buffers = std::make_shared<perceptron_buffers>();
  return [&problem, buffers](perceptron::parameters& parameters) {
    using shape = perceptron;
    Eigen::Map<row_major_matrix> W(parameters.hidden_weights.data(), shape::hidden, shape::features);
    Eigen::Map<Eigen::RowVectorXf> b(parameters.hidden_biases.data(), shape::hidden);
    Eigen::Map<row_major_matrix> V(parameters.weights.data(), shape::classes, shape::hidden);
    Eigen::Map<Eigen::RowVectorXf> c(parameters.biases.data(), shape::classes);
    buffers->hidden_weights = W;
    buffers->hidden_biases = b;
    buffers->weights = V;
    buffers->biases = c;
    double loss = 0;
    for (std::size_t begin = 0; begin < problem.rows(); begin += shape::batch)
      loss += train_batch(problem, begin, std::min(shape::batch, problem.rows() - begin), *buffers);
    W = buffers->hidden_weights;
    b = buffers->hidden_biases;
    V = buffers->weights;
    c = buffers->biases;
    return loss / double(problem.rows());
  };
}

training<wide_regression> prepare_wide(const wide_regression& problem) {
  return [&problem, residual = std::make_shared<Eigen::VectorXf>()](wide_regression::parameters& parameters) {
    constexpr Eigen::Index features = wide_regression::features;
    const auto rows = Eigen::Index(problem.rows());
    const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, features, Eigen::RowMajor>> x(
        problem.inputs.data(), rows, features);
    const Eigen::Map<const Eigen::VectorXf> y(problem.targets.data(), rows);
    const Eigen::Map<const Eigen::Vector<float, features>> w(parameters.weights.data());
    Eigen::Map<Eigen::Vector<float, features>> gradient(parameters.gradient.data());
    residual->noalias() = x * w;
    *residual -= y;
    residual->array() += parameters.bias;
    gradient.noalias() = x.transpose() * *residual;
    gradient /= float(rows);
    parameters.bias_gradient = residual->mean();
    return double(residual->squaredNorm()) / 2 / double(rows);
  };
}

const entry<linear_regression> fixed{
    "Eigen, fixed sizes", 1,
    unprepared<linear_regression>(train_linear<fixed_inputs, fixed_targets, Eigen::Vector2f>)};
const entry<linear_regression> dynamic{
    "Eigen, dynamic sizes", 1,
    unprepared<linear_regression>(train_linear<Eigen::MatrixXf, Eigen::VectorXf, Eigen::VectorXf>)};
const entry<softmax_regression<std::uint8_t>> bytes{"Eigen", 1, prepare<std::uint8_t>};
const entry<softmax_regression<float>> floats{"Eigen", 1, prepare<float>};
const entry<perceptron> hidden_layer{"Eigen", 1, prepare_perceptron};
const entry<wide_regression> wide{"Eigen", 1, prepare_wide};

}  // namespace
}  // namespace compare
