// SPDX-License-Identifier: BSL-1.0
// expect: running_average(model, momentum, m = batch_mean(v)): what is averaged is a formula
// expect: running_average_of_numbers.cpp:19:
#include "fusegrad/train/running_average.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto m = param<"m", 3>;
constexpr auto s = param<"s", 3>;
constexpr auto v = param<"v", 3>;
constexpr auto loss = sum(square(batch_norm(x, s, s, m, v)));

void follow() {
  auto model = initialise<loss>(1);
#ifdef POSITIVE_TWIN
  auto average = running_average(model, 0.1, m = batch_mean(x));
#else
  auto average = running_average(model, 0.1, m = 0.5);
#endif
  average(dataset(x = std::vector<float>{1, 2, 3}));
}
