// SPDX-License-Identifier: BSL-1.0
// expm1 and log1p of registers of floats: the error in ulp, over every float there is.
#define BOOST_TEST_MODULE elementary
#include "fusegrad/kernel/elementary.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace fusegrad;

namespace {

constexpr std::size_t count = lane_count<float>;
constexpr std::size_t half = lane_count<double>;

/// The largest error met, and where.
struct worst_error {
  double ulps = 0;
  float at = 0;

  void meet(float x, float found, double expected) {
    // The distance to the next float; results below the least normal number have the smallest.
    constexpr std::uint64_t exponent_bits = std::uint64_t(0x7FF) << 52;
    const std::uint64_t exponent = std::bit_cast<std::uint64_t>(expected) & exponent_bits;
    const std::uint64_t least = std::bit_cast<std::uint64_t>(0x1p-126);
    const double unit =
        std::bit_cast<double>((exponent < least ? least : exponent) - (std::uint64_t(23) << 52));
    const double error = std::abs(double(found) - expected) / unit;
    if (error <= ulps) return;
    if (found == float(expected) || (std::isnan(found) && std::isnan(expected))) return;  // infinite, or none
    ulps = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
    at = x;
  }
};

#if defined(NDEBUG) && defined(__AVX512F__) && !defined(__clang__)
constexpr std::uint64_t step = count;  // every float
#elif defined(NDEBUG)
constexpr std::uint64_t step = 17 * count;  // the same formulas: a part of them shows what a compiler changes
#else
constexpr std::uint64_t step = 4096;  // without optimisation all of them would take an hour
#endif

constexpr std::uint64_t negative = std::uint64_t(1) << 31;  // the bits from which floats have a sign

/// A function of registers against one in double of good repute, at the floats whose bits are less than `end`.
template <class Function, class Reference>
worst_error over_every_float(Function function, Reference reference,
                             std::uint64_t end = std::uint64_t(1) << 32) {
  worst_error worst;
  alignas(64) float x[count], found[count];
  alignas(64) double wide[count];
  for (std::uint64_t bits = 0; bits < end; bits += step) {
    for (std::size_t i = 0; i < count; ++i) x[i] = std::bit_cast<float>(std::uint32_t(bits + i));
    simd::store(found, function(simd::load<native_arch, float>(x)));
    for (std::size_t i = 0; i < count; i += half)
      simd::store(wide + i, reference(simd::load<native_arch, double>(x + i)));
    for (std::size_t i = 0; i < count; ++i) worst.meet(x[i], found[i], wide[i]);
  }
  return worst;
}

constexpr auto expm1_of_floats = [](auto x) { return math::expm1(x); };
constexpr auto log1p_of_floats = [](auto x) { return math::log1p(x); };
constexpr auto expm1_of_doubles = [](auto x) { return simd::expm1(x); };
constexpr auto log1p_of_doubles = [](auto x) { return simd::log1p(x); };

// xsimd converts doubles to integers one by one, also those that are too large: sanitizers, which run without
// NDEBUG, compare with the C library instead.
#ifdef NDEBUG
constexpr auto expm1_to_compare = expm1_of_doubles;
constexpr auto log1p_to_compare = log1p_of_doubles;
#else
template <class Function> auto lane_by_lane(lanes<double> x, Function function) {
  alignas(64) double values[half];
  simd::store(values, x);
  for (double& each : values) each = function(each);
  return simd::load<native_arch, double>(values);
}
constexpr auto expm1_to_compare = [](auto x) {
  return lane_by_lane(x, [](double a) { return std::expm1(a); });
};
constexpr auto log1p_to_compare = [](auto x) {
  return lane_by_lane(x, [](double a) { return std::log1p(a); });
};
#endif

}  // namespace

// What is off by an ulp of double shifts an error by 2e-9 ulp of float.
BOOST_AUTO_TEST_CASE(the_references_are_those_of_the_c_library_to_an_ulp_of_double) {
  const auto close = [](double found, double expected) {
    return found == expected || std::abs(found - expected) <= 4e-16 * std::abs(expected);
  };
  for (float x = 1e-30F; x < 80; x *= 1.001F)
    for (double a : {double(x), -double(x)}) {
      alignas(64) double found[half];
      simd::store(found, expm1_of_doubles(simd::broadcast<native_arch>(a)));
      BOOST_TEST(close(found[0], std::expm1(a)), "expm1 of " << a);
      if (a <= -1) continue;
      simd::store(found, log1p_of_doubles(simd::broadcast<native_arch>(a)));
      BOOST_TEST(close(found[0], std::log1p(a)), "log1p of " << a);
    }
}

BOOST_AUTO_TEST_CASE(expm1_errs_by_less_than_its_bound_at_every_float) {
  const worst_error worst = over_every_float(expm1_of_floats, expm1_to_compare);
  BOOST_TEST(worst.ulps < 1.5, worst.ulps << " ulp at " << worst.at);
}

BOOST_AUTO_TEST_CASE(scaled_coshm1_errs_by_less_than_its_bound_at_every_positive_float) {
  const worst_error worst = over_every_float(
      [](auto x) { return math::scaled_coshm1(x); },
      [](auto x) { return decltype(x)(0.5) * expm1_to_compare(decltype(x)(-2) * x); }, negative);
  BOOST_TEST(worst.ulps < 1.5, worst.ulps << " ulp at " << worst.at);
}

BOOST_AUTO_TEST_CASE(log1p_errs_by_less_than_its_bound_at_every_float) {
  const worst_error worst = over_every_float(log1p_of_floats, log1p_to_compare);
  BOOST_TEST(worst.ulps < 1.3, worst.ulps << " ulp at " << worst.at);
}
