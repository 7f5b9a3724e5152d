// SPDX-License-Identifier: BSL-1.0
// The problems every peer solves: data, order of the rows, step length; and the parameters it has to leave
// behind. Extents and batch sizes are constants, so that each peer may know them when it is compiled.
#pragma once

#include "fusegrad/run/executor.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace compare {

/// Linear regression, three epochs of minibatch descent on (x.w + b - y)^2 / 2.
struct linear_regression {
  static constexpr std::size_t features = 2;
  static constexpr std::size_t batch = 10;
  static constexpr std::size_t epochs = 3;

  struct parameters {
    std::array<float, features> weights{};
    float bias = 0;
  };

  std::span<const float> inputs;         ///< [rows, 2], row-major.
  std::span<const float> targets;        ///< [rows].
  std::span<const std::uint32_t> order;  ///< [epochs * rows]: the rows in the order they are visited.
  float learning_rate = 0.03F;

  [[nodiscard]] std::size_t rows() const { return targets.size(); }
};

/// Softmax regression, one epoch of minibatch descent on the cross-entropy.
/// Units:   a pixel counts `pixel_scale` times what is stored.
template <class Pixel> struct softmax_regression {
  static constexpr std::size_t features = 784;
  static constexpr std::size_t classes = 10;
  static constexpr std::size_t batch = 256;
  static constexpr float pixel_scale = sizeof(Pixel) == 1 ? 1.0F / 255.0F : 1.0F;

  struct parameters {
    std::vector<float> weights = std::vector<float>(classes * features);  ///< [10, 784], row-major.
    std::array<float, classes> biases{};
  };

  std::span<const Pixel> pixels;         ///< [rows, 784], row-major.
  std::span<const std::uint8_t> labels;  ///< [rows], each below 10.
  std::span<const std::uint32_t> order;  ///< [rows]: the rows in the order they are visited.
  float learning_rate = 0.1F;

  [[nodiscard]] std::size_t rows() const { return labels.size(); }
};

/// A perceptron with one hidden layer of rectifiers, one epoch of minibatch descent on the cross-entropy.
/// Units:   a pixel counts `pixel_scale` times what is stored.
struct perceptron {
  static constexpr std::size_t features = 784;
  static constexpr std::size_t hidden = 256;
  static constexpr std::size_t classes = 10;
  static constexpr std::size_t batch = 256;
  static constexpr float pixel_scale = 1.0F / 255.0F;

  struct parameters {
    std::vector<float> hidden_weights = std::vector<float>(hidden * features);  ///< [256, 784], row-major.
    std::vector<float> hidden_biases = std::vector<float>(hidden);
    std::vector<float> weights = std::vector<float>(classes * hidden);  ///< [10, 256], row-major.
    std::array<float, classes> biases{};
  };

  std::span<const std::uint8_t> pixels;  ///< [rows, 784], row-major.
  std::span<const std::uint8_t> labels;  ///< [rows], each below 10.
  std::span<const std::uint32_t> order;  ///< [rows]: the rows in the order they are visited.
  float learning_rate = 0.1F;

  [[nodiscard]] std::size_t rows() const { return labels.size(); }
};

/// Linear regression with many features: the mean over all rows of (x.w + b - y)^2 / 2 and its gradient,
/// once.
struct wide_regression {
  static constexpr std::size_t features = 32;

  /// The weights stay as they are; the gradient is the result.
  struct parameters {
    std::array<float, features> weights{};
    float bias = 0;
    std::array<float, features> gradient{};
    float bias_gradient = 0;
  };

  std::span<const float> inputs;   ///< [rows, 32], row-major.
  std::span<const float> targets;  ///< [rows].

  [[nodiscard]] std::size_t rows() const { return targets.size(); }
};

/// A robust loss of many pairs: the mean of log(cosh(p - t)) + log1p((p - t)^2 / freedom), and its gradient
/// by every p, once.
struct robust_pairs {
  static constexpr float freedom = 3;

  /// The gradient is the result: [rows]. A copy has memory of its own, whose content is of no matter.
  struct parameters {
    explicit parameters(std::size_t rows = 0) : gradient(rows) {}
    parameters(const parameters& other) : gradient(other.gradient.size()) {}
    parameters(parameters&&) = default;
    parameters& operator=(const parameters& other) {
      gradient.reserve(other.gradient.size());
      return *this;
    }
    parameters& operator=(parameters&&) = default;

    fusegrad::aligned_memory<float> gradient;
  };

  std::span<const float> predictions;  ///< [rows].
  std::span<const float> targets;      ///< [rows].

  [[nodiscard]] std::size_t rows() const { return targets.size(); }
};

/// Every parameter in one list, for the check of equal results.
[[nodiscard]] inline std::vector<float> flattened(const linear_regression::parameters& parameters) {
  return {parameters.weights[0], parameters.weights[1], parameters.bias};
}

[[nodiscard]] inline std::vector<float> flattened(const perceptron::parameters& parameters) {
  std::vector<float> all = parameters.hidden_weights;
  all.insert(all.end(), parameters.hidden_biases.begin(), parameters.hidden_biases.end());
  all.insert(all.end(), parameters.weights.begin(), parameters.weights.end());
  all.insert(all.end(), parameters.biases.begin(), parameters.biases.end());
  return all;
}

[[nodiscard]] inline std::vector<float> flattened(const wide_regression::parameters& parameters) {
  std::vector<float> all(parameters.gradient.begin(), parameters.gradient.end());
  all.push_back(parameters.bias_gradient);
  return all;
}

[[nodiscard]] inline std::vector<float> flattened(const robust_pairs::parameters& parameters) {
  return {parameters.gradient.data(), parameters.gradient.data() + parameters.gradient.size()};
}

template <class Parameters> [[nodiscard]] std::vector<float> flattened(const Parameters& parameters) {
  std::vector<float> all = parameters.weights;
  all.insert(all.end(), parameters.biases.begin(), parameters.biases.end());
  return all;
}

}  // namespace compare
