// SPDX-License-Identifier: BSL-1.0
// expect: a loss must be a scalar per row: reduce it with sum or mean
// expect: extents<2>
// expect: loss_that_is_no_scalar.cpp:20:
#include "fusegrad/train/value_and_grad.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto y = target<"y", 2>;
constexpr auto W = param<"W", 2, 3>;
#ifdef POSITIVE_TWIN
constexpr auto loss = sum(squared_error(W * x, y));
#else
constexpr auto loss = squared_error(W * x, y);
#endif
const auto model = initialise<loss>(1, W = normal(0, 1));

auto step(const std::vector<float>& features, const std::vector<float>& targets) {
  return value_and_grad(loss, model, dataset(x = features, y = targets)).value;
}
