// SPDX-License-Identifier: BSL-1.0
// Softmax regression on Fashion-MNIST as in "Dive into Deep Learning", 4.4 and 4.5: with the textbook's loss
// and the training loop written out, then in one line. Both end with the same parameters, to the last bit.
#include <chrono>
#include <cstdio>
#include <iostream>

#include "fusegrad/fusegrad.hpp"
#include "fusegrad/run/explain.hpp"
#include "plots.hpp"

using namespace fusegrad;

/// Ten test images, each under its true class over the predicted one; mistakes stand out.
std::vector<titled_image> some_images(const image_split& test, const std::vector<float>& predicted) {
  const auto& names = fashion_mnist_class_names;
  std::vector<titled_image> images;
  for (std::size_t i = 10; i < 20; ++i) {
    const std::size_t is = test.label(i), seems = std::size_t(predicted[i]);
    images.push_back(
        {test.pixels(i), std::string(names[is]) + "\\n" + std::string(names[seems]), is != seems});
  }
  return images;
}

int main() try {
  // The model, and its loss for one image.
  constexpr auto x = input<"x", 784>;
  constexpr auto y = label<"y", 10>;
  constexpr auto W = param<"W", 10, 784>;
  constexpr auto b = param<"b", 10>;
  constexpr auto logits = W * x + b;
  constexpr auto loss = -log(softmax(logits)[y]);
  explain(loss);

  const auto files = load_fashion_mnist();
  const auto train = dataset(x = scaled(files.train.images, 1 / 255.), y = files.train.labels);
  const auto test = dataset(x = scaled(files.test.images, 1 / 255.), y = files.test.labels);
  std::cout << train.rows() << " + " << test.rows() << " images from " << files.source << '\n';
  if (files.is_subset) std::cout << "only a part of Fashion-MNIST: the book's numbers need all of it\n";

  // The loop written out.
  constexpr std::uint64_t seed = 10;
  const auto start = initialise<loss>(seed, W = normal(0, 0.01));
  auto model = start;
  curve losses{"training loss", {}}, known{"training accuracy", {}}, unknown{"test accuracy", {}};
  std::chrono::duration<double> training{};
  for (std::size_t epoch = 0; epoch < 10; ++epoch) {
    const auto started = std::chrono::steady_clock::now();
    double total = 0;
    for (const auto batch : minibatches(train, 256, seed + epoch)) {
      const auto [value, gradient] = value_and_grad(loss, model, batch);
      model -= 0.1 * gradient;
      total += double(value) * double(batch.rows.count);
    }
    training += std::chrono::steady_clock::now() - started;
    losses.values.push_back(total / double(train.rows()));
    known.values.push_back(accuracy(logits, model, train));
    unknown.values.push_back(accuracy(logits, model, test));
    std::printf("epoch %2zu: loss %.4f, training accuracy %.3f, test accuracy %.3f\n", epoch + 1,
                losses.values.back(), known.values.back(), unknown.values.back());
  }
  std::printf("10 epochs of training took %.2f s\n\n", training.count());

  // The same in one line.
  auto fitted = start;
  fit(loss, fitted, train, sgd{.learning_rate = 0.1}, {.epochs = 10, .batch_size = 256, .seed = seed});

  draw_curves("softmax_regression_curves.png", {losses, known, unknown});
  draw_images("softmax_regression_images.png", some_images(files.test, predict(argmax(logits), model, test)));

  const bool same = fitted == model;
  std::cout << (same ? "the same parameters, to the last bit\n" : "the parameters differ\n");
  return same ? 0 : 1;
} catch (const data_error& wrong) {
  std::cerr << wrong.what() << '\n';
  return 1;
}

/* Prints, after the explanation of the loss, something like:

60000 + 10000 images from /usr/share/datasets/fashion-mnist
epoch  1: loss 0.7851, training accuracy 0.802, test accuracy 0.788
epoch  2: loss 0.5712, training accuracy 0.816, test accuracy 0.804
...
epoch 10: loss 0.4470, training accuracy 0.848, test accuracy 0.830
10 epochs of training took 0.33 s

training: 10 epochs of 235 batches, compiled for avx512bw; this machine has avx512bw
epoch 1/10  loss 0.78513  0.03 s
...
epoch 10/10  loss 0.44699  0.32 s
picture: softmax_regression_curves.png
picture: softmax_regression_images.png
the same parameters, to the last bit
*/
