// SPDX-License-Identifier: BSL-1.0
// Runs a piece of work with a number of threads, however many cores there are, and counts who took part.
#pragma once

#include <cstddef>
#include <mutex>
#include <set>
#include <thread>

#ifndef FUSEGRAD_THREADS_STD
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#endif

namespace fusegrad::test {

/// Collects the threads that call `note`.
class thread_census {
 public:
  void note() {
    const std::lock_guard lock(mutex_);
    seen_.insert(std::this_thread::get_id());
  }
  [[nodiscard]] std::size_t size() const { return seen_.size(); }
  [[nodiscard]] bool only_this_thread() const {
    return seen_ == std::set<std::thread::id>{std::this_thread::get_id()};
  }

 private:
  std::mutex mutex_;
  std::set<std::thread::id> seen_;
};

#ifdef FUSEGRAD_THREADS_STD

/// Without oneTBB the number of threads is fixed.
inline constexpr int thread_counts[] = {4};
template <class Work> void with_threads(int, Work work) { work(); }

#else

inline constexpr int thread_counts[] = {1, 2, 3, 8};
template <class Work> void with_threads(int threads, Work work) {
  const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
  tbb::task_arena arena(threads);
  arena.execute(work);
}

#endif

inline constexpr int most_threads = thread_counts[std::size(thread_counts) - 1];

}  // namespace fusegrad::test
