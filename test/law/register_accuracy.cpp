// SPDX-License-Identifier: BSL-1.0
// The value of elementwise operations in registers of floats and of doubles against a reference in long
// double, over their whole domain: what kernels compute, where numbers have the C library.
#define BOOST_TEST_MODULE register_accuracy
#include "fusegrad/kernel/elementary.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

#include "fusegrad/op/words.hpp"
#include "law/references.hpp"

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct range {
  double low = -infinity;
  double high = infinity;
};

/// Arguments of every magnitude, dense where formulas change and near whole numbers; whole registers.
template <class Real> std::vector<Real> arguments(range of) {
  std::mt19937_64 random(1);
  std::vector<Real> result;
  const auto add = [&](double value) {
    if (Real(value) >= of.low && Real(value) <= of.high) result.push_back(Real(value));
  };
  const auto between = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  constexpr double last = std::numeric_limits<Real>::max_exponent - 1;
  for (int i = 0; i < 20000; ++i) {
    const double any = std::exp2(between(-last - 10, last));
    const double near = std::exp2(between(-50, -1));
    for (double sign : {-1.0, 1.0})
      for (double value : {any, near, 1 - near, 1 + near, 2 - near, 2 + near, 1.4616321449683622 - near / 8})
        add(sign * value);
    for (double size : {1.0, 4.0, 12.0, 45.0, 800.0}) add(between(-size, size));
  }
  for (double value : {0.0, -0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 8.0, 1e4, 9e5})
    add(value), add(-value);
  add(infinity);
  add(-infinity);
  while (result.size() % (64 / sizeof(Real)) != 0) result.push_back(result.back());
  return result;
}

template <class Real> struct worst_error {
  double ulps = 0;
  Real a = 0, b = 0, found = 0;
  long double expected = 0;

  void meet(Real x, Real y, Real value, long double reference, bool absolute) {
    // Registers may give 0 for what is less than the least normal number.
    if (value == 0 && std::fabs(reference) < std::numeric_limits<Real>::min()) return;
    const long double scaled = absolute ? std::max(1.0L, std::fabs(reference)) : reference;
    // An absolute error is measured in ulp of 1 where the reference is less.
    const double error = absolute && std::isfinite(reference)
                             ? error_in_ulps(Real(scaled + (value - reference)), scaled)
                             : error_in_ulps(value, reference);
    if (error > ulps || std::isnan(error)) *this = {error, x, y, value, reference};
  }
};

template <class Real> constexpr std::string_view name_of = sizeof(Real) == 4 ? "float" : "double";

template <class Real> void check(std::string_view name, const worst_error<Real>& worst, double bound) {
  BOOST_TEST_MESSAGE(name << " " << name_of<Real> << " " << worst.ulps << " of " << bound);
  BOOST_TEST(worst.ulps <= bound, name << " of " << name_of<Real> << " errs by " << worst.ulps << " ulp at "
                                       << worst.a << ", " << worst.b << ": " << worst.found << " instead of "
                                       << double(worst.expected));
}

enum class error { relative, absolute };

/// A function of one number in registers of one type.
template <class Real, class Function, class Reference>
void measure(std::string_view name, Function function, Reference reference, range of, double bound,
             error kind = error::relative) {
  constexpr std::size_t count = lane_count<Real>;
  worst_error<Real> worst;
  const std::vector<Real> all = arguments<Real>(of);
  alignas(64) Real found[count];
  for (std::size_t i = 0; i < all.size(); i += count) {
    simd::store(found, function(simd::load<native_arch, Real>(&all[i])));
    for (std::size_t k = 0; k < count; ++k)
      worst.meet(all[i + k], 0, found[k], reference((long double)(all[i + k])), kind == error::absolute);
  }
  check(name, worst, bound);
}

template <class Real, class Function, class Reference>
void measure_two(std::string_view name, Function function, Reference reference, range first, range second,
                 double bound, error kind = error::relative) {
  constexpr std::size_t count = lane_count<Real>;
  worst_error<Real> worst;
  const std::vector<Real> left = arguments<Real>(first), right = arguments<Real>(second);
  std::mt19937_64 random(2);
  alignas(64) Real a[count], b[count], found[count];
  for (std::size_t i = 0; i < 400000; i += count) {
    for (std::size_t k = 0; k < count; ++k) {
      a[k] = left[random() % left.size()];
      b[k] = i % 3 == 0 ? Real(a[k] * Real(0.75)) : right[random() % right.size()];
      if (b[k] < second.low || b[k] > second.high) b[k] = right[k];
    }
    simd::store(found, function(simd::load<native_arch, Real>(a), simd::load<native_arch, Real>(b)));
    for (std::size_t k = 0; k < count; ++k)
      worst.meet(a[k], b[k], found[k], reference((long double)(a[k]), (long double)(b[k])),
                 kind == error::absolute);
  }
  check(name, worst, bound);
}

