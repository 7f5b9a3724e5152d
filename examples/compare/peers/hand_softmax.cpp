// SPDX-License-Identifier: BSL-1.0
// Softmax regression written by hand with explicit vectors. A batch goes tile by tile: the gradient of a
// tile is computed while the rows of the next one are fetched. Lanes run along the pixels in both products,
// along the rows between them. Pixels are used as stored: their scale is a factor of the sums. Blocks are
// chosen for 32 registers of 16 floats; with fewer they spill.

#include "../peer.hpp"
#include "../problems.hpp"
#include "hand_vectors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace compare {
namespace {

constexpr std::size_t features = 784;
constexpr std::size_t classes = 10;
constexpr std::size_t chunks = features / lanes;
static_assert(chunks * lanes == features && chunks % 2 == 1);
constexpr auto all_classes = std::make_index_sequence<classes>();

// As many rows as stay in the second cache beside the weights.
template <class Pixel> constexpr std::size_t tile_rows = sizeof(Pixel) == 1 ? 64 : 32;
constexpr std::size_t most_rows = 64;

using by_class = std::array<vector, classes>;

struct buffers {
  by_class weights[chunks];
  by_class gradient[chunks];
  by_class sums[lanes];  // Of sixteen rows: lanes are still to be added.
  alignas(64) float adjoint[classes][most_rows];
  std::array<float, classes> biases;
  by_class bias_gradient;  // Lanes are still to be added.
};

/// A tile of the rows in their order.
template <class Pixel> struct tile {
  const softmax_regression<Pixel>& problem;
  std::size_t begin;
  std::size_t count;

  // Past the end, the last row.
  [[nodiscard]] std::size_t row(std::size_t r) const {
    return problem.order[std::min(begin + r, problem.rows() - 1)];
  }
  [[nodiscard]] const Pixel* pixels(std::size_t r) const { return problem.pixels.data() + row(r) * features; }
};

// Two rows times ten classes. The pack, not a loop, names the accumulators: g++ leaves an array that a loop
// indexes in memory.
template <class Pixel, std::size_t... Class>
void multiply_rows(const tile<Pixel>& rows, std::size_t r, buffers& in, std::index_sequence<Class...>) {
  const Pixel* even = rows.pixels(r);
  const Pixel* odd = rows.pixels(r + 1);
  vector even_sums[] = {((void)Class, vector{})...};
  vector odd_sums[] = {((void)Class, vector{})...};
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const vector x = load(even + chunk * lanes);
    const vector z = load(odd + chunk * lanes);
    const auto add = [&](const vector& weight, vector& even_sum, vector& odd_sum)
        __attribute__((always_inline)) {
      vector w = weight;
      pin(w);
      even_sum += x * w;
      odd_sum += z * w;
    };
    (add(in.weights[chunk][Class], even_sums[Class], odd_sums[Class]), ...);
  }
  in.sums[r % lanes] = {even_sums[Class]...};
  in.sums[(r + 1) % lanes] = {odd_sums[Class]...};
}

/// Of a tile. A logarithm of a product of totals serves many rows: each total is between 1 and 10.
struct losses {
  vector shifted{};
  vector totals = everywhere(1);

  [[nodiscard]] double sum() const {
    double product = 1;
    double shifts = 0;
    for (std::size_t n = 0; n < lanes; ++n) {
      product *= double(totals[n]);
      shifts += double(shifted[n]);
    }
    return std::log(product) - shifts;
  }
};

// The adjoints of the logits of sixteen rows. Logits are shifted by their maximum, so that no exponential
// overflows. Rows past the end of the batch count nothing.
template <class Pixel, std::size_t... Class>
void cross_entropy(const tile<Pixel>& rows, std::size_t first, buffers& in, losses& loss,
                   std::index_sequence<Class...>) {
  integers label{};
  vector present{};
  for (std::size_t n = 0; n < lanes; ++n) {
    label[n] = rows.problem.labels[rows.row(first + n)];
    present[n] = first + n < rows.count ? 1.0F : 0.0F;
  }
  constexpr float scale = softmax_regression<Pixel>::pixel_scale;
  vector p[] = {sums_of<classes>(&in.sums[0][Class]) * scale + in.biases[Class]...};
  vector largest = p[0];
  ((largest = p[Class] > largest ? p[Class] : largest), ...);
  vector total{};
  const auto exponentiate = [&](int k, vector& of) __attribute__((always_inline)) {
    vector shifted = of - largest;
    shifted = shifted > -87.0F ? shifted : everywhere(-87.0F);
    loss.shifted += label == k ? shifted * present : vector{};
    of = exponential(shifted);
    total += of;
  };
  (exponentiate(int(Class), p[Class]), ...);
  loss.totals *= present > 0.0F ? total : everywhere(1);
  const vector inverse = present / total;
  const auto finish = [&](int k, const vector& of) __attribute__((always_inline)) {
    const vector adjoint = of * inverse - (label == k ? present : vector{});
    std::memcpy(&in.adjoint[k][first], &adjoint, sizeof adjoint);
    in.bias_gradient[std::size_t(k)] += adjoint;
  };
  (finish(int(Class), p[Class]), ...);
}

