// SPDX-License-Identifier: BSL-1.0
// LeNet on random images: loss and gradient equal those of plain loops in double.
// Source of the network: Zhang, Lipton, Li, Smola, "Dive into Deep Learning", section 7.6.
#define BOOST_TEST_MODULE lenet
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr auto x = input<"x", 784>;
constexpr auto y = label<"y", 10>;
constexpr auto K1 = param<"K1", 6, 1, 5, 5>;
constexpr auto b1 = param<"b1", 6>;
constexpr auto K2 = param<"K2", 16, 6, 5, 5>;
constexpr auto b2 = param<"b2", 16>;
constexpr auto W3 = param<"W3", 120, 400>;
constexpr auto b3 = param<"b3", 120>;
constexpr auto W4 = param<"W4", 84, 120>;
constexpr auto b4 = param<"b4", 84>;
constexpr auto W5 = param<"W5", 10, 84>;
constexpr auto b5 = param<"b5", 10>;

constexpr auto image = reshape<1, 28, 28>(x);
constexpr auto h1 = mean_pool2d<2>(logistic(conv2d<1, 2>(image, K1) + reshape<6, 1, 1>(b1)));
constexpr auto h2 = mean_pool2d<2>(logistic(conv2d(h1, K2) + reshape<16, 1, 1>(b2)));
constexpr auto h3 = logistic(W3 * reshape<400>(h2) + b3);
constexpr auto h4 = logistic(W4 * h3 + b4);
constexpr auto loss = cross_entropy(W5 * h4 + b5, y);

using numbers = std::vector<double>;

/// Channels of square images, one after the other.
struct images {
  std::size_t channels, size;
  numbers pixels = numbers(channels * size * size);

  double& at(std::size_t c, std::size_t i, std::size_t k) { return pixels[(c * size + i) * size + k]; }
  [[nodiscard]] double at(std::size_t c, std::size_t i, std::size_t k) const {
    return pixels[(c * size + i) * size + k];
  }
};

/// Weights and biases of a layer, with what their gradients gather.
struct layer {
  numbers weights, biases;
  numbers weights_gradient = numbers(weights.size()), biases_gradient = numbers(biases.size());
};

constexpr std::size_t width = 5;  // of a kernel

/// Calls visit(weight, output, input) for every product of a convolution: indices of numbers.
void for_each_product(const images& in, const images& out, std::size_t padding, auto visit) {
  for (std::size_t o = 0; o < out.channels; ++o)
    for (std::size_t c = 0; c < in.channels; ++c)
      for (std::size_t i = 0; i < width; ++i)
        for (std::size_t k = 0; k < width; ++k)
          for (std::size_t row = 0; row < out.size; ++row)
            for (std::size_t column = 0; column < out.size; ++column) {
              const std::size_t r = row + i, q = column + k;  // in the padded image
              if (r < padding || q < padding || r - padding >= in.size || q - padding >= in.size) continue;
              visit(((o * in.channels + c) * width + i) * width + k, (o * out.size + row) * out.size + column,
                    (c * in.size + r - padding) * in.size + q - padding);
            }
}

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

images convolve(const images& in, const layer& by, std::size_t padding) {
  images out{by.biases.size(), in.size + 2 * padding - width + 1};
  for_each_product(in, out, padding, [&](std::size_t weight, std::size_t to, std::size_t from) {
    out.pixels[to] += by.weights[weight] * in.pixels[from];
  });
  const std::size_t area = out.size * out.size;
  for (std::size_t i = 0; i < out.pixels.size(); ++i)
    out.pixels[i] = sigmoid(out.pixels[i] + by.biases[i / area]);
  return out;
}

images pool(const images& in) {
  images out{in.channels, in.size / 2};
  for (std::size_t c = 0; c < in.channels; ++c)
    for (std::size_t i = 0; i < in.size; ++i)
      for (std::size_t k = 0; k < in.size; ++k) out.at(c, i / 2, k / 2) += in.at(c, i, k) / 4;
  return out;
}

