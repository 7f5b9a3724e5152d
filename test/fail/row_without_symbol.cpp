// SPDX-License-Identifier: BSL-1.0
// expect: price(x = features): give each symbol its row by assignment
// expect: row_without_symbol.cpp:18:
#include "fusegrad/train/predictor.hpp"

using namespace fusegrad;

constexpr auto x = input<"x", 3>;
constexpr auto w = param<"w", 3>;
constexpr auto loss = squared_error(dot(w, x), target<"y">);

void show(const std::vector<float>& row) {
  const auto model = initialise<loss>(1);
  const auto price = predictor(dot(w, x), model);
#ifdef POSITIVE_TWIN
  (void)price(x = row);
#else
  (void)price(row);
#endif
}
