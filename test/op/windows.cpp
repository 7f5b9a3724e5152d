// SPDX-License-Identifier: BSL-1.0
// Windows of an image, convolutions and pooling.
#define BOOST_TEST_MODULE windows
#include "fusegrad/op/windows.hpp"

#include "op/worked.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr ref one_to_nine(worked& on) { return on.tensor({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}); }

/// out[o][y][x] = sum over c, i, j of W[o][c][i][j] * v[c][y * stride + i - padding][x * stride + j -
/// padding].
constexpr numbers convolution(const numbers& v, const tensor_shape& image, const numbers& w,
                              const tensor_shape& kernel, int stride, int padding, int dilation = 1,
                              int groups = 1) {
  numbers result;
  const int height = (image[1] + 2 * padding - dilation * (kernel[2] - 1) - 1) / stride + 1;
  const int width = (image[2] + 2 * padding - dilation * (kernel[3] - 1) - 1) / stride + 1;
  const int channels = image[0] / groups;
  for (int o = 0; o < kernel[0]; ++o)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        double sum = 0;
        for (int c = 0; c < channels; ++c)
          for (int i = 0; i < kernel[2]; ++i)
            for (int j = 0; j < kernel[3]; ++j) {
              const int row = y * stride + i * dilation - padding;
              const int column = x * stride + j * dilation - padding;
              if (row < 0 || row >= image[1] || column < 0 || column >= image[2]) continue;
              sum += w[std::size_t(((o * channels + c) * kernel[2] + i) * kernel[3] + j)] *
                     v[std::size_t(((o / (kernel[0] / groups) * channels + c) * image[1] + row) * image[2] +
                                   column)];
            }
        result.push_back(sum);
      }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(windows_overlap_and_lie_a_stride_apart) {
  holds<[] {
    worked on;
    const ref m = on.tensor({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
    const ref near = windows<2, 3>(m), far = windows<1, 2, 2>(m);
    return near.extents() == tensor_shape{1, 2, 2, 3} &&
           on.value(near) == numbers{1, 2, 3, 5, 6, 7, 2, 3, 4, 6, 7, 8} &&
           far.extents() == tensor_shape{1, 2, 1, 2} && on.value(far) == numbers{1, 2, 3, 4};
  }>();
}

BOOST_AUTO_TEST_CASE(an_element_collects_the_gradients_of_all_windows_that_show_it) {
  holds<[] {
    worked on;
    const ref image = one_to_nine(on);
    // Elements are seen by 1, 2 or 4 windows of 2 by 2.
    return on.gradient(sum(windows<2, 2>(image)), image) == numbers{1, 2, 1, 2, 4, 2, 1, 2, 1};
  }>();
}

BOOST_AUTO_TEST_CASE(a_convolution_sums_products_of_windows_and_weights) {
  holds<[] {
    worked on;
    const numbers pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 0, 2, 5, -3, 4, 1, 1, 6};
    const numbers weights{1, -2, 3, 4, 2, 0, -1, 5, 0, 1, 2, 3, -4, 1, 1, 2};
    const tensor_shape extents{2, 3, 3}, kernel{2, 2, 2, 2};
    const ref image = on.tensor({2, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 0, 2, 5, -3, 4, 1, 1, 6});
    const ref w = on.tensor({2, 2, 2, 2}, {1, -2, 3, 4, 2, 0, -1, 5, 0, 1, 2, 3, -4, 1, 1, 2});
    return conv2d(image, w).extents() == tensor_shape{2, 2, 2} &&
           on.value(conv2d(image, w)) == convolution(pixels, extents, weights, kernel, 1, 0) &&
           on.value(conv2d<2>(image, w)) == convolution(pixels, extents, weights, kernel, 2, 0) &&
           on.value(conv2d<1, 1>(image, w)) == convolution(pixels, extents, weights, kernel, 1, 1) &&
           on.value(conv2d<2, 1>(image, w)) == convolution(pixels, extents, weights, kernel, 2, 1);
  }>();
}

BOOST_AUTO_TEST_CASE(windows_spread_and_channels_form_groups) {
  worked on;
  const numbers pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 0, 2, 5, -3, 4, 1, 1, 6};
  const tensor_shape extents{2, 3, 3};
  const ref image = on.tensor({2, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 0, 2, 5, -3, 4, 1, 1, 6});
  const numbers wide{1, -2, 3, 4, 2, 0, -1, 5, 0, 1, 2, 3, -4, 1, 1, 2};
  const ref w = on.tensor({2, 2, 2, 2}, {1, -2, 3, 4, 2, 0, -1, 5, 0, 1, 2, 3, -4, 1, 1, 2});
  BOOST_TEST(
      (on.value(conv2d<1, 0, 2>(image, w)) == convolution(pixels, extents, wide, {2, 2, 2, 2}, 1, 0, 2)));
  BOOST_TEST(
      (on.value(conv2d<2, 1, 2>(image, w)) == convolution(pixels, extents, wide, {2, 2, 2, 2}, 2, 1, 2)));
  // The same numbers as two outputs for each of the two channels.
  const ref depthwise = reshape<4, 1, 2, 2>(w);
  BOOST_TEST((on.value(conv2d<1, 1, 1, 2>(image, depthwise)) ==
              convolution(pixels, extents, wide, {4, 1, 2, 2}, 1, 1, 1, 2)));
  BOOST_TEST((conv2d<1, 1, 1, 2>(image, depthwise).extents() == tensor_shape{4, 4, 4}));
  // Two channels in each of two groups.
  const ref four = concat<0>(image, square(image));
  numbers both = pixels;
  for (double each : pixels) both.push_back(each * each);
  BOOST_TEST((on.value(conv2d<1, 0, 1, 2>(four, w)) ==
              convolution(both, {4, 3, 3}, wide, {2, 2, 2, 2}, 1, 0, 1, 2)));
}