/// The adjoint of the sum of products, from that of the pooled sigmoids.
images unpool(const images& pooled_adjoint, const images& sigmoids) {
  images out{sigmoids.channels, sigmoids.size};
  for (std::size_t c = 0; c < out.channels; ++c)
    for (std::size_t i = 0; i < out.size; ++i)
      for (std::size_t k = 0; k < out.size; ++k) {
        const double h = sigmoids.at(c, i, k);
        out.at(c, i, k) = pooled_adjoint.at(c, i / 2, k / 2) / 4 * h * (1 - h);
      }
  return out;
}

/// Gathers the gradient of a convolution's layer; returns the adjoint of its input.
images convolve_back(const images& in, const images& adjoint, layer& by, std::size_t padding) {
  images below{in.channels, in.size};
  for_each_product(in, adjoint, padding, [&](std::size_t weight, std::size_t to, std::size_t from) {
    by.weights_gradient[weight] += adjoint.pixels[to] * in.pixels[from];
    below.pixels[from] += adjoint.pixels[to] * by.weights[weight];
  });
  const std::size_t area = adjoint.size * adjoint.size;
  for (std::size_t i = 0; i < adjoint.pixels.size(); ++i) by.biases_gradient[i / area] += adjoint.pixels[i];
  return below;
}

numbers multiply_and_add(const numbers& in, const layer& by) {
  numbers out = by.biases;
  for (std::size_t o = 0; o < out.size(); ++o)
    for (std::size_t k = 0; k < in.size(); ++k) out[o] += by.weights[o * in.size() + k] * in[k];
  return out;
}

numbers multiply_back(const numbers& in, const numbers& adjoint, layer& by) {
  numbers below(in.size());
  for (std::size_t o = 0; o < adjoint.size(); ++o) {
    by.biases_gradient[o] += adjoint[o];
    for (std::size_t k = 0; k < in.size(); ++k) {
      by.weights_gradient[o * in.size() + k] += adjoint[o] * in[k];
      below[k] += adjoint[o] * by.weights[o * in.size() + k];
    }
  }
  return below;
}

numbers sigmoid_of(numbers z) {
  for (double& each : z) each = sigmoid(each);
  return z;
}
numbers sigmoid_back(numbers adjoint, const numbers& h) {
  for (std::size_t i = 0; i < h.size(); ++i) adjoint[i] *= h[i] * (1 - h[i]);
  return adjoint;
}

/// The network by plain loops, one row after the other.
struct plain_lenet {
  layer layers[5];

  /// The loss of one row; its gradient is added to what was gathered.
  double add_row(const images& in, std::size_t wanted) {
    const images z1 = convolve(in, layers[0], 2), a1 = pool(z1);
    const images z2 = convolve(a1, layers[1], 0), a2 = pool(z2);
    const numbers a3 = sigmoid_of(multiply_and_add(a2.pixels, layers[2]));
    const numbers a4 = sigmoid_of(multiply_and_add(a3, layers[3]));
    numbers z5 = multiply_and_add(a4, layers[4]);
    const double greatest = *std::max_element(z5.begin(), z5.end());
    double total = 0;
    for (double each : z5) total += std::exp(each - greatest);
    const double loss_here = std::log(total) + greatest - z5[wanted];
    for (double& each : z5) each = std::exp(each - greatest) / total;
    z5[wanted] -= 1;
    const numbers d4 = sigmoid_back(multiply_back(a4, z5, layers[4]), a4);
    const numbers d3 = sigmoid_back(multiply_back(a3, d4, layers[3]), a3);
    const images d2{16, 5, multiply_back(a2.pixels, d3, layers[2])};
    const images d1 = convolve_back(a1, unpool(d2, z2), layers[1], 0);
    convolve_back(in, unpool(d1, z1), layers[0], 2);
    return loss_here;
  }
};

template <class Tensor> numbers numbers_of(const Tensor& tensor) {
  numbers result;
  for (std::size_t i = 0; i < tensor.size(); ++i) result.push_back(double(tensor[i]));
  return result;
}

