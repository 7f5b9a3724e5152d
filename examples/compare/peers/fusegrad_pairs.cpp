// SPDX-License-Identifier: BSL-1.0
// The robust loss of many pairs in fusegrad: as it is written.

#include "../peer.hpp"
#include "../problems.hpp"

#include "fusegrad/fusegrad.hpp"

#include <tbb/task_arena.h>

#include <memory>
#include <span>

namespace compare {
namespace {

using namespace fusegrad;

template <int Threads> training<robust_pairs> prepare(const robust_pairs& problem) {
  constexpr auto p = input<"p">;
  constexpr auto t = target<"t">;
  constexpr auto loss = log(cosh(p - t)) + log1p(square(p - t) / constant<double(robust_pairs::freedom)>);

  const auto data = dataset(p = problem.predictions, t = problem.targets);
  const auto model = std::make_shared<const decltype(initialise<loss>(0))>(initialise<loss>(0));
  const auto threads = std::make_shared<tbb::task_arena>(Threads);
  return [=](robust_pairs::parameters& parameters) {
    const std::span<float> slopes(parameters.gradient.data(), parameters.gradient.size());
    double value = 0;
    threads->execute([&] { value = double(value_and_grad(loss, wrt(p = slopes), *model, data)); });
    return value;
  };
}

const entry<robust_pairs> one_thread{"fusegrad", 1, prepare<1>};
const entry<robust_pairs> two_threads{"fusegrad", 2, prepare<2>};

}  // namespace
}  // namespace compare
