// SPDX-License-Identifier: BSL-1.0
// A peer on a workload, ready to run: in this process, or in another one that is told what to run.
#pragma once

#include "harness.hpp"
#include "peer.hpp"
#include "workloads.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace compare {

/// What a run from the workload's start leaves behind.
struct outcome {
  double loss;
  std::vector<float> parameters;  ///< As `flattened` lists them.
};

/// A peer whose preparation is done.
struct runner {
  std::function<outcome()> run;
  timer time;
};

/// Prepares a peer in this process.
template <class Problem>
[[nodiscard]] runner run_here(const workload<Problem>& work, const peer<Problem>& chosen) {
  const training<Problem> train = chosen.prepare(work.problem);
  const auto run = [&work, train] {
    auto parameters = work.start;
    const double loss = train(parameters);
    return outcome{loss, flattened(parameters)};
  };
  const auto time = [&work, train, parameters = work.start](std::size_t calls) mutable {
    return seconds_per_call(calls, [&] {
      parameters = work.start;
      train(parameters);
    });
  };
  return {run, time};
}

}  // namespace compare
