// SPDX-License-Identifier: BSL-1.0
// expect: accuracy(logits, model, data): data must have one label of as many classes as logits
// expect: accuracy_without_label.cpp:22:
#include "fusegrad/train/evaluate.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto y = label<"y", 2>;
constexpr auto W = param<"W", 2, 3>;
constexpr auto logits = W * x;
constexpr auto loss = cross_entropy(logits, y);

double share(const std::vector<float>& features, const std::vector<float>& classes) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  const auto data = dataset(x = features, y = classes);
#else
  const auto data = dataset(x = features);
  (void)classes;
#endif
  return accuracy(logits, model, data);
}
