// SPDX-License-Identifier: BSL-1.0
// The value of every elementwise operation in double against a reference in long double, over its whole
// domain: from the smallest to the largest arguments, and around every point where a formula changes.
#define BOOST_TEST_MODULE accuracy
#include "law/catalogue.hpp"
#include "law/references.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

using namespace fusegrad;
using namespace fusegrad::law;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// An operation, its meaning written independently of fusegrad, where it is defined, and how many units in
/// the last place it may err.
struct accurate {
  const operation* row;
  double exponent;
  long double (*reference)(long double a, long double b);
  interval domain;
  double ulps;
};

// Basic arithmetic and the square root are rounded once: 0.5 ulp. exp, log and kin are those of the C library
// (below 1 ulp in glibc, tanh and log1p below 2); the sigmoid family makes two or three roundings on top.
// A power of n factors rounds n - 1 times, half an ulp each.
const std::vector<accurate> unary{
    {&row<negate_op>(), 0, [](long double a, long double) { return -a; }, {-infinity, infinity}, 0},
    {&row<square_op>(), 0, [](long double a, long double) { return a * a; }, {-infinity, infinity}, 0.5},
    {&row<sqrt_op>(), 0, [](long double a, long double) { return std::sqrt(a); }, {0, infinity}, 0.5},
    {&row<abs_op>(), 0, [](long double a, long double) { return std::fabs(a); }, {-infinity, infinity}, 0},
    {&row<relu_op>(),
     0,
     [](long double a, long double) { return std::fmax(a, 0.0L); },
     {-infinity, infinity},
     0},
    {&row<stop_gradient_op>(), 0, [](long double a, long double) { return a; }, {-infinity, infinity}, 0},
    {&row<copy_op>(), 0, [](long double a, long double) { return a; }, {-infinity, infinity}, 0},
    {&row<as_written_op>(), 0, [](long double a, long double) { return a; }, {-infinity, infinity}, 0},
    {&row<scratch_within_op>(), 0, [](long double a, long double) { return a; }, {-infinity, infinity}, 0},
    {&row<exp_op>(), 0, [](long double a, long double) { return std::exp(a); }, {-infinity, infinity}, 1},
    {&row<log_op>(), 0, [](long double a, long double) { return std::log(a); }, {0, infinity}, 1},
    {&row<log1p_op>(), 0, [](long double a, long double) { return std::log1p(a); }, {-1, infinity}, 2},
    {&row<expm1_op>(), 0, [](long double a, long double) { return std::expm1(a); }, {-infinity, infinity}, 2},
    {&row<sinh_op>(), 0, [](long double a, long double) { return std::sinh(a); }, {-infinity, infinity}, 2},
    {&row<cosh_op>(), 0, [](long double a, long double) { return std::cosh(a); }, {-infinity, infinity}, 2},
    {&row<coshm1_op>(),
     0,
     [](long double a, long double) { return 2 * std::sinh(a / 2) * std::sinh(a / 2); },
     {-0.75, 0.75},
     2},
    {&row<scaled_coshm1_op>(),
     0,
     [](long double a, long double) { return std::expm1(-2 * std::fabs(a)) / 2; },
     {-infinity, infinity},
     2},
    // Beyond 0.75 half a unit of a number just below the size becomes two of the difference.
    {&row<log_cosh_op>(),
     0,
     [](long double a, long double) { return log_cosh_reference(a); },
     {-infinity, infinity},
     4},
    {&row<log_cosh_slope_op>(),
     0,
     [](long double a, long double) { return std::tanh(a); },
     {-infinity, infinity},
     3},
    {&row<tanh_op>(), 0, [](long double a, long double) { return std::tanh(a); }, {-infinity, infinity}, 3},
    {&row<logistic_op>(),
     0,
     [](long double a, long double) { return logistic_reference(a); },
     {-infinity, infinity},
     4},
    {&row<softplus_op>(),
     0,
     [](long double a, long double) { return softplus_reference(a); },
     {-infinity, infinity},
     4},
    {&row<softsign_op>(),
     0,
     [](long double a, long double) { return a / (1 + std::fabs(a)); },
     {-1e308, 1e308},
     1.5},
    {&row<pow_op>(), 0, [](long double, long double) { return 1.0L; }, {-infinity, infinity}, 0},
    {&row<pow_op>(), 1, [](long double a, long double) { return a; }, {-infinity, infinity}, 0},
    {&row<pow_op>(), 2, [](long double a, long double) { return a * a; }, {-infinity, infinity}, 0.5},
    {&row<pow_op>(), 3, [](long double a, long double) { return a * a * a; }, {-1e100, 1e100}, 2},
    {&row<pow_op>(), 8, [](long double a, long double) { return std::pow(a, 8.0L); }, {-1e38, 1e38}, 4},
    {&row<pow_op>(), 11, [](long double a, long double) { return std::pow(a, 11.0L); }, {-1e27, 1e27}, 1},
    {&row<pow_op>(), 0.5, [](long double a, long double) { return std::sqrt(a); }, {0, infinity}, 0.5},
    {&row<pow_op>(), 2.5, [](long double a, long double) { return std::pow(a, 2.5L); }, {0, 1e120}, 2},
    {&row<pow_op>(),
     0.3,
     [](long double a, long double) { return std::pow(a, (long double)(0.3)); },
     {0, infinity},
     1},
    {&row<pow_op>(), -1, [](long double a, long double) { return 1 / a; }, {-infinity, infinity}, 0.5},
    {&row<pow_op>(), -0.5, [](long double a, long double) { return 1 / std::sqrt(a); }, {0, infinity}, 1.5},
    {&row<pow_op>(), -2, [](long double a, long double) { return 1 / (a * a); }, {-1e150, 1e150}, 1.5},
    // The C library: below 2.
    {&row<sin_op>(), 0, [](long double a, long double) { return std::sin(a); }, {-infinity, infinity}, 1},
    {&row<cos_op>(), 0, [](long double a, long double) { return std::cos(a); }, {-infinity, infinity}, 1},
    {&row<tan_op>(), 0, [](long double a, long double) { return std::tan(a); }, {-infinity, infinity}, 1},
    {&row<asin_op>(), 0, [](long double a, long double) { return std::asin(a); }, {-1, 1}, 1},
    {&row<acos_op>(), 0, [](long double a, long double) { return std::acos(a); }, {-1, 1}, 1},
    {&row<atan_op>(), 0, [](long double a, long double) { return std::atan(a); }, {-infinity, infinity}, 1},
    {&row<asinh_op>(), 0, [](long double a, long double) { return std::asinh(a); }, {-infinity, infinity}, 2},
    {&row<acosh_op>(), 0, [](long double a, long double) { return std::acosh(a); }, {1, infinity}, 2},
    {&row<atanh_op>(), 0, [](long double a, long double) { return std::atanh(a); }, {-1, 1}, 2},
    {&row<exp2_op>(), 0, [](long double a, long double) { return std::exp2(a); }, {-infinity, infinity}, 1},
    {&row<log2_op>(), 0, [](long double a, long double) { return std::log2(a); }, {0, infinity}, 2},
    {&row<log10_op>(), 0, [](long double a, long double) { return std::log10(a); }, {0, infinity}, 2},
    {&row<cbrt_op>(), 0, [](long double a, long double) { return std::cbrt(a); }, {-infinity, infinity}, 4},
    {&row<erf_op>(), 0, [](long double a, long double) { return std::erf(a); }, {-infinity, infinity}, 1},
    {&row<erfc_op>(), 0, [](long double a, long double) { return std::erfc(a); }, {-infinity, infinity}, 5},
    {&row<floor_op>(), 0, [](long double a, long double) { return std::floor(a); }, {-infinity, infinity}, 0},
    {&row<ceil_op>(), 0, [](long double a, long double) { return std::ceil(a); }, {-infinity, infinity}, 0},
    {&row<round_op>(),
     0,
     [](long double a, long double) { return std::nearbyint(a); },
     {-infinity, infinity},
     0},
    {&row<sign_op>(),
     0,
     [](long double a, long double) { return (long double)((a > 0) - (a < 0)); },
     {-infinity, infinity},
     0},
    // Polynomials, as in registers.
    {&row<erfcx_op>(),
     0,
     [](long double a, long double) { return erfcx_reference(a); },
     {-infinity, infinity},
     7},
    {&row<normal_cdf_op>(),
     0,
     [](long double a, long double) { return normal_cdf_reference(a); },
     {-infinity, infinity},
     7},
    {&row<log_erfc_slope_op>(),
     0,
     [](long double a, long double) { return log_erfc_slope_reference(a); },
     {-infinity, infinity},
     7},
    {&row<log_erfc_op>(),
     0,
     [](long double a, long double) { return log_erfc_reference(a); },
     {-infinity, infinity},
     8},
    {&row<log_normal_cdf_op>(),
     0,
     [](long double a, long double) { return log_normal_cdf_reference(a); },
     {-infinity, infinity},
     8},
    {&row<log_normal_cdf_slope_op>(),
     0,
     [](long double a, long double) { return log_normal_cdf_slope_reference(a); },
     {-infinity, infinity},
     8},
    {&row<log1mexp_op>(),
     0,
     [](long double a, long double) { return log1mexp_reference(a); },
     {-infinity, 0},
     3},
    {&row<logit_op>(), 0, [](long double a, long double) { return logit_reference(a); }, {0, 1}, 4},
    {&row<digamma_op>(),
     0,
     [](long double a, long double) { return digamma_reference(a); },
     {0, infinity},
     6},
    {&row<lgamma_op>(), 0, [](long double a, long double) { return std::lgamma(a); }, {-0.5, infinity}, 8},
    {&row<polygamma_op>(),
     1,
     [](long double a, long double) { return trigamma_reference(a); },
     {-30, infinity},
     9},
};

