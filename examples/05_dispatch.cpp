// SPDX-License-Identifier: BSL-1.0
// One program for every x86-64: its training is compiled for three instruction sets, and the processor that
// runs it chooses. CMake: fusegrad_add_versions(example_05_dispatch SOURCES 05_dispatch/model.cpp
//                                          VERSIONS baseline avx2 avx512).
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "05_dispatch/model.hpp"
#include "fusegrad/data/synthetic_data.hpp"
#include "fusegrad/run/instruction_set.hpp"

using fusegrad::compiled_for, fusegrad::runs_here;

/// The best version for this machine.
const auto train = runs_here(compiled_for::avx512) ? compiled_for_avx512::train
                   : runs_here(compiled_for::avx2) ? compiled_for_avx2::train
                                                   : compiled_for_baseline::train;

/// The largest difference between two results.
float difference(const fitted& a, const fitted& b) {
  float largest = std::abs(a.bias - b.bias);
  for (std::size_t i = 0; i < a.weights.size(); ++i)
    largest = std::max(largest, std::abs(a.weights[i] - b.weights[i]));
  return largest;
}

int main() {
  // 20 features, and the class 1 where a weighted sum of them is positive.
  std::vector<double> truth;
  for (int i = 0; i < 20; ++i) truth.push_back(i % 3 - 1);
  auto [features, classes, width] = fusegrad::synthetic_data(truth, 0.5, 10'000, 1, 1);
  for (float& each : classes) each = each > 0 ? 1.f : 0.f;

  const fitted chosen = train(features, classes);
  std::printf("chosen: %s, loss %.4f\n", chosen.instruction_set, double(chosen.loss));

  // Other registers add in another order, so the last digits differ.
  bool agree = true;
  const auto compare = [&](compiled_for version, const char* name, decltype(train) function) {
    if (!runs_here(version)) return void(std::printf("%-9s this machine cannot run it\n", name));
    const fitted other = function(features, classes);
    const bool same = difference(chosen, other) < 1e-4f;
    std::printf("%-9s %-10s loss %.4f, %s\n", name, other.instruction_set, double(other.loss),
                same ? "agrees" : "DIFFERS");
    agree = agree && same;
  };
  compare(compiled_for::baseline, "baseline", compiled_for_baseline::train);
  compare(compiled_for::avx2, "avx2", compiled_for_avx2::train);
  compare(compiled_for::avx512, "avx512", compiled_for_avx512::train);
  return agree ? 0 : 1;
}

/* Prints, on a machine with AVX-512:

chosen: avx512bw, loss 0.1964
baseline  sse2       loss 0.1964, agrees
avx2      fma3+avx2  loss 0.1964, agrees
avx512    avx512bw   loss 0.1964, agrees
*/
