// SPDX-License-Identifier: BSL-1.0
// The executor, on a kernel written by hand that notes which rows it is given and by whom.
#define BOOST_TEST_MODULE executor
#include "fusegrad/run/executor.hpp"

#include "arena.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include "fusegrad/kernel/combine.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr std::size_t tile_rows = 16;
constexpr std::size_t matrix = 5;

/// What the kernel below was given.
struct record {
  std::mutex mutex;
  std::map<std::size_t, std::size_t> blocks;  // begin -> end
  bool twice = false;
  bool aligned = true;
  thread_census threads;
  std::size_t bad_from = std::size_t(-1);  // rows from here on are bad
  double infinite_from = std::numeric_limits<double>::infinity();
};
record* now = nullptr;

/// The value of a row, small enough that rounding shows where the order of the sums differs.
float value_of(std::size_t row) { return 1 / float(row + 1); }

void rows(const step_data<float>& data, std::size_t begin, std::size_t end, float* tile,
          block_sums<float>& sums) noexcept {
  now->threads.note();
  for (std::size_t i = 0; i < matrix; ++i) sums.matrices[i] = 0;
  sums.numbers[0] = 0;
  for (std::size_t i = begin; i < end; ++i) {
    tile[i % tile_rows] = value_of(data.rows[i]);
    for (std::size_t k = 0; k < matrix; ++k) sums.matrices[k] += float(k + 1) * tile[i % tile_rows];
    sums.numbers[0] += double(tile[i % tile_rows]);
    if (double(i) >= now->infinite_from) sums.matrices[matrix - 1] = std::numeric_limits<float>::infinity();
    if (i >= now->bad_from && sums.bad.loss == no_row) sums.bad.loss = i;
  }
  const std::lock_guard lock(now->mutex);
  now->twice = now->twice || !now->blocks.emplace(begin, end).second;
  now->aligned = now->aligned && reinterpret_cast<std::uintptr_t>(tile) % 64 == 0 &&
                 reinterpret_cast<std::uintptr_t>(sums.matrices) % 64 == 0;
}

/// A kernel whose result is all means over the rows.
kernel_table<float> kernel_of_cost(double flops_per_row) {
  kernel_table<float> table;
  table.tile_rows = int(tile_rows);
  table.tile_elements = 1;
  table.shared_elements = 1;
  table.matrix_elements = int(matrix);
  table.mean_elements = int(matrix) + 1;
  table.flops_per_row = flops_per_row;
  table.before_rows = [](const step_data<float>& data) noexcept { data.shared[0] = 1; };
  table.rows = rows;
  table.after_rows = [](const step_data<float>& data) noexcept {
    for (std::size_t i = 0; i <= matrix; ++i) data.outputs[0][i] = data.shared[0] * data.means[i];
  };
  table.combine = combine_blocks<native_arch, float>;
  return table;
}

constexpr double costly = 1e6;
constexpr double cheap = 1;

/// One run over consecutive rows.
struct outcome {
  record seen;
  std::vector<float> means = std::vector<float>(matrix + 1);
  step_report report;
};
void run(outcome& into, executor<float>& on, row_selection selection) {
  now = &into.seen;
  float* const outputs[] = {into.means.data()};
  into.report = on.run({nullptr, nullptr, selection, nullptr, nullptr, outputs});
}
void run(outcome& into, const kernel_table<float>& kernel, std::size_t count) {
  executor<float> on(kernel);
  run(into, on, {nullptr, 0, count});
}

constexpr std::size_t row_counts[] = {1, 2, 15, 16, 17, 100, 1000, 4097, 100'003};

}  // namespace

BOOST_AUTO_TEST_CASE(blocks_cover_every_row_exactly_once) {
  const auto kernel = kernel_of_cost(costly);
  for (int threads : thread_counts)
    with_threads(threads, [&] {
      for (std::size_t count : row_counts) {
        outcome result;
        run(result, kernel, count);
        std::size_t next = 0;
        for (const auto& [begin, end] : result.seen.blocks) {
          BOOST_TEST(begin == next);
          BOOST_TEST(end > begin);
          next = end;
        }
        BOOST_TEST(next == count);
        BOOST_TEST(!result.seen.twice);
        BOOST_TEST(result.seen.aligned);
      }
    });
}

BOOST_AUTO_TEST_CASE(blocks_and_bits_do_not_depend_on_the_number_of_threads) {
  const auto kernel = kernel_of_cost(costly);
  const auto alone = kernel_of_cost(cheap / 1e6);  // below the threshold at any number of rows here
  for (std::size_t count : row_counts) {
    outcome expected;
    run(expected, alone, count);
    BOOST_TEST(expected.seen.threads.only_this_thread());
    for (int threads : thread_counts)
      with_threads(threads, [&] {
        outcome found;
        run(found, kernel, count);
        BOOST_TEST((found.seen.blocks == expected.seen.blocks));
        BOOST_TEST(found.means == expected.means, boost::test_tools::per_element());
      });
  }
}

