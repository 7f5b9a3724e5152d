// SPDX-License-Identifier: BSL-1.0
// expect: the data of a symbol are missing: give them in dataset(x = ..., y = ...)
// expect: "y"
// expect: data_of_missing_symbol.cpp:22:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto y = target<"y">;
constexpr auto w = param<"w", 3>;
constexpr auto loss = squared_error(dot(w, x), y);

void train(const std::vector<float>& features, const std::vector<float>& targets) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  const auto data = dataset(x = features, y = targets);
#else
  const auto data = dataset(x = features);
  (void)targets;
#endif
  (void)value_and_grad(loss, model, data);
}