template <class Op> constexpr auto value_of = [](auto... operands) { return Op::value(operands...); };

/// An operation in registers of both types, each with its bound in ulp.
template <class Op, class Reference>
void check_both(Reference reference, range of, double float_bound, double double_bound,
                error kind = error::relative) {
  measure<float>(Op::name, value_of<Op>, reference, of, float_bound, kind);
  measure<double>(Op::name, value_of<Op>, reference, of, double_bound, kind);
}
template <class Op, class Reference>
void check_both_of_two(Reference reference, range first, range second, double float_bound,
                       double double_bound, error kind = error::relative) {
  measure_two<float>(Op::name, value_of<Op>, reference, first, second, float_bound, kind);
  measure_two<double>(Op::name, value_of<Op>, reference, first, second, double_bound, kind);
}

constexpr auto trigamma = [](auto x) {
  attributes first_order;
  first_order.number = 1;
  return polygamma_op::value(first_order, x);
};

}  // namespace

// Each bound is what was measured, rounded up.

BOOST_AUTO_TEST_CASE(angles_and_lengths_are_accurate) {
  check_both<sin_op>([](long double a) { return std::sin(a); }, {}, 1.7, 2.4);
  check_both<cos_op>([](long double a) { return std::cos(a); }, {}, 1.7, 2.4);
  check_both<tan_op>([](long double a) { return std::tan(a); }, {}, 2.8, 3.2);
  check_both<asin_op>([](long double a) { return std::asin(a); }, {}, 2.4, 1.3);
  check_both<acos_op>([](long double a) { return std::acos(a); }, {}, 1.5, 1.4);
  check_both<atan_op>([](long double a) { return std::atan(a); }, {}, 2.5, 2.2);
  check_both<asinh_op>([](long double a) { return std::asinh(a); }, {}, 3.8, 1.9);
  check_both<acosh_op>([](long double a) { return std::acosh(a); }, {}, 2.2, 2.3);
  check_both<atanh_op>([](long double a) { return std::atanh(a); }, {}, 1.9, 1.7);
  check_both_of_two<hypot_op>([](long double a, long double b) { return std::hypot(a, b); }, {}, {}, 2, 2);
  check_both_of_two<atan2_op>([](long double a, long double b) { return std::atan2(a, b); }, {}, {}, 3, 3);
}

BOOST_AUTO_TEST_CASE(powers_and_logarithms_are_accurate) {
  const auto exp = [](long double a) { return std::exp(a); };
  measure<float>("exp", value_of<exp_op>, exp, {-infinity, 88.37},
                 1.5);  // beyond, xsimd is infinite too soon
  measure<double>("exp", value_of<exp_op>, exp, {}, 1.1);
  check_both<exp2_op>([](long double a) { return std::exp2(a); }, {}, 1.5, 1.5);
  check_both<log2_op>([](long double a) { return std::log2(a); }, {}, 2, 2);
  check_both<log10_op>([](long double a) { return std::log10(a); }, {}, 1.2, 1.2);
  check_both<cbrt_op>([](long double a) { return std::cbrt(a); }, {}, 1.8, 1.8);
  check_both<log1mexp_op>(log1mexp_reference, {-infinity, -2e-38}, 3, 3);
  check_both<logit_op>(logit_reference, {0, 1}, 4, 4);
  check_both_of_two<logaddexp_op>(logaddexp_reference, {}, {}, 2, 2, error::absolute);
  check_both_of_two<xlogy_op>([](long double a, long double b) { return a == 0 ? 0 : a * std::log(b); }, {},
                              {0, infinity}, 2, 2);
}

