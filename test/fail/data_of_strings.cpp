// SPDX-License-Identifier: BSL-1.0
// expect: a std::vector, std::array or std::span of std::uint8_t, std::int32_t, float or double
// expect: "x"
// expect: data_of_strings.cpp:16:
#include "fusegrad/data/dataset.hpp"

#include <string>
#include <vector>

using namespace fusegrad;

constexpr auto x = input<"x">;
#ifdef POSITIVE_TWIN
const auto data = dataset(x = std::vector<float>{1, 2});
#else
const auto data = dataset(x = std::vector<std::string>{"1", "2"});
#endif
