// SPDX-License-Identifier: BSL-1.0
// Convolutions in Eigen: the windows of an image are the columns of a matrix, image by image.
#include "eigen.hpp"

namespace bench::layers {
namespace {

/// A layer of convolutions of one image [channels][side][side].
struct convolving {
  Eigen::Index channels, side, kernel;
  matrix K, windows, results, by_K, by_windows;
  Eigen::VectorXf c, by_c;

  [[nodiscard]] Eigen::Index size() const { return side - kernel + 1; }

  convolving(Eigen::Index channels_, Eigen::Index side_, Eigen::Index kernel_, Eigen::Index outputs,
             const std::vector<float>& weights, const std::vector<float>& biases)
      : channels(channels_),
        side(side_),
        kernel(kernel_),
        K(matrix_of(weights, std::size_t(outputs), std::size_t(channels * kernel * kernel))),
        windows(K.cols(), size() * size()),
        c(vector_of(biases).transpose()) {}

  void begin() {
    by_K = matrix::Zero(K.rows(), K.cols());
    by_c = Eigen::VectorXf::Zero(c.size());
  }

  /// Calls `visit(row of windows, row of the image, first of it)` for what is read together.
  template <class Visit> void for_each_run(Visit visit) const {
    for (Eigen::Index i = 0; i < channels; ++i)
      for (Eigen::Index u = 0; u < kernel; ++u)
        for (Eigen::Index v = 0; v < kernel; ++v)
          for (Eigen::Index y = 0; y < size(); ++y)
            visit((i * kernel + u) * kernel + v, y * size(), (i * side + y + u) * side + v);
  }

  void forward(const float* image) {
    for_each_run([&](Eigen::Index window, Eigen::Index place, Eigen::Index from) {
      windows.row(window).segment(place, size()) = Eigen::Map<const row_vector>(image + from, size());
    });
    results.noalias() = K * windows;
    results = (results.colwise() + c).cwiseMax(0.0F);
  }

  void add_by_weights(const matrix& adjoints) {
    by_K.noalias() += adjoints * windows.transpose();
    by_c += adjoints.rowwise().sum();
  }

  void by_image(const matrix& adjoints, row_vector& to) {
    by_windows.noalias() = K.transpose() * adjoints;
    to.setZero(channels * side * side);
    for_each_run([&](Eigen::Index window, Eigen::Index place, Eigen::Index at) {
      to.segment(at, size()) += by_windows.row(window).segment(place, size());
    });
  }
};

constexpr Eigen::Index side = convolution::side, padding = convolution::padding;
constexpr Eigen::Index wide = side + 2 * padding;

void pad(const float* image, matrix& to) {
  to.block(padding, padding, side, side) = Eigen::Map<const matrix>(image, side, side);
}

struct one_layer {
  const float* x;
  convolving layer;
  matrix image = matrix::Zero(wide, wide);

  explicit one_layer(const problem& from)
      : x(from.inputs.data()),
        layer(1, wide, convolution::kernel, convolution::channels, from.parameters[0], from.parameters[1]) {}

  double run() {
    double loss = 0;
    layer.begin();
    for (std::size_t r = 0; r < convolution::rows; ++r) {
      pad(x + Eigen::Index(r) * side * side, image);
      layer.forward(image.data());
      loss += 0.5 * double(layer.results.squaredNorm());
      layer.add_by_weights(layer.results);
    }
    layer.by_K /= float(convolution::rows);
    layer.by_c /= float(convolution::rows);
    return loss / double(convolution::rows);
  }

  std::vector<float> gradient() const { return joined_parts(layer.by_K, layer.by_c); }
};

struct two_layers {
  static constexpr Eigen::Index pooled = two_convolutions::pooled, channels = two_convolutions::channels;
  const float* x;
  convolving first, second;
  matrix image = matrix::Zero(wide, wide), by_first{channels, side*side};
  row_vector means{channels * pooled * pooled}, by_means;

  explicit two_layers(const problem& from)
      : x(from.inputs.data()),
        first(1, wide, two_convolutions::kernel, channels, from.parameters[0], from.parameters[1]),
        second(channels, pooled, two_convolutions::kernel, two_convolutions::next_channels,
               from.parameters[2], from.parameters[3]) {}

  double run() {
    double loss = 0;
    first.begin();
    second.begin();
    for (std::size_t r = 0; r < two_convolutions::rows; ++r) {
      pad(x + Eigen::Index(r) * side * side, image);
      first.forward(image.data());
      pool();
      second.forward(means.data());
      loss += 0.5 * double(second.results.squaredNorm());
      second.add_by_weights(second.results);
      second.by_image(second.results, by_means);
      spread();
      first.add_by_weights(by_first);
    }
    for (convolving* each : {&first, &second}) {
      each->by_K /= float(two_convolutions::rows);
      each->by_c /= float(two_convolutions::rows);
    }
    return loss / double(two_convolutions::rows);
  }

  using places = Eigen::Map<matrix, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

  /// Every other place of every other row of all channels.
  static places every_other(float* from, Eigen::Index y, Eigen::Index k) {
    return {from + y * side + k, channels * pooled, pooled, {2 * side, 2}};
  }

  void pool() {
    float* const from = first.results.data();
    Eigen::Map<matrix>(means.data(), channels * pooled, pooled) =
        0.25F * (every_other(from, 0, 0) + every_other(from, 0, 1) + every_other(from, 1, 0) +
                 every_other(from, 1, 1));
  }

  /// Back through the means and the relu.
  void spread() {
    const Eigen::Map<const matrix> adjoint(by_means.data(), channels * pooled, pooled);
    for (Eigen::Index y = 0; y < 2; ++y)
      for (Eigen::Index k = 0; k < 2; ++k) every_other(by_first.data(), y, k) = 0.25F * adjoint;
    by_first = (first.results.array() > 0.0F).select(by_first, 0.0F);
  }

  std::vector<float> gradient() const {
    return joined_parts(first.by_K, first.by_c, second.by_K, second.by_c);
  }
};

const entry one{convolution::numbers, "Eigen", of_matrices<one_layer>};
const entry two{two_convolutions::numbers, "Eigen", of_matrices<two_layers>};

}  // namespace
}  // namespace bench::layers
