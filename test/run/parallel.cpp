// SPDX-License-Identifier: BSL-1.0
// Blocks on threads: every block once, workers that never meet themselves, the caller's arena respected.
#define BOOST_TEST_MODULE parallel
#include "fusegrad/run/parallel.hpp"

#include "arena.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

/// Long enough for other threads to wake and take a share.
void work_for(std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

/// How often each block was called.
std::vector<int> calls_of(std::size_t count) {
  std::vector<std::atomic<int>> calls(count);
  parallel_blocks(count, worker_count(), [&](std::size_t block, std::size_t) { ++calls.at(block); });
  return {calls.begin(), calls.end()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_block_is_called_exactly_once) {
  for (int threads : thread_counts)
    with_threads(threads, [&] {
      for (std::size_t count : {0u, 1u, 2u, 7u, 64u, 1000u})
        BOOST_TEST(calls_of(count) == std::vector<int>(count, 1), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(a_worker_is_less_than_the_number_of_workers_and_never_meets_itself) {
  for (int threads : thread_counts)
    with_threads(threads, [&] {
      const std::size_t workers = worker_count();
      std::vector<std::atomic<bool>> busy(workers);
      std::atomic<int> meetings = 0;
      parallel_blocks(200, workers, [&](std::size_t, std::size_t worker) {
        if (busy.at(worker).exchange(true)) ++meetings;
        work_for(std::chrono::microseconds(20));
        busy[worker] = false;
      });
      BOOST_TEST(meetings == 0);
    });
}

BOOST_AUTO_TEST_CASE(more_than_one_thread_takes_part_even_where_there_are_few_cores) {
  with_threads(most_threads, [&] {
    thread_census census;
    parallel_blocks(200, worker_count(), [&](std::size_t, std::size_t) {
      census.note();
      work_for(std::chrono::microseconds(200));
    });
    BOOST_TEST(census.size() >= 2u);
    BOOST_TEST(census.size() <= worker_count());
  });
}

BOOST_AUTO_TEST_CASE(one_worker_runs_on_the_caller_alone) {
  with_threads(1, [&] {
    thread_census census;
    parallel_blocks(50, 1, [&](std::size_t, std::size_t) {
      census.note();
      work_for(std::chrono::microseconds(20));
    });
    BOOST_TEST(census.only_this_thread());
  });
}

BOOST_AUTO_TEST_CASE(a_block_may_itself_run_blocks) {
  with_threads(most_threads, [&] {
    std::vector<std::atomic<int>> calls(20 * 30);
    parallel_blocks(20, worker_count(), [&](std::size_t outer, std::size_t) {
      parallel_blocks(30, worker_count(),
                      [&](std::size_t inner, std::size_t) { ++calls.at(outer * 30 + inner); });
    });
    for (const std::atomic<int>& each : calls) BOOST_TEST(each == 1);
  });
}

#ifdef FUSEGRAD_THREADS_STD

BOOST_AUTO_TEST_CASE(without_onetbb_the_number_of_workers_is_fixed) { BOOST_TEST(worker_count() == 4u); }

#else

BOOST_AUTO_TEST_CASE(the_number_of_workers_is_that_of_the_callers_arena) {
  for (int threads : thread_counts)
    with_threads(threads, [&] { BOOST_TEST(worker_count() == std::size_t(threads)); });
}

#endif

BOOST_AUTO_TEST_CASE(a_block_function_refers_to_its_callable_and_does_not_copy_it) {
  struct counter {
    int* calls;
    explicit counter(int& to) : calls(&to) {}
    counter(const counter&) = delete;
    void operator()(std::size_t block, std::size_t worker) const { *calls += int(block * 10 + worker); }
  };
  int calls = 0;
  const counter body(calls);
  const block_function first = body;
  const block_function second = first;
  first(1, 2);
  second(3, 4);
  BOOST_TEST(calls == 12 + 34);
}
