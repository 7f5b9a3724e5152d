// SPDX-License-Identifier: BSL-1.0
// LeNet on Fashion-MNIST, as in "Dive into Deep Learning", 7.6: two convolutions with sigmoids and mean pooling,
// three dense layers. Four epochs are the beginning: after ten the loss is 0.46.
#include <cmath>
#include <iostream>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

int main() try {
  constexpr auto x = input<"x", 784>;
  constexpr auto y = label<"y", 10>;
  constexpr auto K1 = param<"K1", 6, 1, 5, 5>;
  constexpr auto c1 = param<"c1", 6, 1, 1>;
  constexpr auto K2 = param<"K2", 16, 6, 5, 5>;
  constexpr auto c2 = param<"c2", 16, 1, 1>;
  constexpr auto W1 = param<"W1", 120, 400>;
  constexpr auto b1 = param<"b1", 120>;
  constexpr auto W2 = param<"W2", 84, 120>;
  constexpr auto b2 = param<"b2", 84>;
  constexpr auto W3 = param<"W3", 10, 84>;
  constexpr auto b3 = param<"b3", 10>;

  constexpr auto image = reshape<1, 28, 28>(x);
  constexpr auto first = mean_pool2d<2>(logistic(conv2d<1, 2>(image, K1) + c1));
  constexpr auto second = mean_pool2d<2>(logistic(conv2d(first, K2) + c2));
  constexpr auto hidden = logistic(W2 * logistic(W1 * reshape<400>(second) + b1) + b2);
  constexpr auto logits = W3 * hidden + b3;
  constexpr auto loss = cross_entropy(logits, y);

  const auto [train, test] = fashion_mnist(x, y);

  // Glorot and Bengio's initial values: uniform up to sqrt(6 / (inputs + outputs)).
  const auto glorot = [](double inputs, double outputs) {
    const double limit = std::sqrt(6 / (inputs + outputs));
    return uniform(-limit, limit);
  };
  auto model = initialise<loss>(10, K1 = glorot(25, 150), K2 = glorot(150, 400), W1 = glorot(400, 120),
                                W2 = glorot(120, 84), W3 = glorot(84, 10));

  curve losses{"training loss", {}}, unknown{"test accuracy", {}};
  fit(loss, model, train, sgd{.learning_rate = 0.9},
      {.epochs = 4, .batch_size = 256, .seed = 10, .after_epoch = [&](const epoch_report& epoch) {
         losses.values.push_back(epoch.loss);
         unknown.values.push_back(accuracy(logits, model, test));
       }});
  draw_curves("lenet_curves.png", {losses, unknown});

  std::cout << "loss " << losses.values.back() << ", test accuracy " << unknown.values.back() << '\n';
} catch (const data_error& wrong) {
  std::cerr << wrong.what() << '\n';
  return 1;
}
