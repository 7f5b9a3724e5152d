// SPDX-License-Identifier: BSL-1.0
// expect: the model belongs to another formula: initialise<loss> with the loss that is trained
// expect: trainer_of_other_formula.cpp:20:
#include "fusegrad/train/trainer.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto y = label<"y", 2>;
constexpr auto W = param<"W", 2, 3>;
constexpr auto logits = W * x;
constexpr auto loss = cross_entropy(logits, y);

float train(const std::vector<float>& features, const std::vector<int>& classes) {
  const auto data = dataset(x = features, y = classes);
  auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return trainer(loss, model, sgd{0.1})(data);
#else
  return trainer(logits, model, sgd{0.1})(data);
#endif
}
