// SPDX-License-Identifier: BSL-1.0
// expect: the model belongs to another formula: initialise<loss> with the loss that is trained
// expect: fit_of_other_formula.cpp:20:
#include "fusegrad/train/fit.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto y = label<"y", 2>;
constexpr auto W = param<"W", 2, 3>;
constexpr auto logits = W * x;
constexpr auto loss = cross_entropy(logits, y);

auto train(const std::vector<float>& features, const std::vector<int>& classes) {
  const auto data = dataset(x = features, y = classes);
  auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return fit(loss, model, data, sgd{0.1});
#else
  return fit(logits, model, data, sgd{0.1});
#endif
}
