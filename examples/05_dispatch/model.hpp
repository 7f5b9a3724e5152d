// SPDX-License-Identifier: BSL-1.0
// One function in three versions. What they take and return is plain numbers, whatever the registers are.
#pragma once

#include <vector>

struct fitted {
  const char* instruction_set;
  std::vector<float> weights;
  float bias, loss;
};

namespace compiled_for_baseline {
fitted train(const std::vector<float>& features, const std::vector<float>& classes);
}
namespace compiled_for_avx2 {
fitted train(const std::vector<float>& features, const std::vector<float>& classes);
}
namespace compiled_for_avx512 {
fitted train(const std::vector<float>& features, const std::vector<float>& classes);
}
