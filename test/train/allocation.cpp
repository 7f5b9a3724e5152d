// SPDX-License-Identifier: BSL-1.0
// No heap allocation per training step, counted at malloc: operator new ends there too.
#define BOOST_TEST_MODULE allocation
#include "fusegrad/train/fit.hpp"
#include "fusegrad/train/predictor.hpp"
#include "fusegrad/train/running_average.hpp"
#include "fusegrad/train/wrt.hpp"

#include "allocation/count.hpp"
#include "run/arena.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 64>;
constexpr auto y = label<"y", 10>;
constexpr auto W = param<"W", 10, 64>;
constexpr auto b = param<"b", 10>;
constexpr auto loss = cross_entropy(W * x + b, y);

auto rows(std::size_t count) {
  std::vector<float> features(count * 64);
  normal(0, 1).fill(features, 1);
  std::vector<std::uint8_t> classes(count);
  for (std::size_t i = 0; i < count; ++i) classes[i] = std::uint8_t(i % 10);
  return dataset(x = std::move(features), y = std::move(classes));
}

/// The least of many counts of allocations. oneTBB keeps as many tasks as were ever alive at once, and a thread
/// that begins late allocates then: what a new timing adds is added once, what a call itself allocates is
/// allocated by each.
std::size_t least_of(auto counted) {
  std::size_t least = counted();
  for (int times = 1; times < 20 && least > 0; ++times) least = std::min(least, counted());
  return least;
}

/// The allocations of so many calls.
std::size_t allocations_of(auto call, int calls = 1) {
  return least_of([&] {
    const std::size_t before = allocation_count();
    for (int times = 0; times < calls; ++times) call();
    return allocation_count() - before;
  });
}

/// The allocations of the steps after the first `warm` ones.
std::size_t allocations_of_loop(const auto& data, std::size_t batch_size, std::size_t warm) {
  auto model = initialise<loss>(1, W = normal(0, 0.01));
  std::size_t steps = 0, before = 0;
  const auto batches = minibatches(data, batch_size, 3);
  for (int epoch = 0; epoch < 3; ++epoch)
    for (const auto batch : batches) {
      if (steps++ == warm) before = allocation_count();
      const auto [value, gradient] = value_and_grad(loss, model, batch);
      model -= 0.1 * gradient;
    }
  const std::size_t after = allocation_count();
  BOOST_TEST(steps > 2 * warm);
  BOOST_TEST(std::isfinite(model[W](0, 0)));
  return after - before;
}

/// The allocations of the last of six epochs.
template <class Optimiser> std::size_t allocations_of_epoch(const auto& data, std::size_t batch_size) {
  auto model = initialise<loss>(1, W = normal(0, 0.01));
  std::vector<std::size_t> counts;
  counts.reserve(6);
  fit_options options{.epochs = 6, .batch_size = batch_size, .log = nullptr};
  options.after_epoch = [&](const epoch_report&) { counts.push_back(allocation_count()); };
  (void)fit(loss, model, data, Optimiser{}, options);
  return counts[5] - counts[4];
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_count_sees_every_way_to_allocate) {
  const auto counted = [](auto allocate) {
    const std::size_t before = allocation_count();
    allocate();
    return allocation_count() - before;
  };
  // Kept where it can be seen, else a compiler may leave out what nobody reads.
  const auto keep = [](void* address) {
    static void* volatile kept = nullptr;
    kept = address;
    return kept;
  };
  BOOST_TEST(counted([&] { std::free(keep(std::malloc(10))); }) >= 1u);
  BOOST_TEST(counted([&] { std::free(keep(std::calloc(2, 10))); }) >= 1u);
  BOOST_TEST(counted([&] { std::free(keep(std::aligned_alloc(64, 128))); }) >= 1u);
  BOOST_TEST(counted([&] { ::operator delete(keep(::operator new(10))); }) >= 1u);
  BOOST_TEST(counted([&] { keep(aligned_memory<float>(100).data()); }) >= 1u);
  BOOST_TEST(counted([] {}) == 0u);
}

