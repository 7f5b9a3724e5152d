// SPDX-License-Identifier: BSL-1.0
// expect: the model has no parameter of that name and shape: initialise it for a loss that contains it
// expect: "v"
// expect: model_without_parameter.cpp:19:
#include "fusegrad/train/evaluate.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto v = param<"v", 3>;
constexpr auto loss = dot(w, x);

auto wrong(const std::vector<float>& features) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return predict(dot(w, x), model, dataset(x = features));
#else
  return predict(dot(v, x), model, dataset(x = features));
#endif
}
