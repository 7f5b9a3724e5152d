// SPDX-License-Identifier: BSL-1.0
// The depth of a formula: chains of elementwise operations, and layers of 64 neurons; value and gradient.
#include "scaling.hpp"

namespace {

using namespace fusegrad;

/// y = tanh(y) * w + x, again and again.
template <int Levels> constexpr auto chain(auto y, auto w, auto x) {
  if constexpr (Levels == 0)
    return y;
  else
    return chain<Levels - 1>(tanh(y) * w + x, w, x);
}

template <int Levels> void add_chain() {
  constexpr auto x = input<"x">;
  constexpr auto w = param<"w">;
  constexpr auto loss = square(chain<Levels>(x, w, x));

  constexpr std::size_t rows = std::size_t(1) << 18;
  auto data = dataset(x = bench::scattered(rows));
  auto model = initialise<loss>(1, w = normal(0, 1));
  bench::add_step("chain of " + std::to_string(Levels), {.elements = double(rows) * Levels}, loss,
                  std::make_shared<decltype(model)>(model), std::make_shared<decltype(data)>(data));
}

constexpr int neurons = 64;

/// A name for each layer's weights.
template <int Layer> constexpr auto weights() {
  constexpr char name[] = {'A' + Layer, 0};
  return param<fixed_string(name), neurons, neurons>;
}

template <int Layer, int Layers> constexpr auto network(auto below) {
  if constexpr (Layer == Layers)
    return below;
  else
    return network<Layer + 1, Layers>(relu(weights<Layer>() * below));
}

template <int Layers> void add_network() {
  constexpr auto x = input<"x", neurons>;
  constexpr auto loss = sum(square(network<0, Layers>(x)));

  constexpr std::size_t rows = 8192;
  auto data = dataset(x = bench::scattered(rows * neurons));
  auto model = initialise<loss>(1);
  model.fill(0.01F);
  // Forward, back through all but the first layer, and the gradients.
  const double flops = 2.0 * double(rows) * neurons * neurons * (3.0 * Layers - 1);
  bench::add_step("layers: " + std::to_string(Layers), {.flops = flops}, loss,
                  std::make_shared<decltype(model)>(model), std::make_shared<decltype(data)>(data));
}

}  // namespace

int main(int argc, char** argv) {
  add_chain<1>();
  add_chain<4>();
  add_chain<16>();
  add_chain<64>();
  add_network<1>();
  add_network<2>();
  add_network<4>();
  add_network<8>();
  return bench::run(argc, argv,
                    "Depth, value and gradient: tanh(y) * w + x again and again (an element is a level of a "
                    "row), layers of 64");
}
