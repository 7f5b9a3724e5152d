// SPDX-License-Identifier: BSL-1.0
// Shows how far training has come: a bar that moves on a terminal, one line per epoch elsewhere.
#pragma once

#include <cstddef>
#include <ostream>

namespace fusegrad {

/// The progress of one training run. Prints nothing without a stream.
class progress {
 public:
  progress(std::ostream* to, std::size_t epochs, std::size_t batches);

  /// The first line: the instruction set that the kernels were compiled for, with so many floats per
  /// register, and what this machine has.
  void begin(const char* compiled_for, int lanes);
  void batch_done(std::size_t epoch, std::size_t batch);
  void epoch_done(std::size_t epoch, double loss);

 private:
  void draw(std::size_t epoch, std::size_t batch) const;

  std::ostream* to_;
  std::size_t epochs_;
  std::size_t batches_;
  bool terminal_;
  double started_;  // seconds of a clock that never goes back
  double drawn_;
};

}  // namespace fusegrad
