// SPDX-License-Identifier: BSL-1.0
// A Kalman filter that learns how noisy its world is: carts roll, are pushed at random, and are seen through noise. The
// filter is a `fold` with three carries; its likelihood is the loss, and nobody derives a gradient through a covariance.
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

constexpr int length = 100;  // measurements of a cart, a second apart
constexpr double push = 0.05, blur = 2;

constexpr auto z = input<"z", length>;
constexpr auto log_push = param<"log_push">;
constexpr auto log_blur = param<"log_blur">;

// A state is [position, speed]; a push changes both, and only the position is seen.
constexpr auto roll_on = stack(stack(1_c, 1_c), stack(0_c, 1_c));
constexpr auto pushed = stack(0.5_c, 1_c);
constexpr auto seen = stack(1_c, 0_c);

/// One measurement: the expected state, its covariance, and minus the logarithm of the likelihood so far.
constexpr auto step = [](auto mean, auto covariance, auto loss, auto measured) {
  const auto expected = roll_on * mean;
  const auto uncertain =
      roll_on * covariance * transpose(roll_on) + outer(pushed, pushed) * square(exp(log_push));
  const auto variance = dot(seen, uncertain * seen) + square(exp(log_blur));
  const auto surprise = measured - dot(seen, expected);
  const auto gain = uncertain * seen / variance;
  return std::tuple(expected + gain * surprise, uncertain - outer(gain, seen) * uncertain,
                    loss + (log(variance) + square(surprise) / variance) / 2_c);
};
constexpr std::tuple start(stack(0_c, 0_c), diagonal_matrix(stack(100_c, 1_c)), 0_c);

constexpr auto loss = std::get<2>(fold(step, start, z));
constexpr auto positions = std::get<0>(scan(step, start, z)) * seen;

/// Where carts are, and where they seem to be.
struct carts {
  std::vector<float> places, measured;

  carts(int count, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    for (int cart = 0; cart < count; ++cart) {
      double place = 10 * normal(random), speed = normal(random);
      for (int i = 0; i < length; ++i) {
        const double pushed_by = push * normal(random);
        place += speed + pushed_by / 2;
        speed += pushed_by;
        places.push_back(float(place));
        measured.push_back(float(place + blur * normal(random)));
      }
    }
  }
};

/// The root of the mean square of the differences.
double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double(a[i] - b[i]) * double(a[i] - b[i]);
  return std::sqrt(sum / double(a.size()));
}

/// How far numbers of the first cart are off its places.
curve errors_of_first(const std::string& name, const std::vector<float>& numbers,
                      const std::vector<float>& places) {
  curve result{name, {}};
  for (std::size_t i = 0; i < length; ++i) result.values.push_back(double(numbers[i] - places[i]));
  return result;
}

int main() {
  const carts known(200, 1), others(200, 2);
  auto model = initialise<loss>(1);
  const auto report = [&](const char* when) {
    std::printf("%s: pushes of %.3f, blur of %.3f\n", when, std::exp(double(model[log_push])),
                std::exp(double(model[log_blur])));
  };
  report("at first");
  fit(loss, model, dataset(z = known.measured), adam{.learning_rate = 0.05},
      {.epochs = 60, .batch_size = 50, .log = nullptr});
  report("learned ");
  std::printf("in truth: pushes of %.3f, blur of %.3f\n", push, blur);

  const std::vector<float> filtered = predict(positions, model, dataset(z = others.measured));
  std::printf("other carts, off by: %.2f as measured, %.2f as filtered\n",
              distance(others.measured, others.places), distance(filtered, others.places));
  draw_curves("kalman_filter_errors.png",
              {errors_of_first("error of the measured positions", others.measured, others.places),
               errors_of_first("error of the filtered positions", filtered, others.places)},
              "second");
}
