// SPDX-License-Identifier: BSL-1.0
// Convolutions of one image as plain loops, by the rows of the image: forward, and the two gradients.
#pragma once

#include <algorithm>
#include <cstddef>

namespace bench::layers::plain {

/// Sizes of one layer: an image [Channels][Side][Side] gives results [Outputs][Size][Size].
template <std::size_t Channels, std::size_t Side, std::size_t Outputs, std::size_t Kernel> struct convolving {
  static constexpr std::size_t size = Side - Kernel + 1;

  /// results = relu(convolution + c).
  static void forward(const float* image, const float* K, const float* c, float* results) {
    for (std::size_t o = 0; o < Outputs; ++o)
      for (std::size_t y = 0; y < size; ++y) {
        float sums[size];
        for (float& each : sums) each = c[o];
        for (std::size_t i = 0; i < Channels; ++i)
          for (std::size_t u = 0; u < Kernel; ++u)
            for (std::size_t v = 0; v < Kernel; ++v) {
              const float weight = K[((o * Channels + i) * Kernel + u) * Kernel + v];
              const float* const from = image + (i * Side + y + u) * Side + v;
              for (std::size_t x = 0; x < size; ++x) sums[x] += weight * from[x];
            }
        for (std::size_t x = 0; x < size; ++x) results[(o * size + y) * size + x] = std::max(sums[x], 0.0F);
      }
  }

  /// by_K += ..., by_c += ....
  static void add_by_weights(const float* image, const float* adjoints, float* by_K, float* by_c) {
    for (std::size_t o = 0; o < Outputs; ++o) {
      const float* const of = adjoints + o * size * size;
      for (std::size_t k = 0; k < size * size; ++k) by_c[o] += of[k];
      for (std::size_t i = 0; i < Channels; ++i)
        for (std::size_t u = 0; u < Kernel; ++u) {
          float sums[Kernel] = {};
          for (std::size_t y = 0; y < size; ++y) {
            const float* const from = image + (i * Side + y + u) * Side;
            for (std::size_t v = 0; v < Kernel; ++v)
              for (std::size_t x = 0; x < size; ++x) sums[v] += of[y * size + x] * from[x + v];
          }
          for (std::size_t v = 0; v < Kernel; ++v)
            by_K[((o * Channels + i) * Kernel + u) * Kernel + v] += sums[v];
        }
    }
  }

  /// by_image = ....
  static void by_image(const float* K, const float* adjoints, float* by_image) {
    std::fill_n(by_image, Channels * Side * Side, 0.0F);
    for (std::size_t o = 0; o < Outputs; ++o)
      for (std::size_t i = 0; i < Channels; ++i)
        for (std::size_t y = 0; y < size; ++y)
          for (std::size_t u = 0; u < Kernel; ++u)
            for (std::size_t v = 0; v < Kernel; ++v) {
              const float weight = K[((o * Channels + i) * Kernel + u) * Kernel + v];
              float* const to = by_image + (i * Side + y + u) * Side + v;
              for (std::size_t x = 0; x < size; ++x) to[x] += weight * adjoints[(o * size + y) * size + x];
            }
  }
};

/// Puts zeros around an image.
template <std::size_t Side, std::size_t Padding> inline void pad(const float* image, float* to) {
  constexpr std::size_t wide = Side + 2 * Padding;
  for (std::size_t y = 0; y < Side; ++y)
    std::copy_n(image + y * Side, Side, to + (y + Padding) * wide + Padding);
}

}  // namespace bench::layers::plain
