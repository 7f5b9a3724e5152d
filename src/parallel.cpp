// SPDX-License-Identifier: BSL-1.0
// Blocks on oneTBB. For thread sanitizers, which know nothing of an uninstrumented oneTBB, on std::jthread.
#include "fusegrad/run/parallel.hpp"

#ifdef FUSEGRAD_THREADS_STD

#include <atomic>
#include <thread>
#include <vector>

namespace fusegrad {

std::size_t worker_count() noexcept { return 4; }

void parallel_blocks(std::size_t count, std::size_t workers, block_function body) {
  std::atomic<std::size_t> next{0};
  const auto work = [&](std::size_t worker) {
    for (std::size_t block = next++; block < count; block = next++) body(block, worker);
  };
  std::vector<std::jthread> threads;
  for (std::size_t worker = 1; worker < workers && worker < count; ++worker)
    threads.emplace_back(work, worker);
  work(0);
}

}  // namespace fusegrad

#else

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

namespace fusegrad {

std::size_t worker_count() noexcept { return std::size_t(tbb::this_task_arena::max_concurrency()); }

void parallel_blocks(std::size_t count, std::size_t, block_function body) {
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, count, 1),
      [&](const tbb::blocked_range<std::size_t>& range) {
        const std::size_t worker = std::size_t(tbb::this_task_arena::current_thread_index());
        for (std::size_t block = range.begin(); block < range.end(); ++block) body(block, worker);
      },
      tbb::simple_partitioner());
}

}  // namespace fusegrad

#endif
