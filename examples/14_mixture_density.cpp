// SPDX-License-Identifier: BSL-1.0
// A network that predicts a distribution with several humps: x is given, and t is one of the values for which
// x = t + 0.3 sin(2 pi t) + noise. Source: Bishop 1994, "Mixture density networks".
#include <cmath>
#include <cstdio>
#include <numbers>
#include <random>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

constexpr int hidden = 30, humps = 3;

constexpr auto x = input<"x">;
constexpr auto t = target<"t">;
constexpr auto w = param<"w", hidden>;
constexpr auto b = param<"b", hidden>;
constexpr auto W = param<"W", 3 * humps, hidden>;
constexpr auto c = param<"c", 3 * humps>;

constexpr auto outputs = W * tanh(w * x + b) + c;
constexpr auto shares = slice<0, 0, humps>(outputs);
constexpr auto middles = slice<0, humps, 2 * humps>(outputs);
constexpr auto log_widths = slice<0, 2 * humps>(outputs);
constexpr auto standardised = (t - middles) / exp(log_widths);
constexpr auto loss = -logsumexp(log_softmax(shares) - log_widths - square(standardised) / constant<2>);

int main() {
  std::mt19937_64 random(10);
  std::vector<float> places, values;
  for (int i = 0; i < 2000; ++i) {
    const double value = std::uniform_real_distribution<double>()(random);
    values.push_back(float(value));
    places.push_back(float(value + 0.3 * std::sin(2 * std::numbers::pi * value) +
                           std::uniform_real_distribution<double>(-0.05, 0.05)(random)));
  }
  const auto data = dataset(x = places, t = values);
  draw_scatter("mixture_density_data.png", {"x", "t"}, places, values);

  auto model = initialise<loss>(10, w = normal(0, 4), b = normal(0, 1), W = normal(0, 0.05));
  model[c] = std::vector<float>{0, 0, 0, 0.2F, 0.5F, 0.8F, -2.5F, -2.5F, -2.5F};  // humps that lie apart
  fit(loss, model, data, adam{.learning_rate = 0.003}, {.epochs = 4000, .batch_size = 100, .log = nullptr});
  std::printf("mean log-density %.3f\n",
              -double(evaluate(loss, model, data)) - std::log(2 * std::numbers::pi) / 2);

  const auto shares_at = predictor(softmax(shares), model);
  const auto middles_at = predictor(middles, model);
  for (const float place : {0.1F, 0.5F, 0.9F}) {
    const auto share = shares_at(x = place), middle = middles_at(x = place);
    std::printf("at x = %.1f:", double(place));
    for (std::size_t k = 0; k < humps; ++k)
      if (share[k] > 0.02F)
        std::printf("  t = %.2f with probability %.2f", double(middle[k]), double(share[k]));
    std::printf("\n");
  }
}
