// SPDX-License-Identifier: BSL-1.0
// The comparison: each chosen peer on its workloads, checked and then timed beside the baseline.
#pragma once

#include "options.hpp"
#include "report.hpp"
#include "runner.hpp"
#include "tuned_process.hpp"
#include "workloads.hpp"

#include <memory>

namespace compare {

/// The workloads, and those of their peers that the options choose.
class comparison {
 public:
  /// Starts the process of the tuned peers, if one of them is chosen.
  explicit comparison(const options& chosen);

  /// Whether every peer reproduces the reference. Prints a line for each.
  [[nodiscard]] bool check() const;

  /// Times every peer, and the limits of the machine.
  [[nodiscard]] report measure() const;

 private:
  template <class Problem> struct contest;
  template <class Visit> void for_each_contest(Visit visit) const;
  template <class Problem>
  [[nodiscard]] runner runner_of(const contest<Problem>& of, std::uint32_t peer) const;
  template <class Problem> [[nodiscard]] bool check_one(const contest<Problem>& of) const;
  template <class Problem> void measure_one(const contest<Problem>& of, report& into) const;
  void describe(report& into) const;

  options options_;
  all_workloads all_;
  std::vector<setting> settings_ = tuned_settings();
  std::unique_ptr<tuned_process> tuned_;
};

}  // namespace compare
