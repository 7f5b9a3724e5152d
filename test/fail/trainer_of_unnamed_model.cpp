// SPDX-License-Identifier: BSL-1.0
// expect: a trainer refers to its model: give the model a name
// expect: trainer_of_unnamed_model.cpp:17:
#include "fusegrad/train/trainer.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = squared_error(dot(w, x), target<"y">);

void train() {
#ifdef POSITIVE_TWIN
  auto model = initialise<loss>(1);
  (void)trainer(loss, model, sgd{0.1});
#else
  (void)trainer(loss, initialise<loss>(1), sgd{0.1});
#endif
}
