// SPDX-License-Identifier: BSL-1.0
// The number of features, from 1 to 1024, with as many numbers in all: a linear regression, its loss and
// gradient.
#include "scaling.hpp"

namespace {

using namespace fusegrad;

template <int Width> void add_width() {
  constexpr auto x = input<"x", Width>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", Width>;
  constexpr auto b = param<"b">;
  constexpr auto loss = squared_error(dot(w, x) + b, y);

  constexpr std::size_t elements = std::size_t(1) << 22;
  auto data = dataset(x = bench::scattered(elements), y = bench::scattered(elements / Width));
  auto model = initialise<loss>(1, w = normal(0, 1));
  bench::add_step(
      std::to_string(Width) + " features",
      {.elements = double(elements), .bytes = sizeof(float) * double(elements + elements / Width)}, loss,
      std::make_shared<decltype(model)>(model), std::make_shared<decltype(data)>(data));
}

}  // namespace

int main(int argc, char** argv) {
  add_width<1>();
  add_width<4>();
  add_width<16>();
  add_width<64>();
  add_width<256>();
  add_width<1024>();
  return bench::run(
      argc, argv,
      "Features of a linear regression, 4194304 floats in all, value and gradient; an element is a feature");
}
