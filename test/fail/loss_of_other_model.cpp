// SPDX-License-Identifier: BSL-1.0
// expect: the model belongs to another formula: initialise<loss> with the loss that is trained
// expect: loss_of_other_model.cpp:18:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = dot(w, x);
constexpr auto other_loss = square(dot(w, x));

auto step(const std::vector<float>& features) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return value_and_grad(loss, model, dataset(x = features)).value;
#else
  return value_and_grad(other_loss, model, dataset(x = features)).value;
#endif
}
