// SPDX-License-Identifier: BSL-1.0
// The perceptron written by hand with explicit vectors: what a kernel for this one network and machine
// reaches. Lanes run along the hidden units, sums stay in registers, and no gradient is stored: a step sits
// in the epilogue of its sums. Tiles are chosen for 32 registers of 16 floats; with fewer they spill.

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

constexpr std::size_t features = perceptron::features;
constexpr std::size_t units = perceptron::hidden;
constexpr std::size_t classes = perceptron::classes;
constexpr std::size_t batch = perceptron::batch;
constexpr std::size_t panel_vectors = 2;
constexpr std::size_t panels = units / (panel_vectors * lanes);
constexpr std::size_t strip = 14;  // Pixels whose gradients are summed at once.
constexpr std::size_t strips = features / strip;
static_assert(panels * panel_vectors * lanes == units && strips * strip == features && classes <= lanes);

using unit_panel = std::array<vector, panel_vectors>;

// What a loop visits next lies next: strips of pixels and panels of units, and the rows within.
struct buffers {
  // A vector of pixels is stored at once, whose last two are overwritten by the next row.
  alignas(64) float x[strips][batch * strip + lanes];
  unit_panel hidden[panels][batch];
  unit_panel adjoint[panels][batch];
  vector logits[batch];  // Then their adjoints; the lanes past the classes stay 0.
  unit_panel hidden_weights[panels][features];
  unit_panel hidden_biases[panels];
  unit_panel weights[panels][classes];
  vector weights_by_unit[units];  // The same weights, lanes along the classes.
  vector biases;
  std::size_t label[batch];
};

[[gnu::always_inline]] inline void widen(const std::uint8_t* pixels, std::size_t count, float* to) {
  bytes stored{};
  std::memcpy(&stored, pixels, count);
  const vector values = __builtin_convertvector(__builtin_convertvector(stored, integers), vector);
  std::memcpy(to, &values, sizeof values);
}

// Only the last strip must not be read beyond its end.
void gather_row(const std::uint8_t* pixels, std::size_t row, buffers& in) {
  for (std::size_t s = 0; s + 1 < strips; ++s) widen(pixels + s * strip, lanes, &in.x[s][row * strip]);
  widen(pixels + features - strip, strip, &in.x[strips - 1][row * strip]);
}

// Rows past the end of the batch are 0, and so are their adjoints.
void gather(const perceptron& problem, std::size_t begin, std::size_t count, buffers& in) {
  for (std::size_t r = 0; r < count; ++r) {
    // The next rows lie anywhere in memory, where no hardware looks ahead.
    const std::size_t ahead = problem.order[std::min(begin + r + 8, problem.rows() - 1)];
    for (std::size_t j = 0; j < features; j += 64) __builtin_prefetch(&problem.pixels[ahead * features + j]);
    const std::size_t row = problem.order[begin + r];
    gather_row(&problem.pixels[row * features], r, in);
    in.label[r] = problem.labels[row];
  }
  constexpr std::array<std::uint8_t, features> nothing{};
  for (std::size_t r = count; r < batch; ++r) gather_row(nothing.data(), r, in);
}

// The pack, not a loop, names the accumulators: g++ leaves an array that a loop indexes in memory.
template <std::size_t... Row>
void hidden_tile(const buffers& in, std::size_t panel, std::size_t first, unit_panel* out,
                 std::index_sequence<Row...>) {
  vector low[] = {((void)Row, vector{})...};
  vector high[] = {((void)Row, vector{})...};
  const unit_panel* weights = in.hidden_weights[panel];
  for (std::size_t s = 0; s < strips; ++s) {
    const float* x = &in.x[s][first * strip];
    for (std::size_t j = 0; j < strip; ++j, ++x, ++weights) {
      vector w0 = (*weights)[0];
      vector w1 = (*weights)[1];
      pin(w0);
      pin(w1);
      const auto add = [&](std::size_t row, vector & sum0, vector & sum1) __attribute__((always_inline)) {
        const vector pixel = everywhere(x[row * strip]);
        sum0 += pixel * w0;
        sum1 += pixel * w1;
      };
      (add(Row, low[Row], high[Row]), ...);
    }
  }
  const auto [b0, b1] = in.hidden_biases[panel];
  const auto rectified = [](const vector& sum, const vector& bias) {
    const vector value = sum * perceptron::pixel_scale + bias;
    return value > 0 ? value : vector{};
  };
  ((out[Row] = {rectified(low[Row], b0), rectified(high[Row], b1)}), ...);
}