const std::vector<accurate> binary{
    {&row<add_op>(), 0, [](long double a, long double b) { return a + b; }, {-infinity, infinity}, 0.5},
    {&row<subtract_op>(), 0, [](long double a, long double b) { return a - b; }, {-infinity, infinity}, 0.5},
    {&row<multiply_op>(), 0, [](long double a, long double b) { return a * b; }, {-infinity, infinity}, 0.5},
    {&row<divide_op>(), 0, [](long double a, long double b) { return a / b; }, {-infinity, infinity}, 0.5},
    {&row<shift_op>(), 0, [](long double a, long double b) { return a - b; }, {-infinity, infinity}, 0.5},
    {&row<max_op>(),
     0,
     [](long double a, long double b) { return std::fmax(a, b); },
     {-infinity, infinity},
     0},
    {&row<min_op>(),
     0,
     [](long double a, long double b) { return std::fmin(a, b); },
     {-infinity, infinity},
     0},
    {&row<dropout_op>(),
     0.375,
     [](long double a, long double b) { return b < 0.375L ? 0 : a / 0.625L; },
     {-infinity, infinity},
     1},
    {&row<when_training_op>(), 0, [](long double a, long double) { return a; }, {-infinity, infinity}, 0},
    {&row<hypot_op>(),
     0,
     [](long double a, long double b) { return std::hypot(a, b); },
     {-infinity, infinity},
     1},
    {&row<atan2_op>(),
     0,
     [](long double a, long double b) { return std::atan2(a, b); },
     {-infinity, infinity},
     1},
    {&row<copysign_op>(),
     0,
     [](long double a, long double b) { return std::copysign(a, b); },
     {-infinity, infinity},
     0},
    {&row<power_op>(), 0, [](long double a, long double b) { return std::pow(a, b); }, {0, infinity}, 1},
    {&row<xlogy_op>(),
     0,
     [](long double a, long double b) { return a == 0 ? 0 : a * std::log(b); },
     {0, infinity},
     2},
};

