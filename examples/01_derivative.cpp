// SPDX-License-Identifier: BSL-1.0
// A formula of one number and its derivatives: printed as formulas, evaluated on a std::vector of numbers.
// The C++ compiler has derived them; the last column is what a loop finds by differences.
#include <cmath>
#include <cstdio>
#include <vector>

#include "fusegrad/fusegrad.hpp"
#include "fusegrad/run/print_formula.hpp"

using namespace fusegrad;

/// The derivative of log(1 + exp(x)) as schools teach it: the slope between two neighbours, in a plain loop.
std::vector<double> slope_by_differences(const std::vector<double>& numbers) {
  const auto f = [](double x) { return std::log(1 + std::exp(x)); };
  constexpr double step = 1e-5;
  std::vector<double> slopes;
  for (const double x : numbers) slopes.push_back((f(x + step) - f(x - step)) / (2 * step));
  return slopes;
}

int main() {
  constexpr auto x = input<"x">;
  constexpr auto f = log(1_c + exp(x));
  constexpr auto slope = grad(f, x);
  constexpr auto curvature = grad(slope, x);

  const auto show = [](auto formula) {
    std::printf("%s\n    = %s\n", to_string(formula).c_str(), computed_form(formula).c_str());
  };
  show(f);
  show(slope);
  show(curvature);

  const std::vector<double> numbers = {-10, -2, -1, 0, 1, 2, 10, 1000};
  const auto values = evaluate(f, x = numbers);
  const auto slopes = evaluate(slope, x = numbers);
  const auto curvatures = evaluate(curvature, x = numbers);
  const auto differences = slope_by_differences(numbers);

  std::printf("\n     x           f       slope   curvature  by differences\n");
  double largest_gap = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::printf("%6g %11.6g %11.6g %11.6g %15.6g\n", numbers[i], double(values[i]), double(slopes[i]),
                double(curvatures[i]), differences[i]);
    if (std::isfinite(differences[i]))
      largest_gap = std::max(largest_gap, std::abs(double(slopes[i]) - differences[i]));
  }
  std::printf("\nlargest gap between slope and differences: %.0e\n", largest_gap);
  return largest_gap < 1e-6 ? 0 : 1;
}

/* Prints (at 1000 the loop's exp overflows; the formula is computed in stable form):

log(1 + exp(x))
    = softplus(x)
grad(log(1 + exp(x)), x)
    = logistic(x)
grad(grad(log(1 + exp(x)), x), x)
    = logistic(x) * logistic(-x)

     x           f       slope   curvature  by differences
   -10 4.53989e-05 4.53979e-05 4.53958e-05     4.53979e-05
    -2    0.126928    0.119203    0.104994        0.119203
    -1    0.313262    0.268941    0.196612        0.268941
     0    0.693147         0.5        0.25             0.5
     1     1.31326    0.731059    0.196612        0.731059
     2     2.12693    0.880797    0.104994        0.880797
    10          10    0.999955 4.53958e-05        0.999955
  1000        1000           1           0            -nan

largest gap between slope and differences: 5e-08
*/
