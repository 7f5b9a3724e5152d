// SPDX-License-Identifier: BSL-1.0
// A mixture of three normal distributions in the plane, each with a covariance of its own, learned from points
// alone: the logarithm of the density is written down, its gradient is not.
#include <cmath>
#include <cstdio>
#include <random>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 2>;
constexpr auto shares = param<"shares", 3>;  // softmax of them are the weights of the clusters
constexpr auto m1 = param<"m1", 2>;
constexpr auto m2 = param<"m2", 2>;
constexpr auto m3 = param<"m3", 2>;
constexpr auto f1 = param<"f1", 3>;
constexpr auto f2 = param<"f2", 3>;
constexpr auto f3 = param<"f3", 3>;

/// The logarithm of a normal density, without -log(2 pi). The covariance is the inverse of transpose(F) * F, where F
/// is a lower triangular matrix, packed row by row: so it is positive definite, whatever F is.
constexpr auto log_normal(formula auto mean, formula auto packed) {
  const auto F = lower_triangular<2>(packed);
  return sum(log(abs(diagonal(F)))) - sum(square(F * (x - mean))) / constant<2>;
}

constexpr auto log_densities = stack(log_normal(m1, f1), log_normal(m2, f2), log_normal(m3, f3));
constexpr auto loss = -logsumexp(log_softmax(shares) + log_densities);

/// Points of three clusters: long, round and tilted.
std::vector<float> drawn_points(std::size_t count) {
  std::mt19937_64 random(10);
  std::normal_distribution<float> normal;
  std::vector<float> points;
  for (std::size_t i = 0; i < count; ++i) {
    const float u = normal(random), v = normal(random);
    if (i % 10 < 5)
      points.insert(points.end(), {-3 + 1.5F * u, 0.3F * v});
    else if (i % 10 < 8)
      points.insert(points.end(), {2 + 0.5F * u, 2 + 0.5F * v});
    else
      points.insert(points.end(), {2 + 0.8F * u, -2 + 0.6F * u + 0.3F * v});
  }
  return points;
}

template <class Model, class Mean, class Packed>
void print_cluster(const Model& model, double share, Mean mean, Packed packed) {
  const double a = model[packed][0], b = model[packed][1], c = model[packed][2];
  // The inverse of transpose(F) * F with F = (a 0; b c).
  const double xx = 1 / (a * a), xy = -b / (a * a * c), yy = (a * a + b * b) / (a * a * c * c);
  std::printf("share %.3f, mean (%6.3f, %6.3f), covariance (%.3f %6.3f; %6.3f %.3f)\n", share,
              double(model[mean][0]), double(model[mean][1]), xx, xy, xy, yy);
}

int main() {
  const auto points = drawn_points(2000);
  const auto data = dataset(x = points);
  draw_scatter("gaussian_mixture_data.png", {"x[0]", "x[1]"}, column_of(points, 2, 0),
               column_of(points, 2, 1));

  auto model = initialise<loss>(10);
  // A mixture ends in the optimum that is nearest to its start: a guess from the picture.
  model[m1] = std::vector<float>{-1, 0};
  model[m2] = std::vector<float>{1, 1};
  model[m3] = std::vector<float>{1, -1};
  model[f1] = model[f2] = model[f3] = std::vector<float>{1, 0, 1};
  fit(loss, model, data, momentum{.learning_rate = 0.05},
      {.epochs = 500, .batch_size = 2000, .log = nullptr});

  const auto weights = predict(softmax(shares), model, data);
  print_cluster(model, weights[0], m1, f1);
  print_cluster(model, weights[1], m2, f2);
  print_cluster(model, weights[2], m3, f3);
  std::printf("mean log-density %.4f\n", -double(evaluate(loss, model, data)) - std::log(2 * M_PI));
}
