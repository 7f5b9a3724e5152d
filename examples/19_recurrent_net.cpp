// SPDX-License-Identifier: BSL-1.0
// A recurrent net that reads a sequence number by number and says the next one: sines of any frequency and
// phase, with noise. The body of the net is written once; how often it is repeated, the length of x says.
#include <cmath>
#include <cstdio>
#include <numbers>
#include <random>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr int length = 25, hidden = 10;

constexpr auto x = input<"x", length>;
constexpr auto y = target<"y">;
constexpr auto W = param<"W", hidden, hidden>;
constexpr auto u = param<"u", hidden>;
constexpr auto b = param<"b", hidden>;
constexpr auto v = param<"v", hidden>;
constexpr auto c = param<"c">;

constexpr auto nothing = broadcast_to<hidden>(0_c);  // what the net knows at first
constexpr auto memory = fold([](auto h, auto number) { return tanh(W * h + u * number + b); }, nothing, x);
constexpr auto next = dot(v, memory) + c;
constexpr auto loss = squared_error(next, y);

/// Sines that begin anywhere, one of `length` numbers in each row, and the number after it.
struct sequences {
  std::vector<float> numbers, after;

  sequences(int count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> phase(0, 2 * std::numbers::pi), frequency(0.2, 0.6);
    std::normal_distribution<double> noise(0, 0.05);
    for (int row = 0; row < count; ++row) {
      const double begin = phase(random), by = frequency(random);
      for (int i = 0; i < length; ++i) numbers.push_back(float(std::sin(begin + by * i) + noise(random)));
      after.push_back(float(std::sin(begin + by * length)));
    }
  }
};

int main() {
  const sequences for_training(2000, 1), for_test(500, 2);
  const auto train = dataset(x = for_training.numbers, y = for_training.after);
  const auto test = dataset(x = for_test.numbers, y = for_test.after);
  auto model = initialise<loss>(3, W = normal(0, 0.3), u = normal(0, 0.5), v = normal(0, 0.3));

  double of_last_number = 0;  // who says the last number again
  for (std::size_t row = 0; row < for_test.after.size(); ++row) {
    const double off = for_test.after[row] - for_test.numbers[(row + 1) * length - 1];
    of_last_number += off * off / 2 / double(for_test.after.size());
  }
  std::printf("the last number again: error %.4f\n", of_last_number);
  std::printf("the net at first:      error %.4f\n", double(evaluate(loss, model, test)));
  fit(loss, model, train, adam{.learning_rate = 0.003}, {.epochs = 60, .batch_size = 50, .log = nullptr});
  std::printf("the net after 60 epochs: error %.4f\n", double(evaluate(loss, model, test)));
}
