// SPDX-License-Identifier: BSL-1.0
// expect: a tensor takes the numbers of a tensor of its own shape: model[W] = other[W]
// expect: tensor_of_other_shape.cpp:17:
#include "fusegrad/train/model.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto V = param<"V", 2, 3>;
constexpr auto W = param<"W", 3, 2>;
constexpr auto loss = sum(W * (V * x));

void copy(model_of<formula_of<loss>, float>& to, const model_of<formula_of<loss>, float>& from) {
#ifdef POSITIVE_TWIN
  to[W] = from[W];
#else
  to[W] = from[V];
#endif
}
