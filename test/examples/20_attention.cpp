// SPDX-License-Identifier: BSL-1.0
// Example 20: the loss and its gradient by plain loops over the words, forwards and backwards.
// Source: Vaswani et al. 2017, "Attention is all you need", section 3.2.1.
#define BOOST_TEST_MODULE example_20_attention
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr int vocabulary = 11, entries = 5, width = 3;
constexpr std::size_t rows = 23, n = entries, d = width, words = vocabulary;

constexpr auto names = label<"names", vocabulary, entries>;
constexpr auto meanings = label<"meanings", vocabulary, entries>;
constexpr auto asked = label<"asked", vocabulary, 1>;
constexpr auto answer = label<"answer", vocabulary>;
constexpr auto K = param<"K", vocabulary, width>;
constexpr auto V = param<"V", vocabulary, width>;
constexpr auto W = param<"W", vocabulary, width>;

constexpr auto found = attention(embedding(K, asked), embedding(K, names), embedding(V, meanings));
constexpr auto loss = cross_entropy(W * at<0>(found), answer);

using numbers = std::vector<double>;
using labels = std::vector<std::int32_t>;

/// Numbers as shares of their sum, from their logarithms.
numbers softmax_of(numbers logits) {
  double sum = 0;
  for (double& each : logits) sum += each = std::exp(each);
  for (double& each : logits) each /= sum;
  return logits;
}

/// Row `which` of a table; where a table is a parameter or its gradient.
template <class Table> auto row_of(Table& table, std::int32_t which) {
  return table.data() + std::size_t(which) * d;
}

double dot_of(const double* a, const double* b) {
  double sum = 0;
  for (std::size_t i = 0; i < d; ++i) sum += a[i] * b[i];
  return sum;
}
void add(double* to, double factor, const double* from) {
  for (std::size_t i = 0; i < d; ++i) to[i] += factor * from[i];
}

/// Mean loss and gradients, by hand.
struct by_hand {
  numbers K, V, W;  // the tables
  double value = 0;
  numbers of_K = numbers(words * d), of_V = of_K, of_W = of_K;

  void add_row(const std::int32_t* names, const std::int32_t* meanings, std::int32_t asked,
               std::int32_t answer) {
    const double scale = 1 / std::sqrt(double(width));
    const double* const query = row_of(K, asked);
    numbers scores;
    for (std::size_t i = 0; i < n; ++i) scores.push_back(scale * dot_of(query, row_of(K, names[i])));
    const numbers weights = softmax_of(scores);
    numbers mean(d), logits;
    for (std::size_t i = 0; i < n; ++i) add(mean.data(), weights[i], row_of(V, meanings[i]));
    for (int k = 0; k < vocabulary; ++k) logits.push_back(dot_of(row_of(W, k), mean.data()));
    numbers off = softmax_of(logits);
    value -= std::log(off[std::size_t(answer)]) / rows;

    off[std::size_t(answer)] -= 1;
    numbers of_mean(d);
    for (int k = 0; k < vocabulary; ++k) {
      const double share = off[std::size_t(k)] / rows;
      add(row_of(of_W, k), share, mean.data());
      add(of_mean.data(), share, row_of(W, k));
    }
    const double level = dot_of(of_mean.data(), mean.data());
    for (std::size_t i = 0; i < n; ++i) {
      add(row_of(of_V, meanings[i]), weights[i], of_mean.data());
      const double of_score = scale * weights[i] * (dot_of(of_mean.data(), row_of(V, meanings[i])) - level);
      add(row_of(of_K, asked), of_score, row_of(K, names[i]));
      add(row_of(of_K, names[i]), of_score, query);
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(loss_and_gradient_equal_those_of_plain_loops) {
  labels given_names, given_meanings, given_asked, answers;
  for (int row = 0; row < int(rows); ++row) {
    for (int i = 0; i < entries; ++i) {
      given_names.push_back((row * 3 + i * i) % vocabulary);  // some of them the same
      given_meanings.push_back((row + 7 * i) % vocabulary);
    }
    given_asked.push_back((row * 3 + 4) % vocabulary);
    answers.push_back((row * row) % vocabulary);
  }
  const auto data =
      dataset(names = given_names, meanings = given_meanings, asked = given_asked, answer = answers);
  const auto model = initialise<loss, double>(3, K = normal(0, 1), V = normal(0, 1), W = normal(0, 1));
  const auto copy_of = [&](auto parameter) {
    return numbers(model[parameter].data(), model[parameter].data() + words * d);
  };
  by_hand expected{copy_of(K), copy_of(V), copy_of(W)};
  for (std::size_t row = 0; row < rows; ++row)
    expected.add_row(&given_names[row * n], &given_meanings[row * n], given_asked[row], answers[row]);

  const auto [value, gradient] = value_and_grad(loss, model, data);
  // Some hundred operations, each off by 1e-16 of numbers of about 1.
  constexpr double tolerance = 1e-13;
  BOOST_TEST(std::abs(double(value) - expected.value) < tolerance);
  for (std::size_t i = 0; i < words * d; ++i) {
    BOOST_TEST(std::abs(gradient[K][i] - expected.of_K[i]) < tolerance);
    BOOST_TEST(std::abs(gradient[V][i] - expected.of_V[i]) < tolerance);
    BOOST_TEST(std::abs(gradient[W][i] - expected.of_W[i]) < tolerance);
  }
}