/// Arguments of every magnitude and sign, dense near 0 and 1, where cancellation would show.
std::vector<double> arguments() {
  std::vector<double> result{0,  1,  -1,  1000, -1000, 1e4,  -1e4, 0.5, 2,
                             36, 37, 709, 710,  -708,  -709, -745, -746};
  random_engine random(2);
  for (double magnitude = 1e-310; magnitude < 1e307; magnitude *= 3)
    for (double sign : {-1.0, 1.0})
      result.push_back(sign * magnitude * boost::random::uniform_real_distribution<>(1, 3)(random));
  for (int i = 0; i < 3000; ++i) {
    const double each = boost::random::uniform_real_distribution<>(-40, 40)(random);
    result.push_back(each);
    result.push_back(each / 16);
    result.push_back(std::exp2(each));
    result.push_back(1 - std::exp2(-std::abs(each)));
    result.push_back(-1 + std::exp2(-std::abs(each)));
    result.push_back(each * 20);
  }
  return result;
}

double value_of(const operation& row, double exponent, double a, double b) {
  node of;
  of.payload.number = exponent;
  const tensor_view<const double> operands[2] = {{{}, &a}, {{}, &b}};
  double result = 0;
  row.evaluate(of, operands, {{}, &result});
  return result;
}

/// The reference is itself rounded, to 2048 steps per unit of a double.
constexpr double slack = 1e-3;

