// SPDX-License-Identifier: BSL-1.0
// Polynomials fitted to noisy points of a cubic, as in "Dive into Deep Learning", 3.6: of degree 3, too
// simple ones, and one with 20 terms.
#include <cstdio>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

/// The features x^i / i! of each point, `terms` of them.
std::vector<float> powers(const std::vector<float>& points, std::size_t terms) {
  std::vector<float> features;
  for (const float point : points) {
    double power = 1;
    for (std::size_t i = 0; i < terms; ++i) {
      features.push_back(float(power));
      power *= double(point) / double(i + 1);
    }
  }
  return features;
}

/// Points with values of 5 + 1.2 x - 3.4 x^2 / 2! + 5.6 x^3 / 3!, with noise of standard deviation 0.1.
struct points {
  std::vector<float> x, y;

  points(std::size_t count, std::uint64_t seed) : x(count), y(count) {
    normal(0, 1).fill(x, seed);
    normal(0, 0.1).fill(y, seed + 1);
    const auto features = powers(x, 4);
    const double truth[] = {5, 1.2, -3.4, 5.6};
    for (std::size_t row = 0; row < count; ++row)
      for (std::size_t i = 0; i < 4; ++i) y[row] += float(truth[i] * double(features[row * 4 + i]));
  }
};

template <int Terms> void fit_polynomial(const points& known, const points& unknown, std::size_t epochs) {
  constexpr auto x = input<"x", Terms>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", Terms>;
  constexpr auto loss = square(dot(w, x) - y);

  const auto train = dataset(x = powers(known.x, Terms), y = known.y);
  const auto test = dataset(x = powers(unknown.x, Terms), y = unknown.y);
  auto model = initialise<loss>(10, w = uniform(-0.5, 0.5));
  fit(loss, model, train, sgd{.learning_rate = 0.01},
      {.epochs = epochs, .batch_size = 10, .seed = 10, .log = nullptr});
  std::printf("%2d terms, %4zu epochs: loss %.4f in training, %.4f in test; first weights", Terms, epochs,
              double(evaluate(loss, model, train)), double(evaluate(loss, model, test)));
  for (std::size_t i = 0; i < 4 && i < Terms; ++i) std::printf(" %.3f", double(model[w][i]));
  std::printf("\n");
}

int main() {
  const points known(100, 10), unknown(100, 20);
  draw_scatter("polynomial_data.png", {"x", "y"}, known.x, known.y);
  fit_polynomial<4>(known, unknown, 400);
  fit_polynomial<2>(known, unknown, 400);
  fit_polynomial<20>(known, unknown, 1500);
}
