// SPDX-License-Identifier: BSL-1.0
// expect: decltype(loss) is const; write decltype(initialise<loss>(0))
// expect: model_of_const_formula.cpp:16:
#include "fusegrad/train/model.hpp"

using namespace fusegrad;

constexpr auto x = input<"x">;
constexpr auto w = param<"w">;
constexpr auto loss = square(w * x);

struct fitted {
#ifdef POSITIVE_TWIN
  decltype(initialise<loss>(0)) model;
#else
  model_of<decltype(loss), float> model;
#endif
};