// What becomes of the sums of a tile: the batch's first tile stores, its last one takes the step.
struct epilogue {
  bool first;
  bool last;
  float step;

  void operator()(vector sum, vector& gradient, vector& weights) const {
    if (!first) sum += gradient;
    if (last)
      weights -= step * sum;
    else
      gradient = sum;
  }
};

// Into the second cache: the first one is full of weights.
template <class Pixel> [[gnu::always_inline]] inline void prefetch(const Pixel* pixels, std::size_t count) {
  __builtin_prefetch(pixels, 0, 2);
  if (sizeof(Pixel) > 1 && count == 2) __builtin_prefetch(pixels + lanes, 0, 2);
}

// The gradient by ten classes times one chunk of pixels or two, held in registers over the tile's rows.
// Fetches the next rows, which lie anywhere in memory, where no hardware looks ahead.
template <std::size_t Width, class Pixel, std::size_t... Class>
void differentiate_chunks(const tile<Pixel>& rows, const Pixel* const* pixels, const Pixel* const* next,
                          std::size_t chunk, const epilogue& finish, buffers& in,
                          std::index_sequence<Class...>) {
  vector low[] = {((void)Class, vector{})...};
  vector high[] = {((void)Class, vector{})...};
  for (std::size_t r = 0; r < rows.count; ++r) {
    const Pixel* row = pixels[r] + chunk * lanes;
    const vector x = load(row);
    const vector z = Width == 2 ? load(row + (Width - 1) * lanes) : vector{};
    prefetch(next[r] + chunk * lanes, Width);
    const auto add = [&](float adjoint, vector& low_sum, vector& high_sum) __attribute__((always_inline)) {
      vector a = everywhere(adjoint);
      pin(a);
      low_sum += a * x;
      if constexpr (Width == 2) high_sum += a * z;
    };
    (add(in.adjoint[Class][r], low[Class], high[Class]), ...);
  }
  (finish(low[Class], in.gradient[chunk][Class], in.weights[chunk][Class]), ...);
  if constexpr (Width == 2)
    (finish(high[Class], in.gradient[chunk + 1][Class], in.weights[chunk + 1][Class]), ...);
}

template <class Pixel> double train_tile(const tile<Pixel>& rows, const epilogue& finish, buffers& in) {
  const Pixel* pixels[tile_rows<Pixel>];
  const Pixel* next[tile_rows<Pixel>];
  for (std::size_t r = 0; r < tile_rows<Pixel>; ++r) next[r] = rows.pixels(r + tile_rows<Pixel>);
  for (std::size_t r = 0; r < tile_rows<Pixel>; ++r) pixels[r] = rows.pixels(r);
  losses loss;
  for (std::size_t first = 0; first < rows.count; first += lanes) {
    for (std::size_t r = first; r < first + lanes; r += 2) multiply_rows(rows, r, in, all_classes);
    cross_entropy(rows, first, in, loss, all_classes);
  }
  for (std::size_t chunk = 0; chunk + 2 <= chunks; chunk += 2)
    differentiate_chunks<2>(rows, pixels, next, chunk, finish, in, all_classes);
  differentiate_chunks<1>(rows, pixels, next, chunks - 1, finish, in, all_classes);
  return loss.sum();
}

template <class Pixel>
double train_batch(const softmax_regression<Pixel>& problem, std::size_t begin, std::size_t end,
                   buffers& in) {
  const float step = problem.learning_rate / float(end - begin);
  in.bias_gradient = {};
  double loss = 0;
  for (std::size_t first = begin; first < end; first += tile_rows<Pixel>) {
    const std::size_t count = std::min(tile_rows<Pixel>, end - first);
    const epilogue finish{first == begin, first + count == end, step * problem.pixel_scale};
    loss += train_tile<Pixel>({problem, first, count}, finish, in);
  }
  for (std::size_t k = 0; k < classes; ++k)
    for (std::size_t n = 0; n < lanes; ++n) in.biases[k] -= step * in.bias_gradient[k][n];
  return loss;
}

template <class Pixel> training<softmax_regression<Pixel>> prepare(const softmax_regression<Pixel>& problem) {
  return [&problem, kept = std::make_shared<buffers>()](auto& parameters) {
    const auto weights_of = [&](std::size_t chunk, std::size_t k) {
      return &parameters.weights[k * features + chunk * lanes];
    };
    for (std::size_t n = 0; n < chunks * classes; ++n)
      kept->weights[n / classes][n % classes] = load(weights_of(n / classes, n % classes));
    kept->biases = parameters.biases;
    double loss = 0;
    for (std::size_t begin = 0; begin < problem.rows(); begin += problem.batch)
      loss += train_batch(problem, begin, std::min(begin + problem.batch, problem.rows()), *kept);
    for (std::size_t n = 0; n < chunks * classes; ++n)
      std::memcpy(weights_of(n / classes, n % classes), &kept->weights[n / classes][n % classes],
                  sizeof(vector));
    parameters.biases = kept->biases;
    return loss / double(problem.rows());
  };
}

const entry<softmax_regression<std::uint8_t>> bytes_by_hand{"hand-written", 1, prepare<std::uint8_t>};
const entry<softmax_regression<float>> floats_by_hand{"hand-written", 1, prepare<float>};

}  // namespace
}  // namespace compare
