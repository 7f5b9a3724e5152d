// SPDX-License-Identifier: BSL-1.0
// expect: a tensor takes as many numbers as it has elements
// expect: tensor_of_other_size.cpp:18:
#include <array>

#include "fusegrad/train/model.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = dot(w, x);

void set(model_of<formula_of<loss>, float>& model) {
#ifdef POSITIVE_TWIN
  model[w] = std::array<float, 3>{1, 2, 3};
#else
  model[w] = std::array<float, 4>{1, 2, 3, 4};
#endif
}
