// SPDX-License-Identifier: BSL-1.0
// What main and all versions have in common: the function that each compiles for its own instruction set.
#pragma once

#include <vector>

/// 0, step, 2 step, ...: not inlined, so that its name is left to the linker.
[[gnu::noinline]] inline std::vector<float> numbered(int count, float step) {
  std::vector<float> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(float(i) * step);
  return numbers;
}

namespace compiled_for_baseline {
std::vector<float> losses(const std::vector<float>& features);
}
namespace compiled_for_avx2 {
std::vector<float> losses(const std::vector<float>& features);
}
namespace compiled_for_avx512 {
std::vector<float> losses(const std::vector<float>& features);
}
