// SPDX-License-Identifier: BSL-1.0
// expect: wrt(p): a loss is differentiated by an input, a target or a parameter
// expect: wrt_of_label.cpp:20:
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
  return value_and_grad(loss, wrt(x), model, data).value;
#else
  return value_and_grad(loss, wrt(y), model, data).value;
#endif
}
