// SPDX-License-Identifier: BSL-1.0
// Ceres' dual numbers: the loss of a batch as a template, called with numbers that carry their derivatives by
// the three parameters. One pass, in forward mode.

#include "../peer.hpp"
#include "../problems.hpp"

#include <ceres/jet.h>

#include <cstddef>
#include <cstdint>

namespace compare {
namespace {

using dual = ceres::Jet<float, linear_regression::features + 1>;

template <class Number>
Number batch_loss(const linear_regression& problem, const std::uint32_t* rows, const Number* weights,
                  const Number& bias) {
  Number sum(0);
  for (std::size_t i = 0; i < problem.batch; ++i) {
    const float* x = &problem.inputs[2 * std::size_t(rows[i])];
    const Number residual = x[0] * weights[0] + x[1] * weights[1] + bias - problem.targets[rows[i]];
    sum += residual * residual;
  }
  return sum / float(2 * problem.batch);
}

double train(const linear_regression& problem, linear_regression::parameters& parameters) {
  auto [weights, bias] = parameters;
  double loss = 0;
  for (std::size_t first = 0; first < problem.order.size(); first += problem.batch) {
    if (first % problem.rows() == 0) loss = 0;
    const dual dual_weights[] = {{weights[0], 0}, {weights[1], 1}};
    const dual batch = batch_loss(problem, &problem.order[first], dual_weights, dual(bias, 2));
    weights[0] -= problem.learning_rate * batch.v[0];
    weights[1] -= problem.learning_rate * batch.v[1];
    bias -= problem.learning_rate * batch.v[2];
    loss += double(batch.a);
  }
  parameters = {weights, bias};
  return loss * double(problem.batch) / double(problem.rows());
}

const entry<linear_regression> linear{"Ceres Jet", 1, unprepared<linear_regression>(train)};

}  // namespace
}  // namespace compare
