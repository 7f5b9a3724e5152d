// SPDX-License-Identifier: BSL-1.0
// libtorch: modules, a loss, backward() and an optimizer's step. Tensors view the data as they lie; a batch
// is gathered by index_select, and converted where it has to be.

#include "../peer.hpp"
#include "../problems.hpp"
#include "blas_threads.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace compare {
namespace {

using torch::Tensor;

template <class Number> constexpr torch::ScalarType type_of = torch::kFloat;
template <> constexpr torch::ScalarType type_of<std::uint8_t> = torch::kByte;
template <> constexpr torch::ScalarType type_of<std::uint32_t> = torch::kInt;  // Rows count less than 2^31.

// A tensor on memory of another, as libtorch takes it: without const.
template <class Number> Tensor view(const Number* data, std::vector<std::int64_t> sizes) {
  return torch::from_blob(const_cast<Number*>(data), sizes, type_of<Number>);
}

template <class Number> Tensor view(std::span<const Number> data) {
  return view(data.data(), {std::int64_t(data.size())});
}

void set_threads(unsigned threads) {
  torch::set_num_threads(int(threads));
  set_blas_threads(threads);
}

// Where each parameter of a module lies in the parameters of the problem.
using places = std::vector<float*>;

places places_of(linear_regression::parameters& to) { return {to.weights.data(), &to.bias}; }
places places_of(wide_regression::parameters& to) { return {to.weights.data(), &to.bias}; }
places places_of(perceptron::parameters& to) {
  return {to.hidden_weights.data(), to.hidden_biases.data(), to.weights.data(), to.biases.data()};
}
template <class Parameters> places places_of(Parameters& to) { return {to.weights.data(), to.biases.data()}; }

void give(const std::vector<Tensor>& to, const places& from) {
  const torch::NoGradGuard no_gradient;
  for (std::size_t n = 0; n < to.size(); ++n) Tensor(to[n]).copy_(view(from[n], to[n].sizes().vec()));
}

void take(const std::vector<Tensor>& from, const places& to) {
  const torch::NoGradGuard no_gradient;
  for (std::size_t n = 0; n < from.size(); ++n) view(to[n], from[n].sizes().vec()).copy_(from[n]);
}

// Walks through the order; the mean of the loss over the rows of the last epoch. `loss_of` takes the numbers
// of the rows.
template <class Problem, class Loss>
training<Problem> descent(const Problem& problem, unsigned threads, const std::vector<Tensor>& fitted,
                          Loss loss_of) {
  const auto optimizer = std::make_shared<torch::optim::SGD>(fitted, double(problem.learning_rate));
  const Tensor order = view(problem.order);
  return [=, &problem](typename Problem::parameters& parameters) mutable {
    set_threads(threads);
    give(fitted, places_of(parameters));
    double total = 0;
    for (std::size_t first = 0; first < problem.order.size(); first += problem.batch) {
      if (first % problem.rows() == 0) total = 0;
      const std::size_t end = std::min(first + problem.batch, problem.order.size());
      const Tensor loss = loss_of(order.slice(0, std::int64_t(first), std::int64_t(end)));
      optimizer->zero_grad();
      loss.backward();
      optimizer->step();
      total += double(loss.item<float>()) * double(end - first);
    }
    take(fitted, places_of(parameters));
    return total / double(problem.rows());
  };
}

// A linear model with one output. A module would multiply matrices, one of a single column, in twice the
// time.
template <class Problem> struct linear_model {
  Tensor inputs;
  Tensor targets;
  Tensor weights = torch::zeros({Problem::features}, torch::requires_grad());
  Tensor bias = torch::zeros({1}, torch::requires_grad());

  explicit linear_model(const Problem& problem)
      : inputs(view(problem.inputs.data(), {std::int64_t(problem.rows()), Problem::features})),
        targets(view(problem.targets)) {}

  std::vector<Tensor> parameters() const { return {weights, bias}; }
  Tensor loss(const Tensor& x, const Tensor& y) const { return torch::mse_loss(x.mv(weights) + bias, y) / 2; }
};

training<linear_regression> prepare_linear(const linear_regression& problem, unsigned threads) {
  const linear_model model(problem);
  return descent(problem, threads, model.parameters(), [model](const Tensor& rows) {
    return model.loss(model.inputs.index_select(0, rows), model.targets.index_select(0, rows));
  });
}

// The mean cross-entropy of a classifier of pixels.
template <class Problem>
training<Problem> prepare_classifier(const Problem& problem, unsigned threads, torch::nn::Sequential net) {
  const Tensor pixels = view(problem.pixels.data(), {std::int64_t(problem.rows()), Problem::features});
  const Tensor labels = view(problem.labels);
  return descent(problem, threads, net->parameters(), [=](const Tensor& rows) mutable {
    Tensor x = pixels.index_select(0, rows);
    if (x.scalar_type() != torch::kFloat) x = x.to(torch::kFloat).mul_(Problem::pixel_scale);
    return torch::cross_entropy_loss(net->forward(x), labels.index_select(0, rows).to(torch::kLong));
  });
}

template <class Pixel>
training<softmax_regression<Pixel>> prepare_softmax(const softmax_regression<Pixel>& problem,
                                                    unsigned threads) {
  return prepare_classifier(problem, threads,
                            torch::nn::Sequential(torch::nn::Linear(problem.features, problem.classes)));
}

training<perceptron> prepare_perceptron(const perceptron& problem, unsigned threads) {
  return prepare_classifier(
      problem, threads,
      torch::nn::Sequential(torch::nn::Linear(problem.features, problem.hidden), torch::nn::ReLU(),
                            torch::nn::Linear(problem.hidden, problem.classes)));
}

training<wide_regression> prepare_wide(const wide_regression& problem, unsigned threads) {
  const linear_model model(problem);
  return [=](wide_regression::parameters& parameters) {
    set_threads(threads);
    give(model.parameters(), places_of(parameters));
    const Tensor loss = model.loss(model.inputs, model.targets);
    take(torch::autograd::grad({loss}, model.parameters()),
         {parameters.gradient.data(), &parameters.bias_gradient});
    return double(loss.item<float>());
  };
}

const tunable_entries<linear_regression> linear{"libtorch", prepare_linear};
const tunable_entries<softmax_regression<std::uint8_t>> bytes{"libtorch", prepare_softmax<std::uint8_t>};
const tunable_entries<softmax_regression<float>> floats{"libtorch", prepare_softmax<float>};
const tunable_entries<perceptron> hidden_layer{"libtorch", prepare_perceptron};
const tunable_entries<wide_regression> wide{"libtorch", prepare_wide};

}  // namespace
}  // namespace compare
