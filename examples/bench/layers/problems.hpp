// SPDX-License-Identifier: BSL-1.0
// The layers and their sizes. But for the mixture, the loss of a row is half the sum of the squares of what
// the layer gives: its adjoint is the result itself, and has no jump where a relu has its kink.
#pragma once

#include "layer.hpp"

namespace bench::layers {

/// relu(W * x + b).
namespace dense {
inline constexpr std::size_t rows = 256, inputs = 256, outputs = 128;
const problem& numbers();  // W [outputs][inputs], b
}  // namespace dense

/// relu of six 5 x 5 convolutions of an image, which is padded by 2.
namespace convolution {
inline constexpr std::size_t rows = 256, side = 28, padding = 2, kernel = 5, channels = 6;
const problem& numbers();  // K [channels][1][kernel][kernel], c [channels]
}  // namespace convolution

/// These, the means of 2 x 2 places, and relu of sixteen 5 x 5 convolutions of them, not padded: the second
/// layer also has a gradient by what it is given.
namespace two_convolutions {
inline constexpr std::size_t rows = 256, side = 28, padding = 2, kernel = 5, channels = 6;
inline constexpr std::size_t pooled = side / 2, next_channels = 16, next_side = pooled - kernel + 1;
const problem& numbers();  // K, c as above; L [next_channels][channels][kernel][kernel], d [next_channels]
}  // namespace two_convolutions

/// layer_norm(x + shift, gain, bias): the shift makes the gradient go through the statistics.
namespace normalisation {
inline constexpr std::size_t rows = 256, width = 256;
inline constexpr double epsilon = 1e-5;
const problem& numbers();  // shift, gain, bias
}  // namespace normalisation

/// One head of attention of a sequence to itself: queries, keys and values are products with their weights.
namespace attention {
inline constexpr std::size_t rows = 64, tokens = 16, width = 32;
const problem& numbers();  // Q, K, V [width][width]
}  // namespace attention

/// Minus the logarithm of the density of a mixture of normal distributions, without its constant. The inverse
/// of a covariance is transpose(F) * F, where F is a lower triangular matrix, packed row by row.
namespace mixture {
inline constexpr std::size_t rows = 1024, width = 4, clusters = 4, packed = width * (width + 1) / 2;
const problem& numbers();  // shares [clusters]; then for each cluster its mean [width]; then each F [packed]
}  // namespace mixture

}  // namespace bench::layers
