// SPDX-License-Identifier: BSL-1.0
// expect: jvp and vjp: the formula depends on a mean over all rows
// expect: jvp_of_mean_along_rows.cpp:19:
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
  return predict(jvp(mean_over_rows(f), w, v), model, data);
#else
  return predict(jvp(mean_over_rows(f), w, x), model, data);
#endif
}
