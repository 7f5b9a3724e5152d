// SPDX-License-Identifier: BSL-1.0
// A loss of one's own: the likelihood of errors with heavy tails, which forgives wrong labels. Ten lines make
// it; its gradient comes from the compiler, and is compared with differences.
#include <cmath>
#include <iostream>

#include "fusegrad/fusegrad.hpp"
#include "plots.hpp"

using namespace fusegrad;

/// Minus the log-likelihood of an error from Student's t distribution with three degrees of freedom, whose
/// scale is exp(log_scale); without its constant. Source: Lange, Little, Taylor 1989.
constexpr auto student_t_loss(formula auto prediction, formula auto target, formula auto log_scale) {
  const auto error = (prediction - target) / exp(log_scale);
  return 2_c * log1p(square(error) / 3_c) + log_scale;
}

int main() {
  constexpr auto x = input<"x", 2>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", 2>;
  constexpr auto b = param<"b">;
  constexpr auto log_scale = param<"log_scale">;
  constexpr auto prediction = dot(w, x) + b;
  constexpr auto loss = student_t_loss(prediction, y, log_scale);

  // y = 2 x[0] - 3.4 x[1] + 4.2, noise 0.5, and every tenth label is wrong by 30.
  auto [features, labels, width] = synthetic_data({2, -3.4}, 4.2, 1000, 1, 0.5);
  for (std::size_t row = 0; row < labels.size(); row += 10) labels[row] += 30;
  const auto data = dataset(x = features, y = labels);
  draw_scatter("own_loss_data.png", {"x[1]", "y"}, column_of(features, width, 1), labels);

  // The gradient against central differences, in double.
  auto probe = initialise<loss, double>(42, w = normal(), b = normal());
  const auto slope = value_and_grad(loss, probe, data).gradient;
  constexpr double step = 1e-5;
  const auto loss_at = [&](double weight) {
    probe[w](1) = weight;
    return evaluate(loss, probe, data);
  };
  const double weight = probe[w](1);
  const double difference = (loss_at(weight + step) - loss_at(weight - step)) / (2 * step);
  std::cout << "slope by w[1]: " << slope[w](1) << ", by differences: " << difference << "\n\n";

  // Training it is like training any other.
  const sgd descent{.learning_rate = 0.03};
  const fit_options options{.epochs = 10, .batch_size = 10, .log = nullptr};
  const auto robust = fit(loss, data, descent, options);
  const auto squared = fit(squared_error(prediction, y), data, descent, options);
  std::cout << "Student's t:\n" << robust << "scale = " << std::exp(robust[log_scale]) << "\n\n";
  std::cout << "squares:\n" << squared;
  return std::abs(slope[w](1) - difference) < 1e-8 && std::abs(robust[b] - 4.2) < 0.1 ? 0 : 1;
}

/* Prints, after the name of its picture:

slope by w[1]: 0.200398, by differences: 0.200398

Student's t:
w = [1.95979, -3.42169]
b = 4.16123
log_scale = -0.47829
scale = 0.619842

squares:
w = [1.41373, -3.61412]
b = 7.49547
*/
