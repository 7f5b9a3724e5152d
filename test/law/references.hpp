// SPDX-License-Identifier: BSL-1.0
// What elementwise operations mean, in long double and written independently of fusegrad, and the distance of
// a value from it in units in the last place.
#pragma once

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fusegrad::law {

/// The distance in units in the last place of the reference; what is less than the least normal number has
/// its unit.
template <class Real> double error_in_ulps(Real found, long double reference) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Real rounded = Real(reference);
  if (std::isnan(rounded)) return std::isnan(found) ? 0 : infinity;
  if (std::isinf(rounded) && found == rounded) return 0;
  if (std::isinf(rounded) || !std::isfinite(found)) return infinity;
  const Real size = std::max(std::fabs(rounded), std::numeric_limits<Real>::min());
  const Real unit = std::nextafter(size, Real(infinity)) - size;
  return double(std::fabs((long double)(found)-reference) / (long double)(unit));
}

/// exp(factor * x^2) with what is lost in the square added to the exponent.
inline long double exp_of_square(long double x, long double factor) {
  if (std::fabs(x) > 1000) return factor > 0 ? std::numeric_limits<long double>::infinity() : 0;
  const long double square = x * x;
  return std::exp(factor * square) * (1 + factor * std::fma(x, x, -square));
}

inline long double erfcx_reference(long double x) {
  if (std::isinf(x) && x > 0) return 0;
  if (x < 25) return exp_of_square(x, 1) * std::erfc(x);
  long double sum = 1, term = 1;
  for (int k = 1; k < 30; ++k) sum += term *= -(2 * k - 1) / (2 * x * x);
  return sum * std::numbers::inv_sqrtpi_v<long double> / x;
}

/// The root of a half has a tail of its own: what a rounded argument lacks is made up by the slope.
inline long double normal_cdf_reference(long double x) {
  if (std::fabs(x) > 1000) return x > 0;
  constexpr long double root = 0.707106781186547524400844362104849039L;
  constexpr long double tail = 1.89503255889325708e-20L;  // sqrt(1/2) minus the above
  const long double y = -x * root;
  const long double lacking = std::fma(-x, root, -y) - x * tail;
  return std::erfc(y) / 2 - std::numbers::inv_sqrtpi_v<long double> * std::exp(-y * y) * lacking;
}

inline long double log_normal_cdf_reference(long double x) {
  return x < -1 ? std::log(erfcx_reference(-x / std::numbers::sqrt2_v<long double>) / 2) - x * x / 2
                : std::log1p(-normal_cdf_reference(-x));
}

inline long double log_normal_cdf_slope_reference(long double x) {
  constexpr long double factor = std::numbers::sqrt2_v<long double> * std::numbers::inv_sqrtpi_v<long double>;
  return x < 0 ? factor / erfcx_reference(-x / std::numbers::sqrt2_v<long double>)
               : factor / 2 * exp_of_square(x, -0.5L) / normal_cdf_reference(x);
}

inline long double log_erfc_reference(long double x) {
  return x < 0.5L ? std::log1p(-std::erf(x)) : std::log(erfcx_reference(x)) - x * x;
}

inline long double log_erfc_slope_reference(long double x) {
  return -2 * std::numbers::inv_sqrtpi_v<long double> *
         (x < 0 ? exp_of_square(x, -1) / std::erfc(x) : 1 / erfcx_reference(x));
}

inline long double log1mexp_reference(long double x) {
  return x > -0.5L ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x));
}

inline long double logaddexp_reference(long double a, long double b) {
  if (a == b) return a + std::numbers::ln2_v<long double>;
  return std::fmax(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
}

inline long double softplus_reference(long double x) {
  return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x)));
}

inline long double logistic_reference(long double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

/// By two forms that agree to rounding where they meet.
inline long double log_cosh_reference(long double x) {
  const long double size = std::fabs(x), half = std::sinh(std::fmin(size, 1.0L) / 2);
  return size < 1 ? std::log1p(2 * half * half)
                  : size + std::log1p(std::exp(-2 * size)) - std::numbers::ln2_v<long double>;
}

inline long double logit_reference(long double p) {
  return p > 0.25L && p < 0.75L ? std::log1p((2 * p - 1) / (1 - p)) : std::log(p / (1 - p));
}

inline long double digamma_reference(long double x) {
  if (x < 0 && x == std::floor(x)) return std::numeric_limits<long double>::quiet_NaN();
  if (std::fabs(x) < 1e-30L) return -1 / x - std::numbers::egamma_v<long double>;
  return std::isinf(x) ? x : boost::math::digamma(x);
}

inline long double trigamma_reference(long double x) {
  if (x < 0 && x == std::floor(x)) return std::numeric_limits<long double>::quiet_NaN();
  if (std::fabs(x) < 1e-30L)
    return 1 / (x * x) + std::numbers::pi_v<long double> * std::numbers::pi_v<long double> / 6;
  if (x > 1e5L) return 1 / x + 1 / (2 * x * x) + 1 / (6 * x * x * x);
  return boost::math::trigamma(x);
}

}  // namespace fusegrad::law
