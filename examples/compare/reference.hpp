// SPDX-License-Identifier: BSL-1.0
// The truth the peers are checked against: the textbook's loops in double, one row after the other.
// In: problem and initial parameters. Out: the loss and the parameters in float; slow, never timed.
#pragma once

#include "problems.hpp"

namespace compare {

double reference_run(const linear_regression& problem, linear_regression::parameters& parameters);
double reference_run(const softmax_regression<std::uint8_t>& problem,
                     softmax_regression<std::uint8_t>::parameters& parameters);
double reference_run(const softmax_regression<float>& problem,
                     softmax_regression<float>::parameters& parameters);
double reference_run(const perceptron& problem, perceptron::parameters& parameters);
double reference_run(const wide_regression& problem, wide_regression::parameters& parameters);
double reference_run(const robust_pairs& problem, robust_pairs::parameters& parameters);

}  // namespace compare
