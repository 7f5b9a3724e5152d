// SPDX-License-Identifier: BSL-1.0
// Lanes do what plain numbers do: loads, stores, shuffles, reductions and functions, for every element type.
#define BOOST_TEST_MODULE simd
#define BOOST_TEST_DYN_LINK
#include "fusegrad/kernel/simd.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "fusegrad/kernel/transpose.hpp"

namespace {

using namespace fusegrad;

template <class Real, class Arch> void lanes_to(Real* to, const lanes<Real, Arch>& value) {
  simd::store(to, value);
}

/// A load of exactly `Count` elements from a block of that size, so that a sanitizer sees any read beyond it.
template <class Arch, class Real, class Element, std::size_t Count> void check_load() {
  constexpr std::size_t count = lane_count<Real, Arch>;
  const auto elements = std::make_unique<Element[]>(Count);
  for (std::size_t i = 0; i < Count; ++i) elements[i] = static_cast<Element>(250 - 13 * static_cast<int>(i));
  Real found[count];
  lanes_to<Real, Arch>(found, simd::load<Arch, Real, Count>(elements.get()));
  for (std::size_t i = 0; i < count; ++i)
    BOOST_TEST(found[i] == (i < Count ? static_cast<Real>(elements[i]) : Real(0)),
               "lane " << i << " of " << Count);
}

template <class Arch, class Real, std::size_t Count> void check_store() {
  constexpr std::size_t count = lane_count<Real, Arch>;
  Real values[count];
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<Real>(i + 1);
  const auto to = std::make_unique<Real[]>(Count);
  simd::store<Count>(to.get(), simd::load<Arch, Real>(values));
  for (std::size_t i = 0; i < Count; ++i) BOOST_TEST(to[i] == values[i]);
}

template <class Arch, class Real, std::size_t... Index> void check_memory(std::index_sequence<Index...>) {
  (check_load<Arch, Real, std::uint8_t, Index + 1>(), ...);
  (check_load<Arch, Real, std::int32_t, Index + 1>(), ...);
  (check_load<Arch, Real, float, Index + 1>(), ...);
  (check_load<Arch, Real, double, Index + 1>(), ...);
  (check_store<Arch, Real, Index + 1>(), ...);
}

template <class Arch, class Real> void check_squares() {
  constexpr std::size_t count = lane_count<Real, Arch>;
  Real numbers[count][count];
  Real result[count];
  lanes<Real, Arch> square[count];
  lanes<Real, Arch> sums[count];
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) numbers[i][j] = static_cast<Real>(i * count + j);
    square[i] = sums[i] = simd::load<Arch, Real>(numbers[i]);
  }
  transpose_square<Real, Arch>(square);
  for (std::size_t i = 0; i < count; ++i) {
    simd::store(result, square[i]);
    for (std::size_t j = 0; j < count; ++j) BOOST_TEST(result[j] == numbers[j][i]);
  }
  simd::store(result, sum_into_lanes<1, count, Real, Arch>(sums));
  for (std::size_t i = 0; i < count; ++i) {
    Real sum = 0;
    for (const Real number : numbers[i]) sum += number;
    BOOST_TEST(result[i] == sum);
    BOOST_TEST(simd::sum_of_lanes(simd::load<Arch, Real>(numbers[i])) == sum);
    BOOST_TEST(simd::max_of_lanes(simd::load<Arch, Real>(numbers[i])) == numbers[i][count - 1]);
    BOOST_TEST(simd::min_of_lanes(simd::load<Arch, Real>(numbers[i])) == numbers[i][0]);
  }
}

/// Many sums at once have the bits of each by itself.
template <class Arch, class Real> void check_sums_of_lanes() {
  constexpr std::size_t count = lane_count<Real, Arch>;
  Real numbers[count][count], result[count];
  lanes<Real, Arch> registers[count];
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < count; ++k) numbers[i][k] = Real(1) / Real(3 + 7 * i + 5 * k * k);
    registers[i] = simd::load<Arch, Real>(numbers[i]);
  }
  simd::store(result, sums_of_lanes<Real, Arch>(registers));
  for (std::size_t i = 0; i < count; ++i)
    BOOST_TEST(result[i] == simd::sum_of_lanes(simd::load<Arch, Real>(numbers[i])));
}

