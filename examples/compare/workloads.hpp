// SPDX-License-Identifier: BSL-1.0
// The workloads: problems with their data, their start, and how their times are told.
#pragma once

#include "problems.hpp"

#include "fusegrad/data/random.hpp"
#include "fusegrad/data/synthetic_data.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace compare {

/// A problem with its start, and how its times are told.
template <class Problem> struct workload {
  std::string name;
  Problem problem;
  typename Problem::parameters start;
  std::string unit;
  double units_per_run;    ///< Steps or epochs.
  double unit_in_seconds;  ///< 1e-9 for a time told in ns.
  double flops;            ///< Of the matrix products, per run; 0 if no limit of the machine is near.
  double bytes;            ///< Read from memory at least, per run.
};

inline workload<linear_regression> make_linear(const fusegrad::regression_data& data,
                                               std::span<const std::uint32_t> order) {
  return {.name = "linear regression",
          .problem = {.inputs = data.features, .targets = data.labels, .order = order},
          .start = {{0.01F, -0.01F}, 0},
          .unit = "ns/step",
          .units_per_run = double(order.size() / linear_regression::batch),
          .unit_in_seconds = 1e-9,
          .flops = 0,
          .bytes = 0};
}

template <class Pixel>
workload<softmax_regression<Pixel>> make_softmax(std::string name, softmax_regression<Pixel> problem) {
  using shape = softmax_regression<Pixel>;
  typename shape::parameters start;
  fusegrad::normal{0, 0.01}.fill(start.weights, 1);
  const auto rows = double(problem.rows());
  return {.name = std::move(name),
          .problem = problem,
          .start = std::move(start),
          .unit = "ms/epoch",
          .units_per_run = 1,
          .unit_in_seconds = 1e-3,
          .flops = 4 * rows * double(shape::features * shape::classes),
          .bytes = rows * double(shape::features * sizeof(Pixel) + 1 + sizeof(std::uint32_t))};
}

inline workload<perceptron> make_perceptron(perceptron problem) {
  perceptron::parameters start;
  fusegrad::normal{0, 0.05}.fill(start.hidden_weights, 1);
  fusegrad::normal{0, 0.05}.fill(start.weights, 2);
  const auto rows = double(problem.rows());
  constexpr double first_layer = 4 * double(perceptron::features * perceptron::hidden);
  constexpr double second_layer = 6 * double(perceptron::hidden * perceptron::classes);
  return {.name = "perceptron, uint8",
          .problem = problem,
          .start = std::move(start),
          .unit = "ms/epoch",
          .units_per_run = 1,
          .unit_in_seconds = 1e-3,
          .flops = rows * (first_layer + second_layer),
          .bytes = rows * double(perceptron::features + 1 + sizeof(std::uint32_t))};
}

/// Inputs [rows, 32] and targets [rows] without meaning.
struct rows_of_numbers {
  std::vector<float> inputs, targets;
};
inline rows_of_numbers random_rows(std::size_t rows) {
  rows_of_numbers data{std::vector<float>(rows * wide_regression::features), std::vector<float>(rows)};
  fusegrad::normal{0, 1}.fill(data.inputs, 1);
  fusegrad::normal{0, 1}.fill(data.targets, 2);
  return data;
}

inline workload<wide_regression> make_wide(std::span<const float> inputs, std::span<const float> targets) {
  wide_regression::parameters start;
  fusegrad::normal{0, 1}.fill(start.weights, 1);
  const auto rows = double(targets.size());
  return {.name = "wide regression",
          .problem = {.inputs = inputs, .targets = targets},
          .start = start,
          .unit = "ms",
          .units_per_run = 1,
          .unit_in_seconds = 1e-3,
          .flops = 4 * rows * double(wide_regression::features),
          .bytes = rows * double((wide_regression::features + 1) * sizeof(float))};
}

inline std::vector<std::uint32_t> shuffled_epochs(std::size_t rows, std::size_t epochs) {
  std::vector<std::uint32_t> order;
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    const auto next = fusegrad::permutation(rows, epoch);
    order.insert(order.end(), next.begin(), next.end());
  }
  return order;
}

}  // namespace compare
