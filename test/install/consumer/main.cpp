// SPDX-License-Identifier: BSL-1.0
// A stranger's program: takes the whole library in, and calls what lies in its compiled part.
#include <fusegrad/fusegrad.hpp>

#include <cstdio>

int main() {
  const auto data = fusegrad::synthetic_data({2, -3.4}, 4.2, 100, 1);
  std::printf("%zu rows of %zu features\n", data.labels.size(), data.width);
  return data.labels.size() == 100 && data.features.size() == 200 ? 0 : 1;
}
