// SPDX-License-Identifier: BSL-1.0
// expect: jvp, vjp and jacobian differentiate by a parameter (or another real symbol)
// expect: jacobian_by_absent_symbol.cpp:19:
#include "fusegrad/train/evaluate.hpp"

using namespace fusegrad;

constexpr auto x = input<"x">;
constexpr auto w = param<"w">;
constexpr auto v = param<"v">;
constexpr auto f = square(w * x) + v;

auto slopes(const std::vector<float>& features) {
  const auto model = initialise<f>(1);
  const auto data = dataset(x = features);
#ifdef POSITIVE_TWIN
  return predict(jacobian(square(w * x), x), model, data);
#else
  return predict(jacobian(square(w * x), v), model, data);
#endif
}
