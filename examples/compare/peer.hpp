// SPDX-License-Identifier: BSL-1.0
// A peer: one way of solving a problem, entered into the comparison from its own translation unit.
// To add one, write peers/NAME.cpp with an `entry` per problem and name it in CMakeLists.txt.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace compare {

/// One timed run. It starts from the given parameters, leaves the updated ones in their place and returns the
/// mean, over the rows of the last epoch, of the loss at the parameters the row's batch met.
template <class Problem> using training = std::function<double(typename Problem::parameters&)>;

/// A name, a number of threads, and what is done once and not timed: buffers, thread pools, views of the
/// data. It must neither convert nor reorder the data.
template <class Problem> struct peer {
  std::string name;
  unsigned threads;
  std::function<training<Problem>(const Problem&)> prepare;
  bool tuned = false;  ///< Runs in the process with the tuned environment: tuned_process.hpp.
};

/// The peers of one problem, in the order of their entry.
template <class Problem> [[nodiscard]] std::vector<peer<Problem>>& peers() {
  static std::vector<peer<Problem>> all;
  return all;
}

/// Enters a peer while the program starts: `const entry<linear_regression> mine{"mine", 1, prepare};`
template <class Problem> struct entry {
  template <class Prepare> entry(const char* name, unsigned threads, Prepare prepare) {
    peers<Problem>().push_back({name, threads, std::move(prepare)});
  }
};

/// Enters a peer that has threads of its own and gains by a tuned environment: on one thread and on two, as
/// the program was started and tuned. `prepare` takes the problem and the number of threads.
template <class Problem> struct tunable_entries {
  template <class Prepare> tunable_entries(const std::string& name, Prepare prepare) {
    for (const bool tuned : {false, true})
      for (const unsigned threads : {1U, 2U})
        peers<Problem>().push_back({tuned ? name + ", tuned" : name, threads,
                                    [=](const Problem& problem) { return prepare(problem, threads); },
                                    tuned});
  }
};

/// Preparation of a peer that needs none: `run` takes the problem and the parameters.
template <class Problem, class Run> [[nodiscard]] auto unprepared(Run run) {
  return [run](const Problem& problem) -> training<Problem> {
    return [run, &problem](typename Problem::parameters& parameters) { return run(problem, parameters); };
  };
}

}  // namespace compare
