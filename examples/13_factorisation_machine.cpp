// SPDX-License-Identifier: BSL-1.0
// A factorisation machine that learns how users like films from a part of their ratings: every pair of features has
// an interaction, the inner product of two short vectors, so that pairs that never met are predicted, too.
// Source: Rendle 2010, "Factorization machines".
#include <cmath>
#include <cstdio>
#include <random>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr int users = 60, films = 40, features = users + films, factors = 3;

constexpr auto x = input<"x", features>;  // 1 for the user and for the film, else 0
constexpr auto y = target<"y">;
constexpr auto bias = param<"bias">;
constexpr auto w = param<"w", features>;
constexpr auto V = param<"V", features, factors>;

// The sum over all pairs i < j of dot(V[i], V[j]) x[i] x[j], in time linear in the features: eq. 3 of the paper.
constexpr auto interactions = sum(square(x * V) - square(x) * square(V)) / constant<2>;
constexpr auto rating = bias + dot(w, x) + interactions;
constexpr auto error = square(rating - y);
constexpr auto loss = error + 0.002_c * sum(square(V));

/// Ratings of random pairs: taste and style are two numbers each.
struct ratings {
  std::vector<float> pairs, stars;

  ratings(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed), people(1);
    std::normal_distribution<float> normal;
    std::vector<float> taste(2 * users), style(2 * films);
    for (float& each : taste) each = normal(people);
    for (float& each : style) each = normal(people);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t user = random() % users, film = random() % films;
      std::vector<float> row(features);
      row[user] = row[users + film] = 1;
      pairs.insert(pairs.end(), row.begin(), row.end());
      stars.push_back(3 + taste[2 * user] * style[2 * film] + taste[2 * user + 1] * style[2 * film + 1] +
                      0.1F * normal(random));
    }
  }
};

int main() {
  const ratings known(1200, 2), unknown(500, 3);
  const auto train = dataset(x = known.pairs, y = known.stars);
  const auto test = dataset(x = unknown.pairs, y = unknown.stars);
  auto model = initialise<loss>(10, V = normal(0, 0.1));
  fit(loss, model, train, momentum{.learning_rate = 0.05},
      {.epochs = 300, .batch_size = 100, .log = nullptr});
  const double without = evaluate(square(bias - y), model, test);
  std::printf(
      "error of a rating: %.3f stars in training, %.3f for pairs that may be new; %.3f without a model\n",
      std::sqrt(double(evaluate(error, model, train))), std::sqrt(double(evaluate(error, model, test))),
      std::sqrt(without));
}
