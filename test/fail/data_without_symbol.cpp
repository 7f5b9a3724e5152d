// SPDX-License-Identifier: BSL-1.0
// expect: dataset(x = images, y = labels): give each symbol its data by assignment
// expect: data_without_symbol.cpp:16:
#include "fusegrad/data/dataset.hpp"

#include <vector>

using namespace fusegrad;

constexpr auto x = input<"x">;
constexpr auto y = target<"y">;
const std::vector<float> numbers{1, 2};
#ifdef POSITIVE_TWIN
const auto data = dataset(x = numbers, y = numbers);
#else
const auto data = dataset(numbers, numbers);
#endif
