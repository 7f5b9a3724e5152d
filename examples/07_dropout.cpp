// SPDX-License-Identifier: BSL-1.0
// Two hidden layers with dropout on Fashion-MNIST, as in "Dive into Deep Learning", 5.6. While the model is
// trained, a fifth and a half of the hidden values are set to 0, others for every image and every step; what
// is dropped is never stored. When it is evaluated, nothing is dropped.
#include <iostream>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

int main() try {
  constexpr auto x = input<"x", 784>;
  constexpr auto y = label<"y", 10>;
  constexpr auto W1 = param<"W1", 256, 784>;
  constexpr auto b1 = param<"b1", 256>;
  constexpr auto W2 = param<"W2", 256, 256>;
  constexpr auto b2 = param<"b2", 256>;
  constexpr auto W3 = param<"W3", 10, 256>;
  constexpr auto b3 = param<"b3", 10>;

  constexpr auto first = dropout<0.2>(relu(W1 * x + b1));
  constexpr auto second = dropout<0.5>(relu(W2 * first + b2));
  constexpr auto logits = W3 * second + b3;
  constexpr auto loss = cross_entropy(logits, y);

  const auto [train, test] = fashion_mnist(x, y);
  auto model = initialise<loss>(10, W1 = normal(0, 0.01), W2 = normal(0, 0.01), W3 = normal(0, 0.01));

  curve losses{"training loss, with dropout", {}}, clean{"training loss, without", {}};
  curve unknown{"test accuracy", {}};
  fit(loss, model, train, sgd{.learning_rate = 0.5},
      {.epochs = 10, .batch_size = 256, .seed = 10, .after_epoch = [&](const epoch_report& epoch) {
         losses.values.push_back(epoch.loss);
         clean.values.push_back(evaluate(loss, model, train));
         unknown.values.push_back(accuracy(logits, model, test));
       }});
  draw_curves("dropout_curves.png", {losses, clean, unknown});

  std::cout << "loss " << losses.values.back() << ", test accuracy " << unknown.values.back() << '\n';
} catch (const data_error& wrong) {
  std::cerr << wrong.what() << '\n';
  return 1;
}
