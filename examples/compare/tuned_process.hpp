// SPDX-License-Identifier: BSL-1.0
// A second process of this program for the peers that are tuned by their environment, which libraries read
// when a program starts. It runs what it is told, takes its own times, and sleeps in between.
#pragma once

#include "runner.hpp"
#include "tuning.hpp"
#include "workloads.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace compare {

/// A workload and one of its peers, by their places in `all_workloads` and `peers`.
struct task {
  std::uint32_t workload;
  std::uint32_t peer;
  bool operator==(const task&) const = default;
};

/// The process, from the side of those who tell it what to run.
class tuned_process {
 public:
  /// Starts it with these settings added to the environment, and with workloads of at most so many rows.
  /// Errors:  std::system_error, if it cannot be started.
  tuned_process(const std::vector<setting>& settings, std::size_t most_rows);
  ~tuned_process();
  tuned_process(const tuned_process&) = delete;
  tuned_process& operator=(const tuned_process&) = delete;

  /// A runner over there; valid as long as this object. It is prepared when it first runs.
  /// Errors:  its functions throw std::runtime_error, if the process has ended.
  [[nodiscard]] runner run_there(task chosen) const;

 private:
  int socket_;
  pid_t process_;
};

/// The other side: runs what is asked for through standard input, until it is closed.
void serve(const all_workloads& all);

}  // namespace compare
