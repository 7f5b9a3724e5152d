// SPDX-License-Identifier: BSL-1.0
// expect: dataset(x = images, y = labels): give each symbol its data by assignment
// expect: data_of_nothing.cpp:14:
#include "fusegrad/data/dataset.hpp"

#include <vector>

using namespace fusegrad;

constexpr auto x = input<"x">;
#ifdef POSITIVE_TWIN
const auto data = dataset(x = std::vector<float>{1, 2});
#else
const auto data = dataset();
#endif
