// SPDX-License-Identifier: BSL-1.0
// expect: the value of a row depends on a mean over all rows, so that no row has a derivative
// expect: gradient_of_row_through_mean.cpp:19:
#include "fusegrad/train/evaluate.hpp"

using namespace fusegrad;

constexpr auto x = input<"x">;
constexpr auto w = param<"w">;
constexpr auto v = param<"v">;
constexpr auto f = square(w * x) + v;

auto slopes(const std::vector<float>& features) {
  const auto model = initialise<f>(1);
  const auto data = dataset(x = features);
#ifdef POSITIVE_TWIN
  return predict(grad(mean_over_rows(square(f - mean_over_rows(f))), w), model, data);
#else
  return predict(grad(square(f - mean_over_rows(f)), w), model, data);
#endif
}