void hidden_layer(buffers& in) {
  constexpr std::size_t tall = 13;
  constexpr std::size_t tall_tiles = 4;
  constexpr std::size_t low = 12;
  static_assert((batch - tall * tall_tiles) % low == 0);
  for (std::size_t panel = 0; panel < panels; ++panel) {
    std::size_t row = 0;
    for (; row < tall * tall_tiles; row += tall)
      hidden_tile(in, panel, row, &in.hidden[panel][row], std::make_index_sequence<tall>());
    for (; row < batch; row += low)
      hidden_tile(in, panel, row, &in.hidden[panel][row], std::make_index_sequence<low>());
  }
}

template <std::size_t... Row> void output_tile(buffers& in, std::size_t first, std::index_sequence<Row...>) {
  vector sums[] = {((void)Row, in.biases)...};
  const vector* weights = in.weights_by_unit;
  for (const auto& panel : in.hidden) {
    const float* hidden = reinterpret_cast<const float*>(&panel[first]);
    for (std::size_t u = 0; u < panel_vectors * lanes; ++u, ++weights) {
      const vector w = *weights;
      ((sums[Row] += hidden[Row * panel_vectors * lanes + u] * w), ...);
    }
  }
  ((in.logits[first + Row] = sums[Row]), ...);
}

void output_layer(buffers& in) {
  constexpr std::size_t rows = 16;
  for (std::size_t row = 0; row < batch; row += rows) output_tile(in, row, std::make_index_sequence<rows>());
}

// The adjoint of one row's logits in their place; returns the loss. Logits are shifted by their maximum, so
// that no exponential overflows.
float cross_entropy(std::size_t label, vector& logits) {
  float largest = logits[0];
  for (std::size_t k = 1; k < classes; ++k) largest = std::max(largest, logits[k]);
  vector shifted = logits - largest;
  shifted = shifted > -87.0F ? shifted : everywhere(-87.0F);
  vector p = exponential(shifted);
  float total = 0;
  for (std::size_t k = 0; k < classes; ++k) total += p[k];
  const float loss = std::log(total) - shifted[label];
  p *= 1.0F / total;
  for (std::size_t k = classes; k < lanes; ++k) p[k] = 0;
  p[label] -= 1.0F;
  logits = p;
  return loss;
}

double losses(std::size_t count, buffers& in) {
  double loss = 0;
  for (std::size_t r = 0; r < count; ++r) loss += double(cross_entropy(in.label[r], in.logits[r]));
  std::fill(in.logits + count, in.logits + batch, vector{});
  return loss;
}

// Back through the output layer and the rectifiers for one panel of units, and the step of their biases.
template <std::size_t... Class>
void adjoint_of_panel(buffers& in, std::size_t panel, float step, std::index_sequence<Class...>) {
  vector total[panel_vectors] = {};
  const unit_panel* w = in.weights[panel];
  for (std::size_t r = 0; r < batch; ++r) {
    const float* outer = reinterpret_cast<const float*>(&in.logits[r]);
    for (std::size_t v = 0; v < panel_vectors; ++v) {
      vector sum{};
      ((sum += outer[Class] * w[Class][v]), ...);
      sum = in.hidden[panel][r][v] > 0 ? sum : vector{};
      total[v] += sum;
      in.adjoint[panel][r][v] = sum;
    }
  }
  for (std::size_t v = 0; v < panel_vectors; ++v) in.hidden_biases[panel][v] -= step * total[v];
}

template <std::size_t... Class>
void update_output_panel(buffers& in, std::size_t panel, float step, std::index_sequence<Class...>) {
  vector low[] = {((void)Class, vector{})...};
  vector high[] = {((void)Class, vector{})...};
  for (std::size_t r = 0; r < batch; ++r) {
    const float* outer = reinterpret_cast<const float*>(&in.logits[r]);
    const auto [h0, h1] = in.hidden[panel][r];
    ((low[Class] += outer[Class] * h0, high[Class] += outer[Class] * h1), ...);
  }
  ((in.weights[panel][Class][0] -= step * low[Class], in.weights[panel][Class][1] -= step * high[Class]),
   ...);
}

