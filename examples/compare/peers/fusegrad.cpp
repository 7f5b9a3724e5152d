// SPDX-License-Identifier: BSL-1.0
// fusegrad, as its users write it: the loss as a formula, one step per batch.
// The data are borrowed as they lie, and the order of the rows is the problem's own.

#include "../peer.hpp"
#include "../problems.hpp"

#include "fusegrad/fusegrad.hpp"

#include <tbb/task_arena.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace compare {
namespace {

using namespace fusegrad;

/// What is kept between runs.
template <class Loss, class Data> struct prepared {
  Data data;
  model_of<Loss, float> model;
  decltype(trainer(Loss{}, model, sgd{})) step;
  tbb::task_arena threads;

  prepared(Loss loss, Data of, float learning_rate, int count)
      : data(std::move(of)),
        step(trainer(loss, model, sgd{.learning_rate = learning_rate})),
        threads(count) {}

  /// Walks once through `order`; the mean of the loss over its rows.
  double descend(std::span<const std::uint32_t> order, std::size_t batch_size) {
    double total = 0;
    for (std::size_t first = 0; first < order.size(); first += batch_size) {
      const std::size_t count = std::min(batch_size, order.size() - first);
      const batch<Data> rows{&data, {order.data() + first, 0, count, order.size() - first - count}};
      total += double(step(rows)) * double(count);
    }
    return total / double(order.size());
  }
};

template <class Loss, class Data> auto keep(Loss loss, Data data, float learning_rate, int threads) {
  return std::make_shared<prepared<Loss, Data>>(loss, std::move(data), learning_rate, threads);
}

template <int Threads> training<linear_regression> prepare_linear(const linear_regression& problem) {
  constexpr auto x = input<"x", linear_regression::features>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", linear_regression::features>;
  constexpr auto b = param<"b">;
  constexpr auto loss = squared_error(dot(w, x) + b, y);

  const auto kept =
      keep(loss, dataset(x = problem.inputs, y = problem.targets), problem.learning_rate, Threads);
  return [=, &problem](linear_regression::parameters& parameters) {
    kept->model[w] = parameters.weights;
    kept->model[b][0] = parameters.bias;
    double value = 0;
    kept->threads.execute([&] {
      for (std::size_t epoch = 0; epoch < problem.epochs; ++epoch)
        value = kept->descend(problem.order.subspan(epoch * problem.rows(), problem.rows()), problem.batch);
    });
    std::ranges::copy(kept->model[w], parameters.weights.begin());
    parameters.bias = kept->model[b];
    return value;
  };
}

template <class Pixel, int Threads>
training<softmax_regression<Pixel>> prepare_softmax(const softmax_regression<Pixel>& problem) {
  using shape = softmax_regression<Pixel>;
  constexpr auto x = input<"x", shape::features>;
  constexpr auto y = label<"y", shape::classes>;
  constexpr auto W = param<"W", shape::classes, shape::features>;
  constexpr auto b = param<"b", shape::classes>;
  constexpr auto loss = -log(softmax(W * x + b)[y]);

  const auto pixels = scaled(table(problem.pixels, shape::features), shape::pixel_scale);
  const auto kept = keep(loss, dataset(x = pixels, y = problem.labels), problem.learning_rate, Threads);
  return [=, &problem](typename shape::parameters& parameters) {
    std::ranges::copy(parameters.weights, kept->model[W].begin());
    std::ranges::copy(parameters.biases, kept->model[b].begin());
    double value = 0;
    kept->threads.execute([&] { value = kept->descend(problem.order, shape::batch); });
    std::ranges::copy(kept->model[W], parameters.weights.begin());
    std::ranges::copy(kept->model[b], parameters.biases.begin());
    return value;
  };
}

template <int Threads> training<perceptron> prepare_perceptron(const perceptron& problem) {
  constexpr auto x = input<"x", perceptron::features>;
  constexpr auto y = label<"y", perceptron::classes>;
  constexpr auto W = param<"W", perceptron::hidden, perceptron::features>;
  constexpr auto b = param<"b", perceptron::hidden>;
  constexpr auto V = param<"V", perceptron::classes, perceptron::hidden>;
  constexpr auto c = param<"c", perceptron::classes>;
  constexpr auto loss = cross_entropy(V * relu(W * x + b) + c, y);

  const auto pixels = scaled(table(problem.pixels, perceptron::features), perceptron::pixel_scale);
  const auto kept = keep(loss, dataset(x = pixels, y = problem.labels), problem.learning_rate, Threads);
  return [=, &problem](perceptron::parameters& parameters) {
    kept->model[W] = parameters.hidden_weights;
    kept->model[b] = parameters.hidden_biases;
    kept->model[V] = parameters.weights;
    kept->model[c] = parameters.biases;
    double value = 0;
    kept->threads.execute([&] { value = kept->descend(problem.order, problem.batch); });
    std::ranges::copy(kept->model[W], parameters.hidden_weights.begin());
    std::ranges::copy(kept->model[b], parameters.hidden_biases.begin());
    std::ranges::copy(kept->model[V], parameters.weights.begin());
    std::ranges::copy(kept->model[c], parameters.biases.begin());
    return value;
  };
}

template <int Threads> training<wide_regression> prepare_wide(const wide_regression& problem) {
  constexpr auto x = input<"x", wide_regression::features>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", wide_regression::features>;
  constexpr auto b = param<"b">;
  constexpr auto loss = squared_error(dot(w, x) + b, y);

  const auto kept = keep(loss, dataset(x = problem.inputs, y = problem.targets), 0, Threads);
  return [=](wide_regression::parameters& parameters) {
    kept->model[w] = parameters.weights;
    kept->model[b][0] = parameters.bias;
    double loss_value = 0;
    kept->threads.execute([&] {
      const auto [value, gradient] = value_and_grad(loss, kept->model, kept->data);
      std::ranges::copy(gradient[w], parameters.gradient.begin());
      parameters.bias_gradient = gradient[b];
      loss_value = double(value);
    });
    return loss_value;
  };
}

const entry<linear_regression> linear_1{"fusegrad", 1, prepare_linear<1>};
const entry<linear_regression> linear_2{"fusegrad", 2, prepare_linear<2>};
const entry<softmax_regression<std::uint8_t>> bytes_1{"fusegrad", 1, prepare_softmax<std::uint8_t, 1>};
const entry<softmax_regression<std::uint8_t>> bytes_2{"fusegrad", 2, prepare_softmax<std::uint8_t, 2>};
const entry<softmax_regression<float>> floats_1{"fusegrad", 1, prepare_softmax<float, 1>};
const entry<softmax_regression<float>> floats_2{"fusegrad", 2, prepare_softmax<float, 2>};
const entry<perceptron> perceptron_1{"fusegrad", 1, prepare_perceptron<1>};
const entry<perceptron> perceptron_2{"fusegrad", 2, prepare_perceptron<2>};
const entry<wide_regression> wide_1{"fusegrad", 1, prepare_wide<1>};
const entry<wide_regression> wide_2{"fusegrad", 2, prepare_wide<2>};

}  // namespace
}  // namespace compare
