// SPDX-License-Identifier: BSL-1.0
// Four regressions that differ in one line, their loss: the probability of a yes, the rate of a count, a quantile,
// and a line among outliers.
#include <cmath>
#include <cstdio>
#include <random>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 2>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 2>;
constexpr auto b = param<"b">;
constexpr auto log_scale = param<"log_scale">;
constexpr auto score = dot(w, x) + b;

constexpr std::size_t rows = 4000;
constexpr double truth[] = {1, -0.5, 0.25};  // w, b

/// Features, and for each row what `draw` makes of its true score.
template <class Draw> auto drawn(Draw draw) {
  std::mt19937_64 random(10);
  std::normal_distribution<double> normal;
  std::vector<float> features, targets;
  for (std::size_t row = 0; row < rows; ++row) {
    const double first = normal(random), second = normal(random);
    features.push_back(float(first));
    features.push_back(float(second));
    targets.push_back(float(draw(truth[0] * first + truth[1] * second + truth[2], random)));
  }
  return dataset(x = std::move(features), y = std::move(targets));
}

template <class Loss, class Data> void learn(const char* name, Loss loss, const Data& data) {
  const auto model = fit(loss, data, momentum{.learning_rate = 0.1, .decay = 0.9},
                         {.epochs = 1000, .batch_size = rows, .log = nullptr});
  std::printf("%-22s w = %6.3f, %6.3f, b = %6.3f, loss %.4f\n", name, double(model[w](0)),
              double(model[w](1)), double(model[b]), double(evaluate(loss, model, data)));
}

int main() {
  std::printf("%-22s w = %6.3f, %6.3f, b = %6.3f\n", "the truth", truth[0], truth[1], truth[2]);

  learn("logistic", logistic_loss(score, y), drawn([](double true_score, auto& random) {
          return std::bernoulli_distribution(1 / (1 + std::exp(-true_score)))(random) ? 1 : 0;
        }));
  learn("Poisson", poisson_nll(score, y), drawn([](double true_score, auto& random) {
          return std::poisson_distribution<int>(std::exp(true_score))(random);
        }));
  // Noise that is uniform from 0 to 1: nine in ten targets are less than the score plus 0.9.
  learn("quantile of 0.9", quantile_loss<0.9>(score, y), drawn([](double true_score, auto& random) {
          return true_score + std::uniform_real_distribution<double>()(random);
        }));
  // Noise of Student's t distribution with three degrees of freedom, scale 1/2, and the same for squares.
  const auto with_outliers = drawn([](double true_score, auto& random) {
    return true_score + 0.5 * std::student_t_distribution<double>(3)(random);
  });
  learn("Student's t", student_t_nll<3>(score, y, exp(log_scale)), with_outliers);
  learn("squares, for comparison", squared_error(score, y), with_outliers);
}
