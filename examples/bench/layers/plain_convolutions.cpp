// SPDX-License-Identifier: BSL-1.0
// One layer of convolutions and two of them as plain loops, image by image.
#include "plain.hpp"
#include "plain_convolution.hpp"

namespace bench::layers {
namespace {

namespace first_sizes = convolution;
constexpr std::size_t side = first_sizes::side, padding = first_sizes::padding, kernel = first_sizes::kernel;
constexpr std::size_t channels = first_sizes::channels, wide = side + 2 * padding;
using first_layer = plain::convolving<1, wide, channels, kernel>;

struct one_layer {
  static constexpr std::size_t rows = convolution::rows;
  const float* x;
  std::vector<float> K, c;
  std::vector<float> image = std::vector<float>(wide * wide);  // with its border of zeros
  std::vector<float> results = std::vector<float>(channels * side * side);
  std::vector<float> by_K = K, by_c = c;

  explicit one_layer(const problem& from)
      : x(from.inputs.data()), K(from.parameters[0]), c(from.parameters[1]) {}

  double run() {
    std::fill(by_K.begin(), by_K.end(), 0.0F);
    std::fill(by_c.begin(), by_c.end(), 0.0F);
    double loss = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      plain::pad<side, padding>(x + r * side * side, image.data());
      first_layer::forward(image.data(), K.data(), c.data(), results.data());
      loss += plain::half_squares(results);
      first_layer::add_by_weights(image.data(), results.data(), by_K.data(), by_c.data());
    }
    return loss / double(rows);
  }

  std::vector<float> gradient() const { return plain::scaled(joined({by_K, by_c}), rows); }
};

struct two_layers {
  static constexpr std::size_t rows = two_convolutions::rows, pooled = two_convolutions::pooled;
  static constexpr std::size_t next_channels = two_convolutions::next_channels;
  static constexpr std::size_t next_side = two_convolutions::next_side;
  using next_layer = plain::convolving<channels, pooled, next_channels, kernel>;
  const float* x;
  std::vector<float> K, c, L, d;
  std::vector<float> image = std::vector<float>(wide * wide);
  std::vector<float> first = std::vector<float>(channels * side * side), by_first = first;
  std::vector<float> means = std::vector<float>(channels * pooled * pooled), by_means = means;
  std::vector<float> results = std::vector<float>(next_channels * next_side * next_side);
  std::vector<float> by_K = K, by_c = c, by_L = L, by_d = d;

  explicit two_layers(const problem& from)
      : x(from.inputs.data()),
        K(from.parameters[0]),
        c(from.parameters[1]),
        L(from.parameters[2]),
        d(from.parameters[3]) {}

  double run() {
    for (std::vector<float>* each : {&by_K, &by_c, &by_L, &by_d}) std::fill(each->begin(), each->end(), 0.0F);
    double loss = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      plain::pad<side, padding>(x + r * side * side, image.data());
      first_layer::forward(image.data(), K.data(), c.data(), first.data());
      pool();
      next_layer::forward(means.data(), L.data(), d.data(), results.data());
      loss += plain::half_squares(results);
      next_layer::add_by_weights(means.data(), results.data(), by_L.data(), by_d.data());
      next_layer::by_image(L.data(), results.data(), by_means.data());
      spread();
      first_layer::add_by_weights(image.data(), by_first.data(), by_K.data(), by_c.data());
    }
    return loss / double(rows);
  }

  void pool() {
    for (std::size_t i = 0; i < channels; ++i)
      for (std::size_t y = 0; y < pooled; ++y) {
        const float* const upper = &first[(i * side + 2 * y) * side];
        const float* const lower = upper + side;
        for (std::size_t k = 0; k < pooled; ++k)
          means[(i * pooled + y) * pooled + k] =
              0.25F * (upper[2 * k] + upper[2 * k + 1] + lower[2 * k] + lower[2 * k + 1]);
      }
  }

  /// Back through the means and the relu.
  void spread() {
    for (std::size_t i = 0; i < channels; ++i)
      for (std::size_t y = 0; y < side; ++y)
        for (std::size_t k = 0; k < side; ++k) {
          const std::size_t at = (i * side + y) * side + k;
          by_first[at] = first[at] > 0 ? 0.25F * by_means[(i * pooled + y / 2) * pooled + k / 2] : 0;
        }
  }

  std::vector<float> gradient() const { return plain::scaled(joined({by_K, by_c, by_L, by_d}), rows); }
};

const entry one{convolution::numbers, "plain loop", plain::of_state<one_layer>};
const entry two{two_convolutions::numbers, "plain loop", plain::of_state<two_layers>};

}  // namespace
}  // namespace bench::layers
