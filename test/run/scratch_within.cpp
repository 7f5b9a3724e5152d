// SPDX-License-Identifier: BSL-1.0
// Kernels within a bound of their scratch memory: what they take, that they compute the same, and the same bits
// at any number of threads.
#define BOOST_TEST_MODULE scratch_within
#include "fusegrad/op/scratch_within.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "arena.hpp"
#include "fusegrad/fusegrad.hpp"
#include "support/against_interpreter.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr auto x = input<"x", 100>;
constexpr auto m = param<"m", 100>;
constexpr auto distances = log1p(sum(square(x - m)));

constexpr auto images = input<"images", 64>;
constexpr auto y = label<"y", 10>;
constexpr auto W1 = param<"W1", 48, 64>;
constexpr auto b1 = param<"b1", 48>;
constexpr auto W2 = param<"W2", 10, 48>;
constexpr auto perceptron = cross_entropy(W2 * relu(W1 * images + b1), y);

constexpr auto xs = input<"xs", 40, 3>;
constexpr auto V = param<"V", 5, 5>;
constexpr auto U = param<"U", 5, 3>;
constexpr auto h = param<"h", 5>;
constexpr auto recurrent =
    sum(square(fold([](auto state, auto step) { return tanh(V * state + U * step); }, h, xs)));

constexpr auto centred = sum(square(x * m - mean_over_rows(x * m)));

/// What a tile of the kernel takes, with everything around it.
template <class Real, class Formula> constexpr std::size_t scratch_of(Formula) {
  constexpr auto table = kernel<program<Formula, goal::gradient, Real, native_arch>>::table;
  return std::size_t(table.tile_elements) * std::size_t(table.tile_rows) * sizeof(Real);
}

/// Bytes of one register.
constexpr int wide = int(lane_count<float, native_arch> * sizeof(float));

// Bounds in registers of rows, so that they ask for the same on every machine.
constexpr auto low_distances = scratch_within<303 * wide>(distances);
constexpr auto bounded_distances = scratch_within<210 * wide>(distances);
constexpr auto bounded_perceptron = scratch_within<240 * wide>(perceptron);
constexpr auto bounded_recurrent = scratch_within<470 * wide>(recurrent);
constexpr auto bounded_centred = scratch_within<450 * wide>(centred);

static_assert(scratch_of<float>(distances) > 303 * wide);
static_assert(scratch_of<float>(low_distances) <= 303 * wide);
static_assert(scratch_of<float>(bounded_distances) <= 210 * wide);
static_assert(scratch_of<double>(bounded_distances) <= 210 * wide);
static_assert(scratch_of<float>(perceptron) > 240 * wide);
static_assert(scratch_of<float>(bounded_perceptron) <= 240 * wide);
static_assert(scratch_of<float>(recurrent) > 2 * 470 * wide);
static_assert(scratch_of<float>(bounded_recurrent) <= 470 * wide);
static_assert(scratch_of<double>(bounded_recurrent) <= 470 * wide);
static_assert(scratch_of<float>(bounded_centred) <= 450 * wide);

constexpr std::size_t rows = 1000;

std::vector<float> numbers_of(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> each(-1, 1);
  std::vector<float> result(count);
  for (float& number : result) number = each(random);
  return result;
}

auto distances_data() { return dataset(x = numbers_of(rows * 100, 1)); }
auto perceptron_data() {
  std::vector<int> classes(rows);
  for (std::size_t i = 0; i < rows; ++i) classes[i] = int(i * i % 10);
  return dataset(images = numbers_of(rows * 64, 2), y = classes);
}
auto recurrent_data() { return dataset(xs = numbers_of(rows * 120, 3)); }

/// The loss and all numbers of its gradient, for parameters that depend on nothing but their order.
template <auto Loss> std::vector<float> all_of(const auto& data) {
  auto model = initialise<Loss>(5);
  const std::vector<float> start = numbers_of(model.size(), 7);
  std::copy(start.begin(), start.end(), model.data());
  const auto [value, gradient] = value_and_grad(Loss, model, data);
  std::vector<float> all{float(value)};
  all.insert(all.end(), gradient.data(), gradient.data() + model.size());
  return all;
}

/// Tolerance: rows are added in another order, and what is computed again is rounded as before: sums of 1,000
/// shares of order 1 are off by a few ulp of their sizes.
template <auto Bounded, auto Loss> void computes_the_same(const auto& data) {
  const std::vector<float> expected = all_of<Loss>(data), found = all_of<Bounded>(data);
  BOOST_TEST_REQUIRE(found.size() == expected.size());
  float greatest = 0;
  for (float each : expected) greatest = std::max(greatest, std::abs(each));
  BOOST_TEST(greatest > 1e-3f);
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_TEST_REQUIRE(std::abs(found[i] - expected[i]) <= 2e-6f * greatest, "number " << i);
}