namespace {

/// exp of doubles in registers of one instruction set, also where it is subnormal and where it overflows.
template <class Arch> void check_exponentials_at_the_edges() {
  using limits = std::numeric_limits<double>;
  std::vector<double> all{0,         -0.0,          limits::denorm_min(), infinity,
                          -infinity, limits::max(), limits::lowest()};
  for (double edge : {-745.13321910194122, -708.39641853226408, 709.78271289338397})
    for (int i = -1000; i <= 1000; ++i) all.push_back(edge + i * 1.1368683772161603e-13);
  for (int i = 0; i < 20000; ++i) all.push_back(-700 - i * 0.0025);
  alignas(64) double found[lane_count<double, Arch>];
  const auto exp_of = [&](double a) {
    simd::store(found, elementary::exp(simd::broadcast<Arch>(a)));
    return found[0];
  };
  worst_error<double> worst;
  int vanished = 0;  // what is less than the least normal number may vanish in other functions, but not here
  for (double a : all)
    if (const double value = exp_of(a), expected = std::exp(a); value != expected) {
      vanished += value == 0 && expected > limits::denorm_min() ? 1 : 0;
      worst.meet(a, 0, value, std::exp((long double)(a)), false);
    }
  check("exp at its edges", worst, 1.1);
  BOOST_TEST(vanished == 0);
  BOOST_TEST(std::isnan(exp_of(limits::quiet_NaN())));
  BOOST_TEST(exp_of(-745.1332191019411) == limits::denorm_min());
  BOOST_TEST(exp_of(-745.1332191019412) == 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(exponentials_are_right_where_they_are_subnormal_and_where_they_overflow) {
#if defined(__SSE2__)
  check_exponentials_at_the_edges<xsimd::sse2>();
#endif
  if constexpr (lane_count < double >> 1) check_exponentials_at_the_edges<native_arch>();
}

BOOST_AUTO_TEST_CASE(powers_are_accurate_up_to_overflow) {
  const auto pow = [](long double a, long double b) { return std::pow(a, b); };
  measure_two<float>("pow", value_of<power_op>, pow, {1e-30, 1e30}, {-1.25, 1.25}, 2);
  measure_two<float>("pow", value_of<power_op>, pow, {0.5, 2}, {-125, 125}, 2);
  measure_two<float>("pow", value_of<power_op>, pow, {-8, -0.125}, {-41, 41}, 2);
  measure_two<double>("pow", value_of<power_op>, pow, {0, 1e307}, {-0.94, 0.94}, 2);
  measure_two<double>("pow", value_of<power_op>, pow, {0.5, 2}, {-1020, 1020}, 12);
  measure_two<double>("pow", value_of<power_op>, pow, {-8, -0.125}, {-340, 340}, 2);
}

BOOST_AUTO_TEST_CASE(powers_of_zeros_infinities_and_nan_are_those_of_the_c_library) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double all[] = {0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1e300, -1e300, infinity, -infinity, nan};
  for (double a : all)
    for (double b : all) {
      alignas(64) double found[lane_count<double>];
      simd::store(found, power_op::value(simd::broadcast<native_arch>(a), simd::broadcast<native_arch>(b)));
      const double expected = std::pow(a, b);
      const bool same = std::isnan(expected) ? std::isnan(found[0])
                                             : std::abs(found[0] - expected) <= 4e-16 * std::abs(expected) ||
                                                   found[0] == expected;
      BOOST_TEST((same && (std::isnan(expected) || std::signbit(found[0]) == std::signbit(expected))),
                 "pow(" << a << ", " << b << ") is " << found[0] << " instead of " << expected);
    }
}

BOOST_AUTO_TEST_CASE(whole_numbers_and_signs_are_exact) {
  check_both<floor_op>([](long double a) { return std::floor(a); }, {}, 0, 0);
  check_both<ceil_op>([](long double a) { return std::ceil(a); }, {}, 0, 0);
  check_both<round_op>([](long double a) { return std::nearbyint(a); }, {}, 0, 0);
  check_both<sign_op>([](long double a) { return (long double)((a > 0) - (a < 0)); }, {}, 0, 0);
  check_both_of_two<copysign_op>([](long double a, long double b) { return std::copysign(a, b); }, {}, {}, 0,
                                 0);
}

BOOST_AUTO_TEST_CASE(the_normal_distribution_is_accurate_far_into_its_tails) {
  check_both<erf_op>([](long double a) { return std::erf(a); }, {}, 3.2, 3.2);
  check_both<erfc_op>([](long double a) { return std::erfc(a); }, {}, 6, 6);
  check_both<erfcx_op>(erfcx_reference, {}, 5, 6);
  check_both<normal_cdf_op>(normal_cdf_reference, {}, 6, 6);
  check_both<log_erfc_slope_op>(log_erfc_slope_reference, {}, 7, 7);
  check_both<log_erfc_op>(log_erfc_reference, {}, 8, 8);
  check_both<log_normal_cdf_op>(log_normal_cdf_reference, {}, 8, 8);
  check_both<log_normal_cdf_slope_op>(log_normal_cdf_slope_reference, {}, 7, 7);
}

BOOST_AUTO_TEST_CASE(the_gamma_function_is_accurate) {
  const auto lgamma = [](long double a) { return std::lgamma(a); };
  check_both<lgamma_op>(lgamma, {-0.5, infinity}, 8, 8);
  check_both<lgamma_op>(lgamma, {-1000, 0}, 5, 5, error::absolute);
  check_both<digamma_op>(digamma_reference, {0, infinity}, 5, 5);
  check_both<digamma_op>(digamma_reference, {-30, -1e-10}, 10, 10, error::absolute);
  measure<float>("trigamma", trigamma, trigamma_reference, {0, infinity}, 6);
  measure<double>("trigamma", trigamma, trigamma_reference, {0, infinity}, 6);
  measure<float>("trigamma", trigamma, trigamma_reference, {-30, -1e-10}, 8);
  measure<double>("trigamma", trigamma, trigamma_reference, {-30, -1e-10}, 8);
}
