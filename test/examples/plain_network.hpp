// SPDX-License-Identifier: BSL-1.0
// A network of dense layers, trained by plain loops in double: what the examples' networks are compared with.
#pragma once

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "fusegrad/fusegrad.hpp"

namespace fusegrad::test {

/// One layer: weights [outputs][inputs] and biases.
struct plain_layer {
  std::size_t inputs = 0, outputs = 0;
  std::vector<double> weights, biases;

  /// With the parameters of a model.
  template <class Model, class Weights, class Biases>
  plain_layer(const Model& of, Weights w, Biases b)
      : inputs(std::size_t(Weights::extents[1])),
        outputs(std::size_t(Weights::extents[0])),
        weights(of[w].begin(), of[w].end()),
        biases(of[b].begin(), of[b].end()) {}
};

/// What is multiplied with hidden value `unit` of `layer`, for a row of the data in a step: of dropout.
using plain_factor =
    std::function<double(std::size_t layer, std::size_t row, std::uint32_t step, std::size_t unit)>;

/// Layers with relu between them, and softmax cross-entropy at the end.
class plain_network {
 public:
  explicit plain_network(std::vector<plain_layer> layers, plain_factor factor = {})
      : layers_(std::move(layers)), factor_(std::move(factor)) {}

  [[nodiscard]] const std::vector<plain_layer>& layers() const { return layers_; }

  /// One epoch of steps on shuffled rows; the mean of the loss.
  double train(const std::uint8_t* pixels, const std::uint8_t* labels, std::size_t rows,
               std::size_t batch_size, double learning_rate, std::uint64_t seed) {
    const auto order = permutation(rows, seed);
    double total = 0;
    for (std::size_t first = 0; first < rows; first += batch_size, ++step_) {
      const std::size_t last = std::min(first + batch_size, rows);
      begin_gradient();
      for (std::size_t i = first; i < last; ++i)
        total += add_row(pixels + order[i] * layers_[0].inputs, labels[order[i]], order[i]);
      update(learning_rate / double(last - first));
    }
    return total / double(rows);
  }

 private:
  using numbers = std::vector<double>;

  void begin_gradient() {
    gradient_ = layers_;
    for (plain_layer& each : gradient_) {
      std::fill(each.weights.begin(), each.weights.end(), 0.);
      std::fill(each.biases.begin(), each.biases.end(), 0.);
    }
  }

  void update(double rate) {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      for (std::size_t i = 0; i < layers_[l].weights.size(); ++i)
        layers_[l].weights[i] -= rate * gradient_[l].weights[i];
      for (std::size_t i = 0; i < layers_[l].biases.size(); ++i)
        layers_[l].biases[i] -= rate * gradient_[l].biases[i];
    }
  }

  [[nodiscard]] double factor_of(std::size_t layer, std::size_t row, std::size_t unit) const {
    return factor_ ? factor_(layer, row, step_, unit) : 1;
  }

  /// Adds a row's share to the gradient; its loss.
  double add_row(const std::uint8_t* pixels, std::size_t actual, std::size_t row) {
    std::vector<numbers> values{numbers(pixels, pixels + layers_[0].inputs)};
    for (double& each : values[0]) each /= 255.;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const plain_layer& layer = layers_[l];
      numbers z = layer.biases;
      for (std::size_t k = 0; k < layer.outputs; ++k)
        for (std::size_t j = 0; j < layer.inputs; ++j)
          z[k] += layer.weights[k * layer.inputs + j] * values[l][j];
      if (l + 1 < layers_.size())
        for (std::size_t k = 0; k < layer.outputs; ++k) z[k] = std::max(z[k], 0.) * factor_of(l, row, k);
      values.push_back(z);
    }
    numbers adjoint = values.back();
    const double loss = differentiate(adjoint, actual);
    for (std::size_t l = layers_.size(); l-- > 0;) adjoint = add_layer(l, values, adjoint, row);
    return loss;
  }

  /// Replaces logits by the derivative of the loss by them; the loss.
  static double differentiate(numbers& z, std::size_t actual) {
    const double largest = *std::max_element(z.begin(), z.end()), shifted = z[actual] - largest;
    double total = 0;
    for (double& each : z) total += each = std::exp(each - largest);
    for (double& each : z) each /= total;
    z[actual] -= 1;
    return std::log(total) - shifted;
  }

  /// The share of one layer; the adjoint of the values below it, before their relu.
  numbers add_layer(std::size_t l, const std::vector<numbers>& values, const numbers& adjoint,
                    std::size_t row) {
    const plain_layer& layer = layers_[l];
    numbers below(layer.inputs);
    for (std::size_t k = 0; k < layer.outputs; ++k) {
      gradient_[l].biases[k] += adjoint[k];
      for (std::size_t j = 0; j < layer.inputs; ++j) {
        gradient_[l].weights[k * layer.inputs + j] += adjoint[k] * values[l][j];
        below[j] += adjoint[k] * layer.weights[k * layer.inputs + j];
      }
    }
    for (std::size_t j = 0; l > 0 && j < layer.inputs; ++j)
      below[j] = values[l][j] > 0 ? below[j] * factor_of(l - 1, row, j) : 0;
    return below;
  }

  std::vector<plain_layer> layers_, gradient_;
  plain_factor factor_;
  std::uint32_t step_ = 0;
};

/// The first images of Fashion-MNIST, of which plain loops take seconds.
struct some_images {
  std::vector<std::uint8_t> pixels, labels;

  explicit some_images(std::size_t rows) {
    const fashion_mnist_files files = load_fashion_mnist();
    const auto* const first = files.train.pixels(0).data();
    pixels.assign(first, first + rows * files.train.images.width());
    for (std::size_t row = 0; row < rows; ++row) labels.push_back(std::uint8_t(files.train.label(row)));
  }

  [[nodiscard]] std::size_t rows() const { return labels.size(); }
  template <class Pixels, class Class> [[nodiscard]] auto data(Pixels x, Class y) const {
    return dataset(x = scaled(pixels, 1 / 255.), y = labels);
  }
};

/// Trains a model and a network of plain loops on the same steps: their losses agree.
template <class Loss, class Model, class Data>
void train_both(Loss loss, Model& model, const Data& data, plain_network& expected, const some_images& images,
                std::uint64_t seed) {
  constexpr std::size_t batch_size = 128, epochs = 2;
  constexpr double rate = 0.1;
  const auto reports = fit(loss, model, data, sgd{.learning_rate = rate},
                           {.epochs = epochs, .batch_size = batch_size, .seed = seed, .log = nullptr});
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    const double wanted = expected.train(images.pixels.data(), images.labels.data(), images.rows(),
                                         batch_size, rate, seed + epoch);
    BOOST_TEST(std::abs(reports[epoch].loss / wanted - 1) < 1e-5);
  }
}

/// The largest distance of a parameter of a model from that of a layer.
template <class Parameter> double largest_gap(const Parameter& found, const std::vector<double>& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    largest = std::max(largest, std::abs(double(found[i]) - expected[i]));
  return largest;
}

}  // namespace fusegrad::test
