// SPDX-License-Identifier: BSL-1.0
// Windows, convolutions and pooling against the interpreter: images of rows, of parameters, computed images;
// strides, padding, extents that fill no block.
#define BOOST_TEST_MODULE convolution
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto image = input<"image", 2, 6, 5>;
constexpr auto W = param<"W", 3, 2, 3, 2>;
constexpr auto V = param<"V", 2, 3, 2, 2>;
constexpr auto b = param<"b", 3>;
constexpr auto picture = param<"picture", 2, 5, 6>;

}  // namespace

BOOST_AUTO_TEST_CASE(values_of_windows_agree_with_the_interpreter) {
  rows_agree("windows", windows<3, 2, 2>(image));
  rows_agree("convolution", conv2d(image, W));
  rows_agree("with strides and padding", conv2d<2, 1>(image, W));
  rows_agree("pools", max_pool2d<2>(image) + mean_pool2d<2>(image));
}

BOOST_AUTO_TEST_CASE(gradients_of_convolutions_agree_with_the_interpreter) {
  gradient_agrees("one layer", sum(tanh(conv2d(image, W) + reshape<3, 1, 1>(b))));
  gradient_agrees("two layers", sum(square(conv2d<1, 1>(tanh(conv2d(image, W) / constant<8>), V))));
  gradient_agrees("strides", sum(square(conv2d<2, 1>(tanh(conv2d<1, 1>(image, W) / constant<8>), V))));
}

BOOST_AUTO_TEST_CASE(groups_and_dilations_agree_with_the_interpreter) {
  gradient_agrees(
      "depthwise",
      sum(square(conv2d<1, 1, 1, 3>(tanh(conv2d(image, W) / constant<8>), param<"D", 3, 1, 3, 3>))));
  gradient_agrees("dilated groups", sum(square(conv2d<1, 1, 2, 2>(image, param<"G", 4, 1, 2, 2>))) +
                                        sum(tanh(conv2d<1, 0, 2>(image, W))));
}

BOOST_AUTO_TEST_CASE(gradients_of_pools_agree_with_the_interpreter) {
  constexpr auto layer = tanh(conv2d<1, 1>(image, W) / constant<8>);
  gradient_agrees("mean", sum(square(mean_pool2d<2>(layer))));
  gradient_agrees("overlapping mean", sum(square(mean_pool2d<3, 2>(layer))));
  gradient_agrees("greatest", sum(square(max_pool2d<2>(layer))));
  gradient_agrees("overlapping greatest", sum(square(max_pool2d<3, 1>(layer))));
}

BOOST_AUTO_TEST_CASE(images_of_parameters_agree_with_the_interpreter) {
  gradient_agrees("filters", sum(square(conv2d<1, 1>(picture, W))) + sum(square(conv2d(image, W))));
}
