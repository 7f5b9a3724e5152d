// SPDX-License-Identifier: BSL-1.0
// Wide rows written by hand with explicit vectors: four rows give their residuals and at once, still in
// registers, their share of the gradient. So few instructions belong to them that the processor begins the next
// rows meanwhile. Memory is read once and in order, where the hardware looks ahead by itself.

#include "../peer.hpp"
#include "../problems.hpp"
#include "hand_vectors.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <thread>
#include <utility>

namespace compare {
namespace {

constexpr std::size_t features = wide_regression::features;
constexpr std::size_t group = 4;  // Rows.
static_assert(features == 2 * lanes);

using residuals [[gnu::vector_size(group * sizeof(float))]] = float;

struct weights {
  vector low;
  vector high;
  float bias;
};

// The sums over a few rows, so small that float serves. Two chains, of even rows and of odd ones, so that one
// does not wait for the other.
struct sums {
  vector low[2] = {};
  vector high[2] = {};
  residuals errors{};
  residuals squares{};
};

// Lane r is the sum of all lanes of from[r].
[[gnu::always_inline]] inline residuals sums_of_four(const vector* from) {
  constexpr auto all = std::make_index_sequence<lanes>();
  const vector pairs =
      add_halves<2>(add_halves<1>(from[0], from[1], all), add_halves<1>(from[2], from[3], all), all);
  const auto eight = __builtin_shufflevector(pairs, pairs, 0, 1, 2, 3, 4, 5, 6, 7) +
                     __builtin_shufflevector(pairs, pairs, 8, 9, 10, 11, 12, 13, 14, 15);
  return __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
         __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
}

template <std::size_t... Row>
[[gnu::always_inline]] inline void add_group(const float* x, const float* y, const weights& at, sums& into,
                                             std::index_sequence<Row...>) {
  vector products[group];
  ((products[Row] = load(x + Row * features) * at.low + load(x + Row * features + lanes) * at.high,
    pin_in_order(products[Row])),
   ...);
  residuals targets;
  std::memcpy(&targets, y, sizeof targets);
  const residuals error = sums_of_four(products) + (at.bias - targets);
  into.errors += error;
  into.squares += error * error;
  ((into.low[Row % 2] += error[Row] * load(x + Row * features),
    into.high[Row % 2] += error[Row] * load(x + Row * features + lanes)),
   ...);
}

// Fewer rows than a group: what is added to them has a residual of 0.
void add_remainder(const float* x, const float* y, std::size_t count, const weights& at, sums& into) {
  std::array<float, group * features> inputs{};
  std::array<float, group> targets;
  targets.fill(at.bias);
  std::copy_n(x, count * features, inputs.begin());
  std::copy_n(y, count, targets.begin());
  add_group(inputs.data(), targets.data(), at, into, std::make_index_sequence<group>());
}

// Over many rows.
struct totals {
  std::array<double, features> gradient{};
  double errors = 0;
  double squares = 0;

  void add(const sums& block) {
    for (std::size_t j = 0; j < lanes; ++j) {
      gradient[j] += double(block.low[0][j] + block.low[1][j]);
      gradient[lanes + j] += double(block.high[0][j] + block.high[1][j]);
    }
    for (std::size_t j = 0; j < group; ++j) {
      errors += double(block.errors[j]);
      squares += double(block.squares[j]);
    }
  }

  void add(const totals& other) {
    for (std::size_t j = 0; j < features; ++j) gradient[j] += other.gradient[j];
    errors += other.errors;
    squares += other.squares;
  }
};

// A float that sums a million rows loses digits, so blocks of rows are added up in double.
totals sum_rows(const wide_regression& problem, const weights& at, std::size_t begin, std::size_t end) {
  constexpr std::size_t block = 1024;
  totals all;
  while (begin < end) {
    sums of_block;
    const std::size_t block_end = std::min(begin + block, end);
    for (; begin + group <= block_end; begin += group)
      add_group(problem.inputs.data() + begin * features, problem.targets.data() + begin, at, of_block,
                std::make_index_sequence<group>());
    if (begin < block_end)
      add_remainder(problem.inputs.data() + begin * features, problem.targets.data() + begin,
                    block_end - begin, at, of_block);
    begin = block_end;
    all.add(of_block);
  }
  return all;
}

template <unsigned Threads>
double differentiate(const wide_regression& problem, wide_regression::parameters& parameters) {
  const weights at{load(parameters.weights.data()), load(parameters.weights.data() + lanes), parameters.bias};
  const std::size_t half = problem.rows() / Threads;
  totals all;
  totals of_other;
  {
    std::jthread other;
    if (Threads == 2) other = std::jthread([&] { of_other = sum_rows(problem, at, half, problem.rows()); });
    all = sum_rows(problem, at, 0, half);
  }
  all.add(of_other);
  const auto rows = double(problem.rows());
  for (std::size_t j = 0; j < features; ++j) parameters.gradient[j] = float(all.gradient[j] / rows);
  parameters.bias_gradient = float(all.errors / rows);
  return all.squares / 2 / rows;
}

const entry<wide_regression> wide_1{"hand-written", 1, unprepared<wide_regression>(differentiate<1>)};
const entry<wide_regression> wide_2{"hand-written", 2, unprepared<wide_regression>(differentiate<2>)};

}  // namespace
}  // namespace compare
