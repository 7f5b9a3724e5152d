// SPDX-License-Identifier: BSL-1.0
// Random values: pinned bits, moments of the distributions, and uniformity of the permutations.
// Every statistical bound is five standard errors, so a correct sampler passes for nearly every seed.
#define BOOST_TEST_MODULE random
#include "fusegrad/data/random.hpp"

#include "fusegrad/data/error.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

static_assert(initialiser<normal>);
static_assert(initialiser<uniform>);
static_assert(initialiser<filled_with>);
static_assert(!initialiser<double>);

constexpr std::size_t many = 100'000;

template <class Real>
std::vector<Real> drawn(const initialiser auto& from, std::size_t n, std::uint64_t seed) {
  std::vector<Real> values(n);
  from.fill(values, seed);
  return values;
}

/// Mean of f(value).
template <class Function> double mean_of(const std::vector<double>& values, Function f) {
  double sum = 0;
  for (double value : values) sum += f(value);
  return sum / static_cast<double>(values.size());
}

void check_near(double found, double expected, double standard_deviation_of_one) {
  BOOST_TEST(std::abs(found - expected) < 5 * standard_deviation_of_one / std::sqrt(double(many)),
             found << " is far from " << expected);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_bits_of_a_seed_are_the_same_everywhere) {
  BOOST_TEST(
      drawn<double>(normal{}, 4, 7) == (std::vector<double>{0x1.ed3357f1f1d5dp-1, -0x1.a808d1028b911p+0,
                                                            -0x1.d88355aa02dd2p-4, -0x1.db866d0563babp-2}),
      boost::test_tools::per_element());
  BOOST_TEST(
      drawn<double>(uniform{}, 4, 7) == (std::vector<double>{0x1.823eca63d6cdbp-1, 0x1.e60acea8f4698p-1,
                                                             0x1.e0edcc1206968p-4, 0x1.c8a8d809b3ffp-1}),
      boost::test_tools::per_element());
  BOOST_TEST(permutation(8, 7) == (std::vector<std::uint32_t>{2, 1, 3, 5, 4, 0, 7, 6}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_uniform_draws_are_those_of_the_standard_generator) {
  std::mt19937_64 bits(3);
  for (double value : drawn<double>(uniform{}, 100, 3)) BOOST_TEST(value == std::ldexp(double(bits()), -64));
}

BOOST_AUTO_TEST_CASE(the_same_seed_repeats_and_another_does_not) {
  BOOST_TEST((drawn<double>(normal{}, 10, 1) == drawn<double>(normal{}, 10, 1)));
  BOOST_TEST((drawn<double>(normal{}, 10, 1) != drawn<double>(normal{}, 10, 2)));
  BOOST_TEST((permutation(10, 1) == permutation(10, 1)));
  BOOST_TEST((permutation(10, 1) != permutation(10, 2)));
}

BOOST_AUTO_TEST_CASE(floats_are_the_doubles_of_the_same_seed_rounded) {
  const auto doubles = drawn<double>(normal(0, 0.01), 100, 5);
  const auto floats = drawn<float>(normal(0, 0.01), 100, 5);
  for (std::size_t i = 0; i < doubles.size(); ++i) BOOST_TEST(floats[i] == static_cast<float>(doubles[i]));
}

BOOST_AUTO_TEST_CASE(normal_draws_have_the_moments_of_the_normal_distribution) {
  const auto values = drawn<double>(normal(3, 2), many, 11);
  const auto standardised = [](double value) { return (value - 3) / 2; };
  check_near(mean_of(values, standardised), 0, 1);
  check_near(mean_of(values, [&](double v) { return std::pow(standardised(v), 2); }), 1, std::sqrt(2.));
  check_near(mean_of(values, [&](double v) { return std::pow(standardised(v), 3); }), 0, std::sqrt(15.));
  check_near(mean_of(values, [&](double v) { return std::pow(standardised(v), 4); }), 3, std::sqrt(96.));
}

BOOST_AUTO_TEST_CASE(uniform_draws_fill_their_interval_evenly) {
  const auto values = drawn<double>(uniform(-1, 3), many, 12);
  BOOST_TEST(*std::ranges::min_element(values) >= -1);
  BOOST_TEST(*std::ranges::max_element(values) < 3);
  check_near(mean_of(values, [](double v) { return v; }), 1, 4 / std::sqrt(12.));
  check_near(mean_of(values, [](double v) { return v < 0 ? 1. : 0.; }), 0.25, std::sqrt(3. / 16));
}

BOOST_AUTO_TEST_CASE(constant_initialisers_fill_every_element) {
  BOOST_TEST(drawn<float>(zeros, 3, 0) == std::vector<float>(3, 0), boost::test_tools::per_element());
  BOOST_TEST(drawn<double>(ones, 3, 0) == std::vector<double>(3, 1), boost::test_tools::per_element());
  BOOST_TEST(drawn<double>(filled_with(0.1), 3, 0) == std::vector<double>(3, 0.1),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_permutation_holds_every_number_once) {
  std::vector<std::uint32_t> numbers = permutation(60000, 1);
  std::ranges::sort(numbers);
  std::vector<std::uint32_t> expected(60000);
  std::iota(expected.begin(), expected.end(), 0u);
  BOOST_TEST((numbers == expected));
  BOOST_TEST(permutation(0, 1).empty());
  BOOST_TEST(permutation(1, 1) == std::vector<std::uint32_t>{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_orders_are_equally_likely) {
  std::map<std::vector<std::uint32_t>, double> times;
  constexpr int seeds = 24'000;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) ++times[permutation(4, seed)];
  BOOST_TEST(times.size() == 24u);
  double chi_squared = 0;
  for (const auto& [order, count] : times) chi_squared += std::pow(count - seeds / 24., 2) / (seeds / 24.);
  BOOST_TEST(chi_squared < 23 + 5 * std::sqrt(2 * 23.));  // mean and variance of chi squared, 23 degrees
}

BOOST_AUTO_TEST_CASE(a_permutation_too_long_for_its_numbers_is_refused) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  BOOST_TEST(message_of<data_error>([] { return permutation(most + 1, 1); }) ==
             "permutation: expected at most 4294967295 numbers, found 4294967296");
}
