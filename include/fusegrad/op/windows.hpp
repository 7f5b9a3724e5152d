// SPDX-License-Identifier: BSL-1.0
// Windows of an image: overlapping views, and what is made of them, convolutions and pooling. The windows are
// never laid out in memory: whoever reads them reads the image.
#pragma once

#include "fusegrad/op/concat.hpp"
#include "fusegrad/op/contract.hpp"

namespace fusegrad {

/// All windows of the last two axes: [.., H, W] -> [.., H', W', height, width]. Elements of a window lie
/// `dilation` apart.
[[nodiscard]] constexpr ref windows_of(ref image, int height, int width, int stride, int dilation = 1) {
  const tensor_shape from = image.extents();
  const int lead = from.rank - 2;
  const int rows = (height - 1) * dilation + 1, columns = (width - 1) * dilation + 1;
  if (lead < 0 || height < 1 || width < 1 || stride < 1 || dilation < 1 || rows > from[lead] ||
      columns > from[lead + 1]) {
    image.in->report({problem_kind::window_does_not_fit, from, tensor_shape{height, width}});
    return image;
  }
  if (from.rank + 2 > max_rank) {
    image.in->report({problem_kind::rank_too_large, from, {}});
    return image;
  }
  attributes part = striding::whole(from);
  part.extents.set(lead, (from[lead] - rows) / stride + 1);
  part.extents.set(lead + 1, (from[lead + 1] - columns) / stride + 1);
  part.steps.set(lead, stride);
  part.steps.set(lead + 1, stride);
  for (int axis : {lead, lead + 1}) {
    part.extents.push_back(axis == lead ? height : width);
    part.steps.push_back(dilation);
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

template <int Stride, int Padding, int Dilation, int Groups> struct conv2d_function {
  static constexpr std::string_view word = "conv2d";
  constexpr ref operator()(ref image, ref weights) const {
    const problem trouble = trouble_of(image.extents(), weights.extents());
    if (trouble) {
      image.in->report(trouble);
      return image;
    }
    const tensor_shape kernel = weights.extents();
    const ref seen = windows_of(framed(image, Padding), kernel[2], kernel[3], Stride, Dilation);
    if (image.in->trouble()) return image;
    if constexpr (Groups == 1) return product(weights, seen);
    if (kernel[1] == 1) return of_single_channels(weights, seen);
    ref parts[Groups];
    const int outputs = kernel[0] / Groups;
    for (int group = 0; group < Groups; ++group)
      parts[group] = product(slice_of(weights, 0, group * outputs, (group + 1) * outputs, 1),
                             slice_of(seen, 0, group * kernel[1], (group + 1) * kernel[1], 1));
    return concat_all(parts, Groups, 0);
  }

 private:
  static constexpr problem trouble_of(const tensor_shape& image, const tensor_shape& weights) {
    if (image.rank != 3 || weights.rank != 4) return {problem_kind::no_image, image, weights};
    if (Groups == 1 && image[0] != weights[1]) return {problem_kind::channels_differ, image, weights};
    const bool divide = weights[1] * Groups == image[0] && weights[0] % Groups == 0;
    return {divide ? problem_kind::none : problem_kind::groups_do_not_divide, image, weights};
  }
  // a: outputs, b: channels, c and d: where the window is, e and f: within the window
  static constexpr ref product(ref weights, ref seen) {
    return contract(weights, letters("abef"), seen, letters("bcdef"), letters("acd"));
  }
  /// As many groups as channels: all of them in one contraction, groups as b.
  static constexpr ref of_single_channels(ref weights, ref seen) {
    const tensor_shape kernel = weights.extents(), image = seen.extents();
    const int outputs = kernel[0] / Groups;
    const ref by_group = reshape_to(weights, {Groups, outputs, kernel[2], kernel[3]});
    const ref each = contract(by_group, letters("baef"), seen, letters("bcdef"), letters("bacd"));
    return reshape_to(each, {kernel[0], image[1], image[2]});
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
/// With a dilation, the elements of a window lie that far apart. With groups, channels and outputs are divided
/// into so many equal parts, and each part of the outputs sees its part of the channels; as many groups as
/// channels make a depthwise convolution.
/// Shape:  image [channels, H, W], weights [outputs, channels / Groups, h, w] ->
///         [outputs, (H + 2 Padding - Dilation (h - 1) - 1) / Stride + 1, the same of W and w].
/// Errors: compile time, if the shapes are others, the channels differ, the groups do not divide them and the
///         outputs, or the weights do not fit.
/// Cost:   2 flops per element of the result and weight of an output.
/// Source: Goodfellow, Bengio, Courville 2016, "Deep Learning", eq. 9.6.
template <int Stride = 1, int Padding = 0, int Dilation = 1, int Groups = 1, formula Image, formula Weights>
requires(Groups > 0) [[nodiscard]] constexpr auto conv2d(Image image, Weights weights) {
  return call<conv2d_function<Stride, Padding, Dilation, Groups>>(image, weights);
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
