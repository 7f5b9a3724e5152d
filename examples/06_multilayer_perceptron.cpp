// SPDX-License-Identifier: BSL-1.0
// A perceptron with one hidden layer on Fashion-MNIST, as in "Dive into Deep Learning", 5.2.
#include <iostream>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

int main() try {
  constexpr auto x = input<"x", 784>;
  constexpr auto y = label<"y", 10>;
  constexpr auto W1 = param<"W1", 256, 784>;
  constexpr auto b1 = param<"b1", 256>;
  constexpr auto W2 = param<"W2", 10, 256>;
  constexpr auto b2 = param<"b2", 10>;

  constexpr auto hidden = relu(W1 * x + b1);
  constexpr auto logits = W2 * hidden + b2;
  constexpr auto loss = cross_entropy(logits, y);

  const auto [train, test] = fashion_mnist(x, y);
  auto model = initialise<loss>(10, W1 = normal(0, 0.01), W2 = normal(0, 0.01));

  curve losses{"training loss", {}}, known{"training accuracy", {}}, unknown{"test accuracy", {}};
  fit(loss, model, train, sgd{.learning_rate = 0.1},
      {.epochs = 10, .batch_size = 256, .seed = 10, .after_epoch = [&](const epoch_report& epoch) {
         losses.values.push_back(epoch.loss);
         known.values.push_back(accuracy(logits, model, train));
         unknown.values.push_back(accuracy(logits, model, test));
       }});
  draw_curves("multilayer_perceptron_curves.png", {losses, known, unknown});

  std::cout << "loss " << losses.values.back() << ", training accuracy " << known.values.back()
            << ", test accuracy " << unknown.values.back() << '\n';
} catch (const data_error& wrong) {
  std::cerr << wrong.what() << '\n';
  return 1;
}
