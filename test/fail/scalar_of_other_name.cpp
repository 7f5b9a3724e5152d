// SPDX-License-Identifier: BSL-1.0
// expect: the formula has no scalar of that name: its value would have no effect
// expect: "lamda"
// expect: scalar_of_other_name.cpp:19:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto lambda = scalar<"lambda">;
constexpr auto loss = dot(w, x) + lambda * dot(w, w);

auto step(const std::vector<float>& features) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return value_and_grad(loss, model, dataset(x = features), lambda = 0.1).value;
#else
  return value_and_grad(loss, model, dataset(x = features), lambda = 0.1, scalar<"lamda"> = 0.2).value;
#endif
}
