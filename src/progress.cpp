// SPDX-License-Identifier: BSL-1.0
// A bar of fixed width, drawn at most ten times a second.
#include "fusegrad/train/progress.hpp"

#include <chrono>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

#include <unistd.h>

#include "fusegrad/run/instruction_set.hpp"

namespace fusegrad {
namespace {

constexpr std::size_t bar_width = 30;
constexpr double between_drawings = 0.1;  // seconds

[[nodiscard]] bool is_terminal(const std::ostream* stream) {
  if (stream == &std::cout) return isatty(STDOUT_FILENO) != 0;
  if (stream == &std::cerr || stream == &std::clog) return isatty(STDERR_FILENO) != 0;
  return false;
}

[[nodiscard]] double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

progress::progress(std::ostream* to, std::size_t epochs, std::size_t batches)
    : to_(to),
      epochs_(epochs),
      batches_(batches),
      terminal_(is_terminal(to)),
      started_(seconds()),
      drawn_(started_) {}

void progress::begin(const char* compiled_for, int lanes) {
  if (to_ == nullptr) return;
  *to_ << "training: " << epochs_ << " epochs of " << batches_ << " batches, compiled for " << compiled_for
       << "; " << compare_with_machine(lanes) << '\n';
}

void progress::batch_done(std::size_t epoch, std::size_t batch) {
  if (to_ == nullptr || !terminal_) return;
  const double now = seconds();
  if (now - drawn_ < between_drawings) return;
  drawn_ = now;
  draw(epoch, batch);
}

void progress::draw(std::size_t epoch, std::size_t batch) const {
  const std::size_t done = bar_width * (batch + 1) / batches_;
  *to_ << '\r' << "epoch " << epoch + 1 << '/' << epochs_ << " [" << std::string(done, '=')
       << std::string(bar_width - done, ' ') << ']' << std::flush;
}

void progress::epoch_done(std::size_t epoch, double loss) {
  if (to_ == nullptr) return;
  std::ostringstream line;
  line << "epoch " << epoch + 1 << '/' << epochs_ << "  loss " << std::setprecision(5) << loss << "  "
       << std::fixed << std::setprecision(2) << seconds() - started_ << " s";
  if (terminal_) *to_ << '\r' << std::string(bar_width + 20, ' ') << '\r';
  *to_ << line.str() << std::endl;
}

}  // namespace fusegrad
