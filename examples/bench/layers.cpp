// SPDX-License-Identifier: BSL-1.0
// Layers of networks and a mixture of normal distributions: value and gradient, float, on one thread, beside
// plain loops, Eigen and libtorch. Nothing is timed before all agree; with --check, nothing is timed.
#include "layers/problems.hpp"

#include "../compare/tuning.hpp"
#include "bench.hpp"
#include "pairs.hpp"

#include <tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bench::layers {

std::vector<contender>& contenders() {
  static std::vector<contender> all;
  return all;
}

namespace {

constexpr double tolerance =
    2e-5;  // of the loss, and of the largest number of a gradient: float, other orders

void require_equal(const std::string& what, const implementation& found, const implementation& expected) {
  const double value = expected.run();
  bench::require_equal(what, found.run(), value, tolerance);
  const std::vector<float> known = expected.gradient(), gradient = found.gradient();
  double largest = 0;
  for (const float each : known) largest = std::max(largest, std::abs(double(each)));
  bench::require_equal(what + ", numbers of the gradient", double(gradient.size()), double(known.size()), 0);
  for (std::size_t i = 0; i < known.size(); ++i)
    bench::require_equal(what + ", gradient / the largest of it", double(gradient[i]) / largest,
                         double(known[i]) / largest, tolerance);
}

/// Those who compute a problem, fusegrad first.
std::vector<contender> contenders_of(problem_name name) {
  std::vector<contender> all;
  for (const std::string_view who : {"fusegrad", "plain loop", "Eigen", "libtorch"})
    for (const contender& each : contenders())
      if (each.of == name && each.who == who) all.push_back(each);
  return all;
}

void add(problem_name name) {
  const problem& numbers = name();
  const std::vector<contender> all = contenders_of(name);
  const implementation ours = all.front().make(numbers);
  for (std::size_t k = 1; k < all.size(); ++k) {
    const implementation theirs = all[k].make(numbers);
    require_equal(numbers.name + ", " + all[k].who, theirs, ours);
    add_pair(
        numbers.name, all[k].who, [run = ours.run] { benchmark::DoNotOptimize(run()); },
        [run = theirs.run] { benchmark::DoNotOptimize(run()); });
  }
}

/// Starts this program again if OpenBLAS or the memory of libtorch's temporaries would be faster with
/// something in the environment.
void tune(char** argv) {
  const auto settings = compare::tuned_settings();
  for (const compare::setting& each : settings) setenv(each.name.c_str(), each.value.c_str(), 0);
  if (!settings.empty()) execv("/proc/self/exe", argv);
}

int run(int argc, char** argv) {
  for (const problem_name each : {dense::numbers, convolution::numbers, two_convolutions::numbers,
                                  normalisation::numbers, attention::numbers, mixture::numbers})
    add(each);
  if (argc == 2 && std::string_view(argv[1]) == "--check") {
    std::puts("all agree");
    return EXIT_SUCCESS;
  }
  const std::string title = "Layers, value and gradient by the parameters, float, one thread";
  return run_pairs(argc, argv, title + "\n" + compare::describe_blas());
}

}  // namespace
}  // namespace bench::layers

int main(int argc, char** argv) {
  bench::layers::tune(argv);
  int result = EXIT_SUCCESS;
  tbb::task_arena(1).execute([&] { result = bench::layers::run(argc, argv); });
  return result;
}
