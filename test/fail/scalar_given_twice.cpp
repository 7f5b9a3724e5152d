// SPDX-License-Identifier: BSL-1.0
// expect: a scalar has two values: give it once, as in lambda = 0.1
// expect: "lambda"
// expect: scalar_given_twice.cpp:19:
#include "fusegrad/train/evaluate.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto lambda = scalar<"lambda">;
constexpr auto loss = dot(w, x) + lambda * dot(w, w);

auto value(const std::vector<float>& features) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return evaluate(loss, model, dataset(x = features), lambda = 0.1);
#else
  return evaluate(loss, model, dataset(x = features), lambda = 0.1, lambda = 0.2);
#endif
}
