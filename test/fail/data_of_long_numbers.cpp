// SPDX-License-Identifier: BSL-1.0
// expect: a std::vector, std::array or std::span of std::uint8_t, std::int32_t, float or double
// expect: "x"
// expect: data_of_long_numbers.cpp:16:
#include "fusegrad/data/dataset.hpp"

#include <cstdint>
#include <vector>

using namespace fusegrad;

constexpr auto x = input<"x">;
#ifdef POSITIVE_TWIN
const auto data = dataset(x = std::vector<std::int32_t>{1, 2});
#else
const auto data = dataset(x = std::vector<std::int64_t>{1, 2});
#endif