/// Tolerance: sums of up to 784 products per row, of numbers below 1, with random signs of their roundings:
/// some 30 roundings; 200 leave room for those of the layers above. One product that is missing or counted
/// twice is a share of 1 / 784 or more, 50 times the tolerance in float.
void check_gradient(const auto& found, const numbers& sums, double rows, double epsilon,
                    std::string_view name) {
  double greatest = 0;
  for (double each : sums) greatest = std::max(greatest, std::abs(each) / rows);
  BOOST_TEST_REQUIRE(found.size() == sums.size(), name);
  BOOST_TEST(greatest > 0, name);
  double worst = 0;
  for (std::size_t i = 0; i < sums.size(); ++i)
    worst = std::max(worst, std::abs(double(found[i]) - sums[i] / rows));
  BOOST_TEST(worst <= 200 * epsilon * greatest, name << ": off by " << worst << " of " << greatest);
}

template <class Real> void check_rows(std::size_t rows) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> gray(0, 1);
  std::vector<float> pixels(rows * 784);
  std::vector<std::uint8_t> classes(rows);
  for (float& each : pixels) each = gray(random);
  for (std::uint8_t& each : classes) each = std::uint8_t(random() % 10);

  const auto model = initialise<loss, Real>(5, K1 = normal(0, 0.3), b1 = normal(0, 0.3), K2 = normal(0, 0.2),
                                            b2 = normal(0, 0.3), W3 = normal(0, 0.1), b3 = normal(0, 0.3),
                                            W4 = normal(0, 0.2), b4 = normal(0, 0.3), W5 = normal(0, 0.3),
                                            b5 = normal(0, 0.3));
  const auto found = value_and_grad(loss, model, dataset(x = pixels, y = classes));

  plain_lenet plain{{{numbers_of(model[K1]), numbers_of(model[b1])},
                     {numbers_of(model[K2]), numbers_of(model[b2])},
                     {numbers_of(model[W3]), numbers_of(model[b3])},
                     {numbers_of(model[W4]), numbers_of(model[b4])},
                     {numbers_of(model[W5]), numbers_of(model[b5])}}};
  double total = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    images in{1, 28};
    for (std::size_t i = 0; i < 784; ++i) in.pixels[i] = double(pixels[row * 784 + i]);
    total += plain.add_row(in, classes[row]);
  }

  const double count = double(rows), epsilon = double(std::numeric_limits<Real>::epsilon());
  BOOST_TEST(std::abs(double(found.value) - total / count) <= 200 * epsilon * total / count);
  const auto check = [&](const auto& gradient, const numbers& sums, std::string_view name) {
    check_gradient(gradient, sums, count, epsilon, name);
  };
  check(found.gradient[K1], plain.layers[0].weights_gradient, "K1");
  check(found.gradient[b1], plain.layers[0].biases_gradient, "b1");
  check(found.gradient[K2], plain.layers[1].weights_gradient, "K2");
  check(found.gradient[b2], plain.layers[1].biases_gradient, "b2");
  check(found.gradient[W3], plain.layers[2].weights_gradient, "W3");
  check(found.gradient[b3], plain.layers[2].biases_gradient, "b3");
  check(found.gradient[W4], plain.layers[3].weights_gradient, "W4");
  check(found.gradient[b4], plain.layers[3].biases_gradient, "b4");
  check(found.gradient[W5], plain.layers[4].weights_gradient, "W5");
  check(found.gradient[b5], plain.layers[4].biases_gradient, "b5");
}

}  // namespace

BOOST_AUTO_TEST_CASE(loss_and_gradient_equal_those_of_plain_loops_in_float) {
  for (std::size_t rows : {1u, 5u, 37u}) check_rows<float>(rows);
}

BOOST_AUTO_TEST_CASE(loss_and_gradient_equal_those_of_plain_loops_in_double) {
  for (std::size_t rows : {3u, 19u}) check_rows<double>(rows);
}