BOOST_AUTO_TEST_CASE(pools_are_the_greatest_and_the_mean_of_each_window) {
  holds<[] {
    worked on;
    const ref m = on.tensor({2, 4}, {1, 7, 3, 4, 5, 6, 0, 8}), image = one_to_nine(on);
    return on.value(max_pool2d<2>(m)) == numbers{7, 8} &&
           on.value(mean_pool2d<2>(m)) == numbers{4.75, 3.75} &&
           on.value(max_pool2d<2, 1>(image)) == numbers{5, 6, 8, 9} &&
           on.gradient(sum(max_pool2d<2>(m)), m) == numbers{0, 1, 0, 0, 0, 0, 0, 1} &&
           on.gradient(sum(max_pool2d<2, 1>(image)), image) == numbers{0, 0, 0, 0, 1, 1, 0, 1, 1} &&
           on.gradient(sum(mean_pool2d<2>(image)), image) == numbers{0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(of_equals_the_first_takes_the_gradient) {
  holds<[] {
    worked on;
    const ref m = on.tensor({2, 2}, {3, 3, 3, 1});
    return on.gradient(sum(max_pool2d<2>(m)), m) == numbers{1, 0, 0, 0};
  }>();
}

BOOST_AUTO_TEST_CASE(windows_print_as_a_call) {
  holds<[] {
    worked on;
    return on.prints(windows<2, 2>(one_to_nine(on)), "windows(a)");
  }>();
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_reported) {
  holds<[] {
    worked on;
    (void)windows<4, 1>(one_to_nine(on));
    return on.trouble() == problem_kind::window_does_not_fit;
  }>();
  holds<[] {
    worked on;
    (void)windows<2, 2, 0>(one_to_nine(on));
    return on.trouble() == problem_kind::window_does_not_fit;
  }>();
  holds<[] {
    worked on;
    (void)windows<1, 1>(on.vector({1, 2}));
    return on.trouble() == problem_kind::window_does_not_fit;
  }>();
  holds<[] {
    worked on;
    (void)windows<1, 1>(on.tensor({1, 1, 1, 1, 1}, {1}));
    return on.trouble() == problem_kind::rank_too_large;
  }>();
  holds<[] {
    worked on;
    (void)conv2d(one_to_nine(on), on.tensor({1, 2, 1, 1}, {1, 2}));
    return on.trouble() == problem_kind::channels_differ;
  }>();
  holds<[] {
    worked on;
    (void)conv2d<1, 0, 1, 2>(one_to_nine(on), on.tensor({2, 1, 1, 1}, {1, 2}));
    return on.trouble() == problem_kind::groups_do_not_divide;
  }>();
  holds<[] {
    worked on;
    (void)conv2d<1, 0, 3>(one_to_nine(on), on.tensor({1, 1, 2, 1}, {1, 2}));
    return on.trouble() == problem_kind::window_does_not_fit;
  }>();
  holds<[] {
    worked on;
    (void)conv2d(on.vector({1, 2}), on.tensor({1, 2, 1, 1}, {1, 2}));
    return on.trouble() == problem_kind::no_image;
  }>();
  holds<[] {
    worked on;
    (void)conv2d(one_to_nine(on), on.tensor({1, 1, 1, 4}, {1, 2, 3, 4}));
    return on.trouble() == problem_kind::window_does_not_fit;
  }>();
}
