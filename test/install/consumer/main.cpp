// SPDX-License-Identifier: BSL-1.0
// A stranger's program: takes the whole library in, and trains a linear regression on data of its own making.
#include <fusegrad/fusegrad.hpp>

#include <cmath>
#include <cstdio>

using namespace fusegrad;

constexpr auto x = input<"x", 2>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 2>;
constexpr auto b = param<"b">;
constexpr auto loss = squared_error(dot(w, x) + b, y);

int main() {
  const auto made = synthetic_data({2, -3.4}, 4.2, 100'000, 1);
  const auto data = dataset(x = made.features, y = made.labels);
  auto model = initialise<loss>(1, w = normal(0, 0.01));
  fit(loss, model, data, sgd{.learning_rate = 0.03}, {.epochs = 3, .batch_size = 1000});

  // All rows at once are enough work for several threads.
  const auto [value, gradient] = value_and_grad(loss, model, data);
  std::printf("w = (%.3f, %.3f), b = %.3f, loss %.6f, gradient by b %.5f\n", double(model[w](0)),
              double(model[w](1)), double(model[b]), double(value), double(gradient[b]));
  const bool learned = std::abs(model[w](0) - 2) < 0.01 && std::abs(model[w](1) + 3.4) < 0.01 &&
                       std::abs(model[b] - 4.2) < 0.01 && value < 1e-4f;
  return learned ? 0 : 1;
}