template <auto Bounded> void has_the_same_bits_on_all_threads(const auto& data) {
  const std::vector<float> alone = all_of<Bounded>(data);
  for (int threads : thread_counts)
    with_threads(threads, [&] { BOOST_TEST((all_of<Bounded>(data) == alone), threads << " threads"); });
}

constexpr auto guess = input<"guess">;
constexpr auto truth = target<"truth">;
constexpr auto robust = log(cosh(guess - truth)) + log1p(square(guess - truth) / constant<3>);

/// Loss and slope of every row within a bound, whatever the number of rows.
template <int Bytes> void light_rows_are_right() {
  constexpr auto loss = scratch_within<Bytes>(robust);
  const auto model = initialise<loss>(0);
  for (const std::size_t rows :
       {1u, 31u, 48u, 63u, 64u, 65u, 80u, 96u, 97u, 127u, 191u, 193u, 383u, 400u, 767u, 1000u}) {
    std::vector<float> guesses(rows), truths(rows), slopes(rows);
    normal(0, 2).fill(std::span<float>(guesses), 1);
    normal(0, 2).fill(std::span<float>(truths), 2);
    const auto data = dataset(guess = guesses, truth = truths);
    const double value = double(value_and_grad(loss, wrt(guess = std::span(slopes)), model, data));
    double expected = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const double e = double(guesses[i]) - double(truths[i]);
      expected += (std::log(std::cosh(e)) + std::log1p(e * e / 3)) / double(rows);
      const double slope = (std::tanh(e) + 2 * e / (3 + e * e)) / double(rows);
      BOOST_TEST_REQUIRE(std::abs(double(slopes[i]) - slope) <= 1e-6 / double(rows),
                         "row " << i << " of " << rows << " within " << Bytes << " bytes");
    }
    BOOST_TEST(value == expected, boost::test_tools::tolerance(1e-6));
  }
}

/// What `explain` finds at run time for the machine of a kernel.
template <auto Bounded> void is_chosen_at_run_time_too() {
  using program = fusegrad::program<formula_of<Bounded>, goal::gradient, float, native_arch>;
  const economical_stages stages =
      run_passes_on(program::target, lowered<formula_of<Bounded>>(), goal::gradient);
  const plan found = make_plan(stages.settled, program::target, stages.chosen.again);
  BOOST_TEST(found.tile_elements == program::plan.tile_elements);
  BOOST_TEST(found.tile_registers == program::plan.tile_registers);
  BOOST_TEST(found.operations.size() == program::plan.operations.size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_compiler_chooses_what_explain_shows) {
  is_chosen_at_run_time_too<low_distances>();
  is_chosen_at_run_time_too<bounded_distances>();
  is_chosen_at_run_time_too<bounded_perceptron>();
  is_chosen_at_run_time_too<bounded_recurrent>();
}

BOOST_AUTO_TEST_CASE(light_tiles_of_any_height_are_right) {
  light_rows_are_right<100000>();  // 768 rows
  light_rows_are_right<10000>();
  light_rows_are_right<5000>();
  light_rows_are_right<2000>();
  light_rows_are_right<900>();
  light_rows_are_right<500>();
}

BOOST_AUTO_TEST_CASE(a_lower_tile_computes_the_same) {
  computes_the_same<low_distances, distances>(distances_data());
  computes_the_same<bounded_centred, centred>(distances_data());
}

BOOST_AUTO_TEST_CASE(what_is_computed_again_is_the_same) {
  computes_the_same<bounded_distances, distances>(distances_data());
  computes_the_same<bounded_perceptron, perceptron>(perceptron_data());
}

BOOST_AUTO_TEST_CASE(a_repetition_that_keeps_fewer_steps_has_the_same_gradient) {
  computes_the_same<bounded_recurrent, recurrent>(recurrent_data());
}

BOOST_AUTO_TEST_CASE(within_a_bound_any_number_of_threads_gives_the_same_bits) {
  has_the_same_bits_on_all_threads<bounded_distances>(distances_data());
  has_the_same_bits_on_all_threads<bounded_perceptron>(perceptron_data());
  has_the_same_bits_on_all_threads<bounded_recurrent>(recurrent_data());
  has_the_same_bits_on_all_threads<bounded_centred>(distances_data());
}

BOOST_AUTO_TEST_CASE(within_a_bound_kernels_equal_the_interpreter) {
  gradient_agrees("distances computed again", bounded_distances);
  gradient_agrees("a perceptron within a bound", bounded_perceptron);
  gradient_agrees("a recurrent net within a bound", bounded_recurrent);
}
