// SPDX-License-Identifier: BSL-1.0
// Matrix products of weights with rows: forward alone, and with the gradient by the weights.
#pragma once

#include "bench.hpp"

#include "fusegrad/fusegrad.hpp"

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace bench {

/// Enters one layer, its squares summed so that there is a loss: the products are all but all of the work.
template <class Real, int Inputs, int Outputs> void add_product(const std::string& type) {
  using namespace fusegrad;
  constexpr auto x = input<"x", Inputs>;
  constexpr auto W = param<"W", Outputs, Inputs>;
  constexpr auto loss = sum(square(W * x));

  constexpr std::size_t rows = 2048;
  std::mt19937 random(1);
  std::uniform_real_distribution<Real> between(-1, 1);
  std::vector<Real> numbers(rows * Inputs);
  for (Real& each : numbers) each = between(random);
  const auto data = std::make_shared<decltype(dataset(x = numbers))>(dataset(x = std::move(numbers)));
  const auto model = std::make_shared<model_of<std::remove_const_t<decltype(loss)>, Real>>(
      initialise<loss, Real>(1, W = fusegrad::normal(0, 0.1)));

  const double flops = 2.0 * double(rows) * Inputs * Outputs;
  const std::string name = std::to_string(Inputs) + " -> " + std::to_string(Outputs) + ", " + type;
  add_run(name, "product", {.flops = flops},
          [=] { benchmark::DoNotOptimize(evaluate(loss, *model, *data)); });
  add_run(name, "product and gradient", {.flops = 2 * flops},
          [=] { benchmark::DoNotOptimize(value_and_grad(loss, *model, *data).value); });
}

/// Enters two layers, so that there is a product with a transposed matrix: 2 products forward, 3 back.
template <class Real, int Inputs, int Hidden> void add_layers(const std::string& type) {
  using namespace fusegrad;
  constexpr auto x = input<"x", Inputs>;
  constexpr auto W = param<"W", Hidden, Inputs>;
  constexpr auto V = param<"V", Hidden, Hidden>;
  constexpr auto loss = sum(square(V * relu(W * x)));

  constexpr std::size_t rows = 2048;
  std::mt19937 random(1);
  std::uniform_real_distribution<Real> between(-1, 1);
  std::vector<Real> numbers(rows * Inputs);
  for (Real& each : numbers) each = between(random);
  const auto data = std::make_shared<decltype(dataset(x = numbers))>(dataset(x = std::move(numbers)));
  const auto model = std::make_shared<model_of<std::remove_const_t<decltype(loss)>, Real>>(
      initialise<loss, Real>(1, W = fusegrad::normal(0, 0.1), V = fusegrad::normal(0, 0.1)));

  const double flops = double(rows) * (4.0 * Inputs * Hidden + 6.0 * Hidden * Hidden);
  const std::string name = std::to_string(Inputs) + " -> " + std::to_string(Hidden) + " -> " +
                           std::to_string(Hidden) + ", " + type;
  add_run(name, "all products and gradients", {.flops = flops},
          [=] { benchmark::DoNotOptimize(value_and_grad(loss, *model, *data).value); });
}

}  // namespace bench