BOOST_AUTO_TEST_CASE(a_step_of_the_loop_written_out_allocates_nothing) {
  const auto data = rows(103);
  for (std::size_t batch_size : {1u, 3u})
    BOOST_TEST(least_of([&] { return allocations_of_loop(data, batch_size, 10); }) == 0u);
}

BOOST_AUTO_TEST_CASE(a_step_with_dropout_that_sweeps_over_the_rows_again_allocates_nothing) {
  constexpr auto dropped = dropout<0.5>(x - mean_over_rows(x));
  constexpr auto swept = cross_entropy(W * dropped + b, y);
  const auto data = rows(103);
  auto model = initialise<swept>(1, W = normal(0, 0.01));
  auto step = trainer(swept, model, sgd{.learning_rate = 0.1});
  BOOST_TEST(allocations_of([&] { step(data); }, 10) == 0u);
}

BOOST_AUTO_TEST_CASE(a_step_of_fit_allocates_nothing) {
  // An epoch draws an order of rows and may grow a list of reports, however many steps it has.
  const auto data = rows(1000);
  BOOST_TEST(least_of([&] { return allocations_of_epoch<sgd>(data, 50); }) <= 4u);
  BOOST_TEST(least_of([&] { return allocations_of_epoch<sgd>(data, 7); }) <= 4u);
  BOOST_TEST(least_of([&] { return allocations_of_epoch<momentum>(data, 7); }) <= 4u);
}

BOOST_AUTO_TEST_CASE(the_mean_of_a_loss_allocates_nothing_and_accuracy_its_result_alone) {
  const auto data = rows(300);
  const auto model = initialise<loss>(1, W = normal(0, 0.01));
  BOOST_TEST(allocations_of([&] { (void)evaluate(loss, model, data); }) == 0u);
  BOOST_TEST(allocations_of([&] { (void)predict(W * x + b, model, data); }) == 1u);
  BOOST_TEST(allocations_of([&] { (void)accuracy(W * x + b, model, data); }) == 1u);  // the logits
}

BOOST_AUTO_TEST_CASE(a_gradient_by_columns_allocates_nothing) {
  const auto model = initialise<loss>(1, W = normal(0, 0.01));
  for (std::size_t count : {20u, 3000u}) {
    const auto data = rows(count);
    std::vector<float> slopes(count * 64);
    BOOST_TEST(allocations_of([&] { (void)value_and_grad(loss, wrt(x = slopes), model, data); }, 3) == 0u);
    BOOST_TEST(allocations_of([&] { (void)value_and_grad(loss, wrt(x, b), model, data); }, 3) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(one_row_by_itself_allocates_nothing) {
  const auto model = initialise<loss>(1, W = normal(0, 0.01));
  const std::vector<float> row(64, 1.0F);
  BOOST_TEST(least_of([&] {
               const auto one = predictor(W * x + b, model);
               const std::size_t before = allocation_count();
               (void)one(x = row);  // also the first time
               return allocation_count() - before;
             }) == 0u);
}

BOOST_AUTO_TEST_CASE(a_running_average_allocates_nothing) {
  auto model = initialise<loss>(1, W = normal(0, 0.01));
  const auto scores = W * x;
  auto average = running_average(model, 0.1, b = batch_variance(scores));
  for (std::size_t count : {20u, 3000u}) {
    const auto data = rows(count);
    BOOST_TEST(allocations_of([&] { average(data); }, 3) == 0u);
  }
}

// std::jthread allocates; oneTBB keeps its tasks and uses them again.
#ifndef FUSEGRAD_THREADS_STD

BOOST_AUTO_TEST_CASE(a_step_on_many_rows_allocates_nothing) {
  const auto data = rows(5000);
  with_threads(1, [&] { BOOST_TEST(least_of([&] { return allocations_of_loop(data, 256, 10); }) == 0u); });
}

BOOST_AUTO_TEST_CASE(a_step_on_several_threads_allocates_nothing) {
  const auto data = rows(20'000);
  with_threads(most_threads,
               [&] { BOOST_TEST(least_of([&] { return allocations_of_loop(data, 2000, 10); }) == 0u); });
}

#endif
