// SPDX-License-Identifier: BSL-1.0
// Windows of an image: overlapping views, and what is made of them, convolutions and pooling. The windows are
// never laid out in memory: whoever reads them reads the image.
#pragma once

#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/contract.hpp"

namespace fusegrad {

/// All windows of the last two axes: [.., H, W] -> [.., H', W', height, width].
[[nodiscard]] constexpr ref windows_of(ref image, int height, int width, int stride) {
  const shape from = image.extents();
  const int lead = from.rank - 2;
  if (lead < 0 || height < 1 || width < 1 || stride < 1 || height > from[lead] || width > from[lead + 1]) {
    image.in->report({problem_kind::window_does_not_fit, from, shape{height, width}});
    return image;
  }
  if (from.rank + 2 > max_rank) {
    image.in->report({problem_kind::rank_too_large, from, {}});
    return image;
  }
  attributes part = striding::whole(from);
  part.extents.set(lead, (from[lead] - height) / stride + 1);
  part.extents.set(lead + 1, (from[lead + 1] - width) / stride + 1);
  part.steps.set(lead, stride);
  part.steps.set(lead + 1, stride);
  for (int axis : {lead, lead + 1}) {
    part.extents.push_back(axis == lead ? height : width);
    part.steps.push_back(1);
    part.letters[0].push_back(axis + 1);
  }
  return strided_view(image, part);
}

/// Zeros on all four sides of the last two axes.
[[nodiscard]] constexpr ref framed(ref image, int padding) {
  const int last = image.rank() - 1;
  return padded(padded(image, last - 1, padding, padding), last, padding, padding);
}

template <int Height, int Width, int Stride> struct windows_function {
  static constexpr std::string_view word = "windows";
  constexpr ref operator()(ref image) const { return windows_of(image, Height, Width, Stride); }
};

template <int Stride, int Padding> struct conv2d_function {
  static constexpr std::string_view word = "conv2d";
  constexpr ref operator()(ref image, ref weights) const {
    const shape from = image.extents(), kernel = weights.extents();
    if (from.rank != 3 || kernel.rank != 4) {
      image.in->report({problem_kind::no_image, from, kernel});
      return image;
    }
    if (from[0] != kernel[1]) {
      image.in->report({problem_kind::channels_differ, from, kernel});
      return image;
    }
    const ref seen = windows_of(framed(image, Padding), kernel[2], kernel[3], Stride);
    if (image.in->trouble()) return image;
    // a: outputs, b: channels, c and d: where the window is, e and f: within the window
    return contract(weights, letters("abef"), seen, letters("bcdef"), letters("acd"));
  }
};

template <int Size, int Stride, bool Greatest> struct pool2d_function {
  static constexpr std::string_view word = Greatest ? "max_pool2d" : "mean_pool2d";
  constexpr ref operator()(ref image) const {
    const ref seen = windows_of(image, Size, Size, Stride);
    if (image.in->trouble()) return image;
    if constexpr (Greatest)
      return reduce_function<reduce_max_op, false, -2, -1>{}(seen);
    else
      return mean_function<false, -2, -1>{}(seen);
  }
};

/// Every window of so many rows and columns of the last two axes, `Stride` apart.
/// Shape:  [.., H, W] -> [.., (H - Height) / Stride + 1, (W - Width) / Stride + 1, Height, Width].
/// Errors: compile time, if the window does not fit or the result has more than six axes.
/// Cost:   none; its gradient adds up what overlaps, one addition per element.
template <int Height, int Width, int Stride = 1, formula Image>
[[nodiscard]] constexpr auto windows(Image image) {
  return call<windows_function<Height, Width, Stride>>(image);
}

/// The sums of products of each window of an image with weights: what neural networks call a convolution (the
/// weights are not reversed). Add a bias per output as `reshape<outputs, 1, 1>(b)`.
/// Shape:  image [channels, H, W], weights [outputs, channels, h, w] ->
///         [outputs, (H + 2 Padding - h) / Stride + 1, (W + 2 Padding - w) / Stride + 1].
/// Errors: compile time, if the shapes are others, the channels differ or the weights do not fit.
/// Cost:   2 flops per element of the result and weight of an output.
/// Source: Goodfellow, Bengio, Courville 2016, "Deep Learning", eq. 9.6.
template <int Stride = 1, int Padding = 0, formula Image, formula Weights>
[[nodiscard]] constexpr auto conv2d(Image image, Weights weights) {
  return call<conv2d_function<Stride, Padding>>(image, weights);
}

/// The greatest element of each square window; the first of equals takes the gradient.
/// Shape:  [.., H, W] -> [.., (H - Size) / Stride + 1, (W - Size) / Stride + 1].
/// Errors: compile time, if the window does not fit.
template <int Size, int Stride = Size, formula Image> [[nodiscard]] constexpr auto max_pool2d(Image image) {
  return call<pool2d_function<Size, Stride, true>>(image);
}

/// The arithmetic mean of each square window.
/// Shape:  as `max_pool2d`.
/// Errors: compile time, if the window does not fit.
template <int Size, int Stride = Size, formula Image> [[nodiscard]] constexpr auto mean_pool2d(Image image) {
  return call<pool2d_function<Size, Stride, false>>(image);
}

}  // namespace fusegrad
