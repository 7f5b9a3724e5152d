// SPDX-License-Identifier: BSL-1.0
// expect: the formula has no scalar of that name: its value would have no effect
// expect: "random_seed"
// expect: seed_without_dropout.cpp:18:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = dot(w, x);

auto step(const std::vector<float>& features) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return value_and_grad(loss, model, dataset(x = features)).value;
#else
  return value_and_grad(loss, model, dataset(x = features), random_seed = 7).value;
#endif
}
