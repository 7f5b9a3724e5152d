// SPDX-License-Identifier: BSL-1.0
// Values and gradients that were derived by hand, as plain loops over doubles: what the formulas are compared
// with. Functions and sizes are those of the published comparison that README.md names.
#pragma once

#include <span>
#include <vector>

namespace bench::closed_form {

/// log(sum(exp(x))); `gradient` is its gradient by x.
double logsumexp(std::span<const double> x, std::span<double> gradient);

/// The logarithm of a normal density at many points, without its constant; `gradient` is by the points.
double normal_log_density(std::span<const double> x, double mean, double deviation,
                          std::span<double> gradient);

/// The values alone.
double logsumexp(std::span<const double> x);
double normal_log_density(std::span<const double> x, double mean, double deviation);
double sum_of_product(std::span<const double> left, std::span<const double> right);

/// The sum over all elements of a product of square matrices, row-major, with the gradients by both. Nobody
/// needs the product for it: it is the sum of column sums of the one times row sums of the other.
double sum_of_product(std::span<const double> left, std::span<const double> right, std::span<double> by_left,
                      std::span<double> by_right);

/// A linear regression whose weights, bias and deviation have priors: the log of the posterior, without
/// constants of the normal densities.
struct regression_parameters {
  std::vector<double> weights;
  double bias;
  double deviation;
};

/// `inputs` is [rows][weights], row-major. Returns the value; writes its gradient.
double regression(std::span<const double> inputs, std::span<const double> targets,
                  const regression_parameters& at, regression_parameters& gradient);
double regression(std::span<const double> inputs, std::span<const double> targets,
                  const regression_parameters& at);

/// Stochastic volatility: the log-variances of returns are an autoregression of order one. The log of the
/// posterior, without constants of the normal and Cauchy densities.
/// Source: Stan User's Guide, "Stochastic volatility models", in the parameters of its fast form.
struct volatility_parameters {
  double persistence;  // phi
  double deviation;    // sigma, of the shocks
  double mean;         // mu, of the log-variances
  std::vector<double> shocks;
};

/// Returns the value; writes its gradient.
double stochastic_volatility(std::span<const double> returns, const volatility_parameters& at,
                             volatility_parameters& gradient);
double stochastic_volatility(std::span<const double> returns, const volatility_parameters& at);

}  // namespace bench::closed_form
