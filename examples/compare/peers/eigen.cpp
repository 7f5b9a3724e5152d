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

const entry<linear_regression> fixed{
    "Eigen, fixed sizes", 1,
    unprepared<linear_regression>(train_linear<fixed_inputs, fixed_targets, Eigen::Vector2f>)};
const entry<linear_regression> dynamic{
    "Eigen, dynamic sizes", 1,
    unprepared<linear_regression>(train_linear<Eigen::MatrixXf, Eigen::VectorXf, Eigen::VectorXf>)};
const entry<softmax_regression<std::uint8_t>> bytes{"Eigen", 1, prepare<std::uint8_t>};
const entry<softmax_regression<float>> floats{"Eigen", 1, prepare<float>};

}  // namespace
}  // namespace compare
