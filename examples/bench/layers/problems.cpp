// SPDX-License-Identifier: BSL-1.0
#include "problems.hpp"

#include <random>

namespace bench::layers {
namespace {

std::vector<float> uniform(std::mt19937& random, std::size_t count, float low, float high) {
  std::uniform_real_distribution<float> between(low, high);
  std::vector<float> result(count);
  for (float& each : result) each = between(random);
  return result;
}

std::vector<float> weights(std::mt19937& random, std::size_t count) {
  return uniform(random, count, -0.2F, 0.2F);
}

}  // namespace

const problem& dense::numbers() {
  static const problem all = [] {
    std::mt19937 random(1);
    return problem{"dense 256 -> 128, relu",
                   rows,
                   uniform(random, rows * inputs, -1, 1),
                   {weights(random, outputs * inputs), weights(random, outputs)}};
  }();
  return all;
}

const problem& convolution::numbers() {
  static const problem all = [] {
    std::mt19937 random(2);
    return problem{"conv2d 6 x 5 x 5, relu",
                   rows,
                   uniform(random, rows * side * side, 0, 1),
                   {weights(random, channels * kernel * kernel), weights(random, channels)}};
  }();
  return all;
}

const problem& two_convolutions::numbers() {
  static const problem all = [] {
    std::mt19937 random(3);
    return problem{
        "two conv2d, pooled between",
        rows,
        uniform(random, rows * side * side, 0, 1),
        {weights(random, channels * kernel * kernel), weights(random, channels),
         weights(random, next_channels * channels * kernel * kernel), weights(random, next_channels)}};
  }();
  return all;
}

const problem& normalisation::numbers() {
  static const problem all = [] {
    std::mt19937 random(4);
    return problem{
        "layer_norm of 256",
        rows,
        uniform(random, rows * width, -1, 1),
        {uniform(random, width, -1, 1), uniform(random, width, 0.5F, 1.5F), uniform(random, width, -1, 1)}};
  }();
  return all;
}

const problem& attention::numbers() {
  static const problem all = [] {
    std::mt19937 random(5);
    return problem{
        "attention, 16 tokens x 32",
        rows,
        uniform(random, rows * tokens * width, -1, 1),
        {weights(random, width * width), weights(random, width * width), weights(random, width * width)}};
  }();
  return all;
}

const problem& mixture::numbers() {
  static const problem all = [] {
    std::mt19937 random(6);
    problem result{"mixture of 4 normals in 4 d",
                   rows,
                   uniform(random, rows * width, -2, 2),
                   {uniform(random, clusters, -1, 1)}};
    for (std::size_t k = 0; k < clusters; ++k) result.parameters.push_back(uniform(random, width, -2, 2));
    for (std::size_t k = 0; k < clusters; ++k) {
      std::vector<float> factor = uniform(random, packed, -0.5F, 0.5F);
      for (std::size_t i = 0; i < width; ++i) factor[i * (i + 1) / 2 + i] += 1.2F;
      result.parameters.push_back(factor);
    }
    return result;
  }();
  return all;
}

}  // namespace bench::layers
