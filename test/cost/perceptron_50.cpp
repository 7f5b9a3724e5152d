// SPDX-License-Identifier: BSL-1.0
// A perceptron of fifty layers, value and gradient: it compiles without any limit of a compiler being raised.
#include "fusegrad/fusegrad.hpp"

namespace {

using namespace fusegrad;

constexpr int width = 32, classes = 10;

/// "W00", "W01", ...
template <int Layer> constexpr fixed_string<4> name_of(char letter) {
  const char name[] = {letter, char('0' + Layer / 10), char('0' + Layer % 10), 0};
  return name;
}

/// relu(W x + b), layer upon layer.
template <int Layer, int Layers> constexpr auto network(auto below) {
  if constexpr (Layer == Layers)
    return below;
  else
    return network<Layer + 1, Layers>(
        relu(param<name_of<Layer>('W'), width, width> * below + param<name_of<Layer>('b'), width>));
}

}  // namespace

float value_and_gradient(std::span<const float> rows, std::span<const int> labels) {
  constexpr auto x = input<"x", width>;
  constexpr auto y = label<"y", classes>;
  constexpr auto logits = param<"W", classes, width> * network<0, 49>(x) + param<"b", classes>;
  constexpr auto loss = cross_entropy(logits, y);
  const auto model = initialise<loss>(1, param<"W", classes, width> = normal(0, 0.01));
  const auto [value, gradient] = value_and_grad(loss, model, dataset(x = rows, y = labels));
  return value + gradient[param<"b", classes>][0];
}
