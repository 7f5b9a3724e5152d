// SPDX-License-Identifier: BSL-1.0
// expect: wrt(p = results): results go to a std::vector or std::array of float or double that has a
// expect: wrt_of_temporary.cpp:21:
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
  std::vector<float> slopes(features.size());
  return value_and_grad(loss, wrt(x = slopes), model, data);
#else
  return value_and_grad(loss, wrt(x = std::vector<float>(features.size())), model, data);
#endif
}
