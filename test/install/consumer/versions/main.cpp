// SPDX-License-Identifier: BSL-1.0
// Runs every version that this machine can.
#include <fusegrad/run/instruction_set.hpp>

#include <cmath>
#include <cstdio>

#include "shared.hpp"

using fusegrad::compiled_for, fusegrad::runs_here;

int main() {
  const std::vector<float> features = numbered(400, 0.001f);
  const std::vector<float> expected = compiled_for_baseline::losses(features);
  int wrong = 0;
  const auto compare = [&](compiled_for version, const char* name,
                           decltype(compiled_for_avx2::losses) losses) {
    if (!runs_here(version)) return;
    const float found = losses(features).back();
    std::printf("%s: %.6f\n", name, double(found));
    wrong += std::abs(found - expected.back()) < 1e-5f ? 0 : 1;
  };
  compare(compiled_for::baseline, "baseline", compiled_for_baseline::losses);
  compare(compiled_for::avx2, "avx2", compiled_for_avx2::losses);
  compare(compiled_for::avx512, "avx512", compiled_for_avx512::losses);
  return wrong;
}
