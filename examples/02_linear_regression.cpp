// SPDX-License-Identifier: BSL-1.0
// Linear regression as in "Dive into Deep Learning", 3.4 and 3.5: first with the training loop written out,
// then in one line. Both end with the same parameters, to the last bit.
#include <iostream>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

int main() {
  // The model, and its loss for one example.
  constexpr auto x = input<"x", 2>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", 2>;
  constexpr auto b = param<"b">;
  constexpr auto loss = squared_error(dot(w, x) + b, y);

  constexpr std::uint64_t seed = 10;

  // 1000 examples of y = 2 x[0] - 3.4 x[1] + 4.2, with noise of standard deviation 0.01.
  const auto [features, labels, width] = synthetic_data({2, -3.4}, 4.2, 1000, seed);
  const auto data = dataset(x = features, y = labels);
  draw_scatter("linear_regression_data.png", {"x[1]", "y"}, column_of(features, width, 1), labels);

  // The loop written out.
  const auto start = initialise<loss>(seed, w = normal(0, 0.01));
  auto model = start;
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    for (const auto batch : minibatches(data, 10, seed + epoch)) {
      const auto [value, gradient] = value_and_grad(loss, model, batch);
      model -= 0.03 * gradient;
    }
    std::cout << "epoch " << epoch + 1 << ", loss " << evaluate(loss, model, data) << '\n';
  }
  std::cout << model;
  std::cout << "error of w: " << 2 - model[w](0) << ", " << -3.4 - model[w](1) << '\n';
  std::cout << "error of b: " << 4.2 - model[b] << "\n\n";

  // The same in one line.
  auto fitted = start;
  fit(loss, fitted, data, sgd{.learning_rate = 0.03}, {.epochs = 3, .batch_size = 10, .seed = seed});

  const bool same = fitted == model;
  std::cout << (same ? "the same parameters, to the last bit\n" : "the parameters differ\n");
  return same ? 0 : 1;
}

/* Prints, after the name of its picture:

epoch 1, loss 0.0338689
epoch 2, loss 0.000122601
epoch 3, loss 4.98833e-05
w = [2.00048, -3.39988]
b = 4.19941
error of w: -0.000476122, -0.000120068
error of b: 0.000587654

training: 3 epochs of 100 batches, compiled for avx512bw; this machine has avx512bw
epoch 1/3  loss 2.8183  0.00 s
epoch 2/3  loss 0.00572  0.00 s
epoch 3/3  loss 6.2314e-05  0.00 s
the same parameters, to the last bit
*/
