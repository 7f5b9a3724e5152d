// SPDX-License-Identifier: BSL-1.0
// expect: wrt(p): the loss has no symbol of that name and shape
// expect: wrt_of_other_symbol.cpp:20:
#include "fusegrad/train/wrt.hpp"

using namespace fusegrad;

constexpr auto x = input<"x">;
constexpr auto y = label<"y", 3>;
constexpr auto w = param<"w">;
constexpr auto v = param<"v", 3>;
constexpr auto loss = square(w * x) + v[y];

auto step(const std::vector<float>& features) {
  const auto model = initialise<loss>(1);
  const auto data = dataset(x = features, y = std::vector<std::uint8_t>(features.size()));
#ifdef POSITIVE_TWIN
  return value_and_grad(loss, wrt(x, v), model, data).value;
#else
  return value_and_grad(loss, wrt(x, param<"v", 4>), model, data).value;
#endif
}
