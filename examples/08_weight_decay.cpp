// SPDX-License-Identifier: BSL-1.0
// Weight decay as in "Dive into Deep Learning", 3.7: 200 features and 20 examples to learn them from. The
// penalty is a part of the formula; its strength is given at each step.
#include <cmath>
#include <iostream>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

int main() {
  constexpr auto x = input<"x", 200>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", 200>;
  constexpr auto b = param<"b">;
  constexpr auto lambda = scalar<"lambda">;

  constexpr auto error = squared_error(dot(w, x) + b, y);
  constexpr auto loss = error + lambda * sum(square(w)) / constant<2>;

  // y = 0.05 + 0.01 (x[0] + ... + x[199]), with noise of standard deviation 0.01.
  constexpr std::uint64_t seed = 10;
  const std::vector<double> truth(200, 0.01);
  const auto few = synthetic_data(truth, 0.05, 20, seed);
  const auto many = synthetic_data(truth, 0.05, 100, seed + 1);
  const auto train = dataset(x = few.features, y = few.labels);
  const auto test = dataset(x = many.features, y = many.labels);

  for (const double strength : {0, 3}) {
    auto model = initialise<loss>(seed, w = normal(0, 1));
    curve known{"log10 of the training loss", {}}, unknown{"log10 of the test loss", {}};
    fit(loss, model, train, sgd{.learning_rate = 0.003},
        {.epochs = 100,
         .batch_size = 5,
         .seed = seed,
         .log = nullptr,
         .after_epoch =
             [&](const epoch_report&) {
               known.values.push_back(std::log10(evaluate(error, model, train)));
               unknown.values.push_back(std::log10(evaluate(error, model, test)));
             }},
        lambda = strength);
    double squares = 0;
    for (std::size_t i = 0; i < 200; ++i) squares += double(model[w][i]) * double(model[w][i]);
    std::cout << "lambda " << strength << ": length of w " << std::sqrt(squares) << ", loss "
              << evaluate(error, model, train) << " in training, " << evaluate(error, model, test)
              << " in test\n";
    draw_curves(strength == 0 ? "weight_decay_without.png" : "weight_decay_with.png", {known, unknown});
  }
}