void transpose_weights(buffers& in) {
  for (std::size_t u = 0; u < units; ++u)
    for (std::size_t k = 0; k < classes; ++k)
      in.weights_by_unit[u][k] =
          in.weights[u / (panel_vectors * lanes)][k][u / lanes % panel_vectors][u % lanes];
}

// The gradient by the weights of a strip of pixels and a panel of units, over all rows, and their step.
template <std::size_t... Pixel>
void update_hidden_tile(buffers& in, std::size_t panel, std::size_t s, float step,
                        std::index_sequence<Pixel...>) {
  vector low[] = {((void)Pixel, vector{})...};
  vector high[] = {((void)Pixel, vector{})...};
  const float* x = in.x[s];
  for (const unit_panel& adjoint : in.adjoint[panel]) {
    vector a0 = adjoint[0];
    vector a1 = adjoint[1];
    pin(a0);
    pin(a1);
    const auto add = [&](std::size_t pixel, vector & sum0, vector & sum1) __attribute__((always_inline)) {
      const vector value = everywhere(x[pixel]);
      sum0 += value * a0;
      sum1 += value * a1;
    };
    (add(Pixel, low[Pixel], high[Pixel]), ...);
    x += strip;
  }
  unit_panel* weights = &in.hidden_weights[panel][s * strip];
  ((weights[Pixel][0] -= step * low[Pixel], weights[Pixel][1] -= step * high[Pixel]), ...);
}

double train_batch(const perceptron& problem, std::size_t begin, buffers& in) {
  const std::size_t count = std::min(batch, problem.rows() - begin);
  const float step = problem.learning_rate / float(count);
  gather(problem, begin, count, in);
  hidden_layer(in);
  output_layer(in);
  const double loss = losses(count, in);
  constexpr auto all_classes = std::make_index_sequence<classes>();
  for (std::size_t panel = 0; panel < panels; ++panel) {
    adjoint_of_panel(in, panel, step, all_classes);
    update_output_panel(in, panel, step, all_classes);
  }
  for (const vector& adjoint : in.logits) in.biases -= step * adjoint;
  transpose_weights(in);
  for (std::size_t s = 0; s < strips; ++s)
    for (std::size_t panel = 0; panel < panels; ++panel)
      update_hidden_tile(in, panel, s, step * perceptron::pixel_scale, std::make_index_sequence<strip>());
  return loss;
}

// Calls `visit` with each parameter and its place in the buffers.
template <class Visit> void for_each_parameter(perceptron::parameters& parameters, buffers& in, Visit visit) {
  constexpr std::size_t width = panel_vectors * lanes;
  for (std::size_t u = 0; u < units; ++u) {
    const std::size_t panel = u / width;
    const auto place = [&](unit_panel& of) { return reinterpret_cast<float*>(&of) + u % width; };
    for (std::size_t j = 0; j < features; ++j)
      visit(parameters.hidden_weights[u * features + j], *place(in.hidden_weights[panel][j]));
    visit(parameters.hidden_biases[u], *place(in.hidden_biases[panel]));
    for (std::size_t k = 0; k < classes; ++k)
      visit(parameters.weights[k * units + u], *place(in.weights[panel][k]));
  }
  for (std::size_t k = 0; k < classes; ++k)
    visit(parameters.biases[k], *(reinterpret_cast<float*>(&in.biases) + k));
}

training<perceptron> prepare(const perceptron& problem) {
  return [&problem, kept = std::make_shared<buffers>()](perceptron::parameters& parameters) {
    for_each_parameter(parameters, *kept, [](float given, float& place) { place = given; });
    transpose_weights(*kept);
    double loss = 0;
    for (std::size_t begin = 0; begin < problem.rows(); begin += batch)
      loss += train_batch(problem, begin, *kept);
    for_each_parameter(parameters, *kept, [](float& result, float place) { result = place; });
    return loss / double(problem.rows());
  };
}

const entry<perceptron> by_hand{"hand-written", 1, prepare};

}  // namespace
}  // namespace compare
