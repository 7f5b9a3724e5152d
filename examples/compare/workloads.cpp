// SPDX-License-Identifier: BSL-1.0
// The data of the workloads, and the work of a run of each.

#include "workloads.hpp"

#include "fusegrad/data/random.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace compare {
namespace {

std::vector<std::uint32_t> shuffled_epochs(std::size_t rows, std::size_t epochs) {
  std::vector<std::uint32_t> order;
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    const auto next = fusegrad::permutation(rows, epoch);
    order.insert(order.end(), next.begin(), next.end());
  }
  return order;
}

std::span<const std::uint8_t> bytes_of(const fusegrad::idx_file& file, std::size_t count) {
  return {static_cast<const std::uint8_t*>(file.view().data), count};
}

fusegrad::regression_data wide_data(std::size_t rows) {
  std::vector<float> slopes(wide_regression::features);
  fusegrad::normal{0, 1}.fill(slopes, 2);
  return fusegrad::synthetic_data({slopes.begin(), slopes.end()}, 0.5, rows, 3);
}

std::size_t pairs_of(std::size_t most_rows) { return 10 * std::min<std::size_t>(most_rows, 1'000'000); }

fusegrad::aligned_memory<float> drawn(std::size_t count, std::uint64_t seed) {
  fusegrad::aligned_memory<float> numbers(count);
  fusegrad::normal{0, 1.5}.fill(std::span(numbers.data(), count), seed);
  return numbers;
}

workload_data make_data(std::size_t most_rows) {
  workload_data data{.linear = fusegrad::synthetic_data({2, -3.4}, 4.2, 1000, 1),
                     .linear_order = shuffled_epochs(1000, linear_regression::epochs),
                     .images = fusegrad::load_fashion_mnist(),
                     .image_order = {},
                     .scaled_pixels = {},
                     .wide = wide_data(std::min<std::size_t>(most_rows, 1'000'000)),
                     .predictions = drawn(pairs_of(most_rows), 4),
                     .targets = drawn(pairs_of(most_rows), 5)};
  const std::size_t images = std::min(most_rows, data.images.train.images.rows());
  data.image_order = shuffled_epochs(images, 1);
  data.scaled_pixels.resize(images * perceptron::features);
  std::ranges::transform(bytes_of(data.images.train.images, data.scaled_pixels.size()),
                         data.scaled_pixels.begin(), [](auto pixel) { return float(pixel) / 255.0F; });
  return data;
}

std::span<const std::uint8_t> pixels_of(const workload_data& data) {
  return bytes_of(data.images.train.images, data.scaled_pixels.size());
}

std::span<const std::uint8_t> labels_of(const workload_data& data) {
  return bytes_of(data.images.train.labels, data.image_order.size());
}

// Read once per image: the pixels, the label and the place in the order.
template <class Pixel> double bytes_per_image() {
  return double(perceptron::features * sizeof(Pixel) + sizeof(std::uint8_t) + sizeof(std::uint32_t));
}

workload<linear_regression> make_linear(const workload_data& data) {
  return {
      .name = "linear regression",
      .problem = {.inputs = data.linear.features, .targets = data.linear.labels, .order = data.linear_order},
      .start = {{0.01F, -0.01F}, 0},
      .unit = "ns/step",
      .units_per_run = double(data.linear_order.size() / linear_regression::batch),
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
          .bytes = rows * bytes_per_image<Pixel>()};
}

workload<perceptron> make_perceptron(const workload_data& data) {
  using shape = perceptron;
  shape::parameters start;
  fusegrad::normal{0, 0.05}.fill(start.hidden_weights, 1);
  fusegrad::normal{0, 0.05}.fill(start.weights, 2);
  const auto rows = double(data.image_order.size());
  // Forward and gradient of both layers, and the way back through the second one.
  const double flops_per_row =
      4 * double(shape::features * shape::hidden) + 6 * double(shape::hidden * shape::classes);
  return {.name = "perceptron, uint8",
          .problem = {.pixels = pixels_of(data), .labels = labels_of(data), .order = data.image_order},
          .start = std::move(start),
          .unit = "ms/epoch",
          .units_per_run = 1,
          .unit_in_seconds = 1e-3,
          .flops = rows * flops_per_row,
          .bytes = rows * bytes_per_image<std::uint8_t>(),
          // Of the fifteen million inputs of a unit in an epoch, about one is so near 0 that rounding decides
          // whether its row counts, in any peer. That moves weights by 1e-4 at once, and later inputs with
          // them: most often a run ends within 1e-6 of the reference, else 1e-4 to 6e-4 away.
          .tolerance = 2e-3};
}

workload<wide_regression> make_wide(const workload_data& data) {
  wide_regression::parameters start;
  fusegrad::normal{0, 0.1}.fill(start.weights, 1);
  const auto rows = double(data.wide.labels.size());
  return {.name = "wide rows",
          .problem = {.inputs = data.wide.features, .targets = data.wide.labels},
          .start = start,
          .unit = "ms/pass",
          .units_per_run = 1,
          .unit_in_seconds = 1e-3,
          .flops = 4 * rows * double(wide_regression::features),
          .bytes = rows * double((wide_regression::features + 1) * sizeof(float))};
}

workload<robust_pairs> make_pairs(const workload_data& data) {
  const auto rows = double(data.targets.size());
  return {.name = "robust pairs",
          .problem = {.predictions = {data.predictions.data(), data.predictions.size()},
                      .targets = {data.targets.data(), data.targets.size()}},
          .start = robust_pairs::parameters(data.targets.size()),
          .unit = "ms/pass",
          .units_per_run = 1,
          .unit_in_seconds = 1e-3,
          .flops = 0,
          .bytes = 3 * rows * double(sizeof(float)),
          .tolerance = 1e-5 / rows};  // Of numbers up to 1.6 / rows.
}

}  // namespace

all_workloads::all_workloads(std::size_t most_rows)
    : data_(make_data(most_rows)),
      linear_(make_linear(data_)),
      bytes_(make_softmax<std::uint8_t>("softmax regression, uint8",
                                        {pixels_of(data_), labels_of(data_), data_.image_order})),
      floats_(make_softmax<float>("softmax regression, float",
                                  {data_.scaled_pixels, labels_of(data_), data_.image_order})),
      perceptron_(make_perceptron(data_)),
      wide_(make_wide(data_)),
      pairs_(make_pairs(data_)) {}

std::string all_workloads::source() const {
  return "Fashion-MNIST from " + data_.images.source + ", " + std::to_string(data_.image_order.size()) +
         " images; " + std::to_string(data_.wide.labels.size()) + " wide rows, " +
         std::to_string(data_.targets.size()) + " pairs";
}

}  // namespace compare
