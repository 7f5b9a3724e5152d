// SPDX-License-Identifier: BSL-1.0
// expect: a predictor refers to its model: give the model a name
// expect: predictor_of_unnamed_model.cpp:18:
#include "fusegrad/train/predictor.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = squared_error(dot(w, x), target<"y">);

void show(const std::vector<float>& row) {
#ifdef POSITIVE_TWIN
  const auto model = initialise<loss>(1);
  const auto price = predictor(dot(w, x), model);
  (void)price(x = row);
#else
  (void)predictor(dot(w, x), initialise<loss>(1));
  (void)row;
#endif
}