template <class Arch, class Real> void check_arithmetic() {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const auto all = [](Real value) { return simd::broadcast<Arch>(value); };
  const auto first = [](const lanes<Real, Arch>& value) {
    Real numbers[lane_count<Real, Arch>];
    simd::store(numbers, value);
    return numbers[0];
  };
  BOOST_TEST(first(simd::fma(all(2), all(3), all(4))) == 10);
  BOOST_TEST(first(simd::max(all(2), all(3))) == 3);
  BOOST_TEST(first(simd::min(all(2), all(3))) == 2);
  BOOST_TEST(first(simd::max(all(nan), all(3))) == 3);
  BOOST_TEST(std::isnan(first(simd::max(all(3), all(nan)))));
  BOOST_TEST(first(simd::select(all(1) < all(2), all(5), all(6))) == 5);
  BOOST_TEST(first(simd::select(all(2) < all(1), all(5), all(6))) == 6);
  auto pinned = all(7);
  simd::pin(pinned);
  BOOST_TEST(first(pinned) == 7);
  alignas(64) Real numbers[lane_count<Real, Arch>];
  simd::store_aligned(numbers, all(8));
  BOOST_TEST(first(simd::load_aligned<Arch>(numbers)) == 8);
}

/// Largest error of `found` in units of the last place of `expected`.
template <class Real> double ulps(Real found, double expected) {
  const Real rounded = static_cast<Real>(expected);
  const double unit =
      static_cast<double>(std::nextafter(std::abs(rounded), std::numeric_limits<Real>::max())) -
      static_cast<double>(std::abs(rounded));
  return std::abs(static_cast<double>(found) - expected) / unit;
}

template <class Arch, class Real, class Function, class Reference>
void check_function(const char* name, Function function, Reference expected, double from, double to,
                    double allowed) {
  double worst = 0;
  double at = 0;
  for (int i = 0; i <= 4000; ++i) {
    const Real x = static_cast<Real>(from + (to - from) * i / 4000);
    Real numbers[lane_count<Real, Arch>];
    simd::store(numbers, function(simd::broadcast<Arch>(x)));
    const double error = ulps(numbers[0], static_cast<double>(expected(static_cast<long double>(x))));
    if (!(error <= worst)) worst = error, at = static_cast<double>(x);
  }
  BOOST_TEST(worst <= allowed, name << " is wrong by " << worst << " ulp at " << at);
}

template <class Arch, class Real> void check_functions() {
  using number = long double;
  const auto check = [](const char* name, auto function, auto expected, double from, double to,
                        double allowed = 4) {
    check_function<Arch, Real>(name, function, expected, from, to, allowed);
  };
  check(
      "exp", [](auto x) { return simd::exp(x); }, [](number x) { return std::exp(x); }, -80, 80);
  check(
      "expm1", [](auto x) { return simd::expm1(x); }, [](number x) { return std::expm1(x); }, -20, 20);
  check(
      "expm1", [](auto x) { return simd::expm1(x); }, [](number x) { return std::expm1(x); }, -1e-3, 1e-3);
  check(
      "log", [](auto x) { return simd::log(x); }, [](number x) { return std::log(x); }, 1e-6, 1e6);
  check(
      "log", [](auto x) { return simd::log(x); }, [](number x) { return std::log(x); }, 0.5, 2);
  check(
      "log1p", [](auto x) { return simd::log1p(x); }, [](number x) { return std::log1p(x); }, -0.9, 20);
  check(
      "log1p", [](auto x) { return simd::log1p(x); }, [](number x) { return std::log1p(x); }, -1e-3, 1e-3);
  check(
      "tanh", [](auto x) { return simd::tanh(x); }, [](number x) { return std::tanh(x); }, -10, 10);
  check(
      "tanh", [](auto x) { return simd::tanh(x); }, [](number x) { return std::tanh(x); }, -1e-3, 1e-3);
  check(
      "sqrt", [](auto x) { return simd::sqrt(x); }, [](number x) { return std::sqrt(x); }, 0, 1e6, 1);
  check(
      "abs", [](auto x) { return simd::abs(x); }, [](number x) { return std::abs(x); }, -5, 5, 0);
  check(
      "sin", [](auto x) { return simd::sin(x); }, [](number x) { return std::sin(x); }, -3, 3);
  check(
      "cos", [](auto x) { return simd::cos(x); }, [](number x) { return std::cos(x); }, -1.5, 1.5);
}

template <class Arch, class Real> void check_all() {
  check_memory<Arch, Real>(std::make_index_sequence<lane_count<Real, Arch>>{});
  check_squares<Arch, Real>();
  check_sums_of_lanes<Arch, Real>();
  check_arithmetic<Arch, Real>();
  check_functions<Arch, Real>();
}

static_assert(std::same_as<lanes<float, scalar_arch>, float> && lane_count<double, scalar_arch> == 1);
static_assert(std::same_as<lane_mask<float, scalar_arch>, bool>);

}  // namespace

BOOST_AUTO_TEST_CASE(floats_in_the_native_instruction_set) { check_all<native_arch, float>(); }

BOOST_AUTO_TEST_CASE(doubles_in_the_native_instruction_set) { check_all<native_arch, double>(); }

BOOST_AUTO_TEST_CASE(one_number_per_register) {
  check_all<scalar_arch, float>();
  check_all<scalar_arch, double>();
}
