// SPDX-License-Identifier: BSL-1.0
// expect: the model belongs to another formula: initialise<loss> with the loss that is trained
// expect: check_of_other_model.cpp:18:
#include "fusegrad/train/check_gradient.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = dot(w, x);
constexpr auto other_loss = square(dot(w, x));

bool check(const std::vector<float>& features) {
  const auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  return bool(check_gradient(loss, model, dataset(x = features)));
#else
  return bool(check_gradient(other_loss, model, dataset(x = features)));
#endif
}