BOOST_AUTO_TEST_CASE(the_mean_is_that_of_all_rows) {
  for (std::size_t count : row_counts) {
    outcome result;
    run(result, kernel_of_cost(costly), count);
    double sum = 0;
    for (std::size_t row = 0; row < count; ++row) sum += double(value_of(row));
    const double mean = sum / double(count);
    BOOST_TEST(result.means[matrix] == float(mean));  // numbers are summed in double
    // Sums of positive floats, at most 100,003 of them in at most 64 blocks: 2,000 roundings each.
    for (std::size_t k = 0; k < matrix; ++k)
      BOOST_TEST(std::abs(double(result.means[k]) / (double(k + 1) * mean) - 1) < 2000 * 6e-8);
  }
}

BOOST_AUTO_TEST_CASE(costly_work_is_shared_and_cheap_work_stays_on_the_callers_thread) {
  with_threads(most_threads, [&] {
    outcome shared;
    const auto slow = kernel_of_cost(costly);
    executor<float> on(slow);
    for (int times = 0; times < 20'000 && shared.seen.threads.size() < 2; ++times) {
      run(shared, on, {nullptr, 0, 100'000});
    }
    BOOST_TEST(shared.seen.threads.size() >= 2u);
    outcome small;
    for (int times = 0; times < 50; ++times) run(small, kernel_of_cost(cheap), 100'000);
    BOOST_TEST(small.seen.threads.only_this_thread());
    outcome one_block;
    for (int times = 0; times < 50; ++times) run(one_block, kernel_of_cost(costly), tile_rows);
    BOOST_TEST(one_block.seen.threads.only_this_thread());
  });
}

BOOST_AUTO_TEST_CASE(rows_are_named_as_in_the_data_not_as_in_the_batch) {
  const auto kernel = kernel_of_cost(costly);
  executor<float> on(kernel);
  outcome result;
  result.seen.bad_from = 700;
  run(result, on, {nullptr, 5000, 1000});
  BOOST_TEST(result.report.bad_row == 5700u);
  BOOST_TEST(!result.report.ok());
}

BOOST_AUTO_TEST_CASE(the_first_of_many_bad_rows_is_reported_at_any_number_of_threads) {
  const auto kernel = kernel_of_cost(costly);
  for (int threads : thread_counts)
    with_threads(threads, [&] {
      for (std::size_t bad : {0u, 15u, 16u, 4321u, 9999u}) {
        outcome result;
        result.seen.bad_from = bad;
        run(result, kernel, 10'000);
        BOOST_TEST(result.report.bad_row == bad);
      }
    });
  outcome good;
  run(good, kernel, 10'000);
  BOOST_TEST(good.report.ok());
}

BOOST_AUTO_TEST_CASE(an_infinite_sum_is_reported_and_forgotten_by_the_next_run) {
  const auto kernel = kernel_of_cost(costly);
  executor<float> on(kernel);
  outcome infinite;
  infinite.seen.infinite_from = 99;
  run(infinite, on, {nullptr, 0, 100});
  BOOST_TEST(!infinite.report.finite_gradient);
  outcome finite;
  run(finite, on, {nullptr, 0, 100});
  BOOST_TEST(finite.report.ok());
}

BOOST_AUTO_TEST_CASE(an_executor_serves_fewer_and_more_rows_than_before) {
  const auto kernel = kernel_of_cost(costly);
  executor<float> on(kernel);
  for (std::size_t count : {1000u, 3u, 100'003u, 16u, 1000u}) {
    outcome again, expected;
    run(again, on, {nullptr, 0, count});
    run(expected, kernel, count);
    BOOST_TEST(again.means == expected.means, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(aligned_memory_grows_and_never_shrinks) {
  aligned_memory<float> memory(3);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0u);
  memory.reserve(1000);
  const float* const grown = memory.data();
  memory.reserve(10);
  BOOST_TEST(memory.data() == grown);
  BOOST_TEST(memory.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(aligned_memory_that_was_moved_from_can_be_used_again) {
  aligned_memory<float> memory(3);
  const aligned_memory<float> taken = std::move(memory);
  BOOST_TEST(taken.data() != nullptr);
  memory.reserve(2);
  BOOST_TEST(memory.data() != nullptr);
}

BOOST_AUTO_TEST_CASE(a_pool_lends_an_executor_again_but_never_twice_at_once) {
  const auto kernel = kernel_of_cost(costly);
  const auto other = kernel_of_cost(cheap);
  executor_pool<float> pool;
  const executor<float>* first = nullptr;
  {
    const auto one = pool.borrow(kernel);
    const auto two = pool.borrow(kernel);
    first = one.operator->();
    BOOST_TEST(first != two.operator->());
    BOOST_TEST(&one->kernel() == &kernel);
  }
  const auto foreign = pool.borrow(other);
  BOOST_TEST(&foreign->kernel() == &other);
  const auto back = pool.borrow(kernel);
  const auto also_back = pool.borrow(kernel);
  BOOST_TEST((back.operator->() == first || also_back.operator->() == first));
}