void check(const accurate& each, double a, double b) {
  const long double reference = each.reference(a, b);
  if (std::isnan(reference)) return;
  const double found = value_of(*each.row, each.exponent, a, b);
  BOOST_TEST(error_in_ulps(found, reference) <= each.ulps + slack,
             each.row->name << " " << each.exponent << " at " << a << ", " << b << ": " << found
                            << " errs by " << error_in_ulps(found, reference) << " ulp from "
                            << double(reference));
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_elementwise_operation_with_a_real_value_is_measured) {
  for (const entry& each : catalogue()) {
    if (each.row->family != operation_family::elementwise || each.row == &row<where_op>()) continue;
    // These have tests of their own.
    if (each.row == &row<logaddexp_op>() || each.row == &row<fma_op>()) continue;
    if (each.row == &row<gaussian_noise_op>()) continue;
    const auto is_row = [&](const accurate& of) { return of.row == each.row; };
    const bool compares = each.op.rfind("logical", 0) == 0 || each.op.rfind("less", 0) == 0 ||
                          each.op.find("equal") != std::string::npos;
    BOOST_TEST((compares || std::any_of(unary.begin(), unary.end(), is_row) ||
                std::any_of(binary.begin(), binary.end(), is_row)),
               each.op);
  }
}

BOOST_AUTO_TEST_CASE(functions_of_one_number_are_accurate_on_their_whole_domain) {
  const std::vector<double> all = arguments();
  for (const accurate& each : unary)
    for (double a : all)
      if (a >= each.domain.low && a <= each.domain.high) check(each, a, 0);
}

BOOST_AUTO_TEST_CASE(functions_of_two_numbers_are_accurate_on_their_whole_domain) {
  const std::vector<double> all = arguments();
  for (const accurate& each : binary)
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      const double b = all[(i * 7919) % all.size()];
      if (std::min(all[i], b) >= each.domain.low) check(each, all[i], b);
    }
}

// Where the sum of the powers is 1 its logarithm is a difference: there is no more than an ulp of the
// operands.
BOOST_AUTO_TEST_CASE(the_logarithm_of_two_powers_is_accurate_to_an_ulp_of_the_greater) {
  const std::vector<double> all = arguments();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double a = all[i], b = all[(i * 7919) % all.size()];
    const double found = value_of(row<logaddexp_op>(), 0, a, b);
    const double scale = std::max({1.0, std::abs(a), std::abs(b)});
    BOOST_TEST(std::fabs(found - logaddexp_reference(a, b)) <= 3e-16L * scale, a << ", " << b);
  }
}

BOOST_AUTO_TEST_CASE(a_product_and_a_sum_are_rounded_once) {
  const double a = 1 + 0x1p-30, c = -1 - 0x1p-29;
  const tensor_view<const double> operands[3] = {{{}, &a}, {{}, &a}, {{}, &c}};
  double result = 0;
  row<fma_op>().evaluate(node{}, operands, {{}, &result});
  BOOST_TEST(result == 0x1p-60);
}

BOOST_AUTO_TEST_CASE(the_sigmoid_family_has_the_right_limits) {
  BOOST_TEST(value_of(row<logistic_op>(), 0, -1000, 0) == 0);
  BOOST_TEST(value_of(row<logistic_op>(), 0, -700, 0) == std::exp(-700.0));
  BOOST_TEST(value_of(row<logistic_op>(), 0, 1000, 0) == 1);
  BOOST_TEST(value_of(row<logistic_op>(), 0, 0, 0) == 0.5);
  BOOST_TEST(value_of(row<logistic_op>(), 0, -infinity, 0) == 0);
  BOOST_TEST(value_of(row<logistic_op>(), 0, infinity, 0) == 1);
  BOOST_TEST(value_of(row<softplus_op>(), 0, -1000, 0) == 0);
  BOOST_TEST(value_of(row<softplus_op>(), 0, 1000, 0) == 1000);
  BOOST_TEST(value_of(row<softplus_op>(), 0, -700, 0) == std::exp(-700.0));
  BOOST_TEST(value_of(row<softplus_op>(), 0, -infinity, 0) == 0);
  BOOST_TEST(value_of(row<softplus_op>(), 0, infinity, 0) == infinity);
  BOOST_TEST(value_of(row<log_cosh_op>(), 0, infinity, 0) == infinity);
  BOOST_TEST(value_of(row<log_cosh_op>(), 0, -infinity, 0) == infinity);
  BOOST_TEST(value_of(row<tanh_op>(), 0, 1000, 0) == 1);
  BOOST_TEST(value_of(row<tanh_op>(), 0, -1000, 0) == -1);
}

BOOST_AUTO_TEST_CASE(no_elementwise_operation_swallows_a_nan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const accurate& each : unary)
    if (each.exponent != 0 || each.row != &row<pow_op>())
      BOOST_TEST(std::isnan(value_of(*each.row, each.exponent, nan, 0)),
                 each.row->name << " " << each.exponent);
  BOOST_TEST(value_of(row<pow_op>(), 0, nan, 0) == 1);
}
