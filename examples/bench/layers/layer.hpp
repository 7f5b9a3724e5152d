// SPDX-License-Identifier: BSL-1.0
// What is compared in `layers`: some layers, each a problem of numbers, and several ways to compute its loss
// and the gradient by its parameters. A way enters itself, so that one whose library is missing is just not
// there.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace bench::layers {

/// One layer, its rows and its parameters.
struct problem {
  std::string name;
  std::size_t rows;
  std::vector<float> inputs;                   // row by row
  std::vector<std::vector<float>> parameters;  // each row-major
};

/// A way to compute it.
struct implementation {
  std::function<double()> run;                   // the mean loss; leaves the gradient where it lies
  std::function<std::vector<float>()> gradient;  // what `run` left, one parameter after the other
};

/// Names one of the problems.
using problem_name = const problem& (*)();

/// Something to be compared.
struct contender {
  problem_name of;
  std::string who;
  std::function<implementation(const problem&)> make;
};

/// All of them, in no order.
std::vector<contender>& contenders();

/// Enters a way.
struct entry {
  entry(problem_name of, std::string who, std::function<implementation(const problem&)> make) {
    contenders().push_back({of, std::move(who), std::move(make)});
  }
};

/// Some arrays, one after the other.
[[nodiscard]] inline std::vector<float> joined(const std::vector<std::vector<float>>& parts) {
  std::vector<float> all;
  for (const std::vector<float>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace bench::layers
