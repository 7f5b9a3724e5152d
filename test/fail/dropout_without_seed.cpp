// SPDX-License-Identifier: BSL-1.0
// expect: the formula draws random numbers, as dropout does: give each step a seed, as in random_seed = 7
// expect: "random_seed"
// expect: dropout_without_seed.cpp:18:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = dot(w, dropout<0.5>(x));

auto step(const std::vector<float>& features) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return value_and_grad(loss, model, dataset(x = features), random_seed = 7).value;
#else
  return value_and_grad(loss, model, dataset(x = features)).value;
#endif
}
