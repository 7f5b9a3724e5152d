// SPDX-License-Identifier: BSL-1.0
// The workloads: problems with their data, their starts and the work of a run.
// In: how many rows at most. Out: one workload per problem, the same for the same number of rows.
#pragma once

#include "problems.hpp"

#include "fusegrad/data/fashion_mnist.hpp"
#include "fusegrad/data/synthetic_data.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace compare {

/// A problem with its start, and how its times are told.
template <class Problem> struct workload {
  std::string name;
  Problem problem;
  typename Problem::parameters start;
  std::string unit;
  double units_per_run;     ///< Steps, epochs or passes.
  double unit_in_seconds;   ///< 1e-9 for a time told in ns.
  double flops;             ///< Of the matrix products, per run; 0 if there are none.
  double bytes;             ///< Read from memory and written to it at least, per run.
  double tolerance = 1e-4;  ///< How far a parameter may lie from the reference.
};

/// What the workloads view.
struct workload_data {
  fusegrad::regression_data linear;
  std::vector<std::uint32_t> linear_order;
  fusegrad::fashion_mnist_files images;
  std::vector<std::uint32_t> image_order;
  std::vector<float> scaled_pixels;
  fusegrad::regression_data wide;
  fusegrad::aligned_memory<float> predictions, targets;
};

/// Every workload, with at most this many images and rows of features.
class all_workloads {
 public:
  explicit all_workloads(std::size_t most_rows);
  all_workloads(const all_workloads&) = delete;  // The problems view the data.
  all_workloads& operator=(const all_workloads&) = delete;

  /// Calls `visit` with one workload after the other.
  template <class Visit> void for_each(Visit visit) const {
    visit(linear_);
    visit(bytes_);
    visit(floats_);
    visit(perceptron_);
    visit(wide_);
    visit(pairs_);
  }

  /// Where the images come from, and how many there are.
  [[nodiscard]] std::string source() const;

 private:
  workload_data data_;
  workload<linear_regression> linear_;
  workload<softmax_regression<std::uint8_t>> bytes_;
  workload<softmax_regression<float>> floats_;
  workload<perceptron> perceptron_;
  workload<wide_regression> wide_;
  workload<robust_pairs> pairs_;
};

}  // namespace compare
