// SPDX-License-Identifier: BSL-1.0
// Functions as a statistician writes them, value and gradient, beside loops that were derived by hand.
// Everything in double, on one thread; nothing is timed before both agree.
#include "bench.hpp"
#include "closed_form.hpp"

#include "fusegrad/fusegrad.hpp"

#include <tbb/task_arena.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace fusegrad;
namespace closed_form = bench::closed_form;

constexpr double tolerance = 1e-11;  // sums of up to 65,522 terms, in another order

std::vector<double> numbers(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> between(-1, 1);
  std::vector<double> result(count);
  for (double& each : result) each = between(random);
  return result;
}

void require_equal(const std::string& what, std::span<const double> found, std::span<const double> expected) {
  for (std::size_t i = 0; i < expected.size(); ++i)
    bench::require_equal(what + ", gradient", found[i], expected[i], tolerance);
}

/// What outlives the function that enters a benchmark.
template <class Value> std::shared_ptr<Value> keep(Value value) {
  return std::make_shared<Value>(std::move(value));
}

template <int Size> void add_logsumexp() {
  constexpr auto x = param<"x", Size>;
  constexpr auto loss = log(sum(exp(x)));

  const auto points = keep(numbers(Size, 1));
  const auto gradient = keep(std::vector<double>(Size));
  const auto model = keep(initialise<loss, double>(0));
  (*model)[x] = *points;
  const auto by_hand = [=] { return closed_form::logsumexp(*points, *gradient); };
  const auto by_formula = [=] { return value_and_grad(loss, *model); };

  const std::string name = "logsumexp of " + std::to_string(Size);
  const double expected = by_hand();
  const auto [value, found] = by_formula();
  bench::require_equal(name, value, expected, tolerance);
  require_equal(name, found[x].values(), *gradient);
  bench::add_run(name, "by hand", {}, by_hand);
  bench::add_run(name, "by hand, value only", {}, [=] { return closed_form::logsumexp(*points); });
  bench::add_run(name, "fusegrad", {}, by_formula);
}

template <int Size> void add_normal_log_density() {
  constexpr auto x = param<"x", Size>;
  constexpr auto mean = scalar<"mean">;
  constexpr auto deviation = scalar<"deviation">;
  constexpr auto density =
      -0.5_c * (sum(square(x - mean)) / square(deviation)) - constant<Size> * log(deviation);

  constexpr double at_mean = -0.56, at_deviation = 1.37;
  const auto points = keep(numbers(Size, 2));
  const auto gradient = keep(std::vector<double>(Size));
  const auto model = keep(initialise<density, double>(0));
  (*model)[x] = *points;
  const auto by_hand = [=] {
    return closed_form::normal_log_density(*points, at_mean, at_deviation, *gradient);
  };
  const auto by_formula = [=] {
    return value_and_grad(density, *model, mean = at_mean, deviation = at_deviation);
  };

  const std::string name = "normal log-density of " + std::to_string(Size);
  const double expected = by_hand();
  const auto [value, found] = by_formula();
  bench::require_equal(name, value, expected, tolerance);
  require_equal(name, found[x].values(), *gradient);
  bench::add_run(name, "by hand", {}, by_hand);
  bench::add_run(name, "by hand, value only", {},
                 [=] { return closed_form::normal_log_density(*points, at_mean, at_deviation); });
  bench::add_run(name, "fusegrad", {}, by_formula);
}

template <int Size> void add_sum_of_product() {
  constexpr auto A = param<"A", Size, Size>;
  constexpr auto B = param<"B", Size, Size>;
  constexpr auto total = sum(A * B);

  const auto left = keep(numbers(Size * Size, 3)), right = keep(numbers(Size * Size, 4));
  const auto by_left = keep(*left), by_right = keep(*right);
  const auto model = keep(initialise<total, double>(0));
  (*model)[A] = *left;
  (*model)[B] = *right;
  const auto by_hand = [=] { return closed_form::sum_of_product(*left, *right, *by_left, *by_right); };
  const auto by_formula = [=] { return value_and_grad(total, *model); };

  const std::string name = "sum of a product of " + std::to_string(Size) + " x " + std::to_string(Size);
  const double expected = by_hand();
  const auto [value, found] = by_formula();
  bench::require_equal(name, value, expected, tolerance);
  require_equal(name, found[A].values(), *by_left);
  require_equal(name, found[B].values(), *by_right);
  bench::add_run(name, "by hand", {}, by_hand);
  bench::add_run(name, "by hand, value by the product", {},
                 [=] { return closed_form::sum_of_product(*left, *right); });
  bench::add_run(name, "fusegrad", {}, by_formula);
}

/// The log-density of a normal distribution around 0, without its constant.
constexpr auto normal(formula auto value, formula auto deviation) {
  return -0.5_c * square(value / deviation) - log(deviation);
}

template <int Width> void add_regression() {
  constexpr auto x = input<"x", Width>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", Width>;
  constexpr auto b = param<"b">;
  constexpr auto deviation = param<"deviation">;
  constexpr auto log_of_range = log(constant<10 - 0.1>);  // of the uniform prior of the deviation
  constexpr auto posterior = sum_over_rows(normal(y - (dot(w, x) + b), deviation)) - 0.5_c * sum(square(w)) -
                             0.5_c * square(b) - log_of_range;

  constexpr std::size_t rows = 1000;
  const auto inputs = keep(numbers(rows * Width, 5)), targets = keep(numbers(rows, 6));
  const auto data = keep(dataset(x = std::span(*inputs), y = std::span(*targets)));
  const auto model = keep(initialise<posterior, double>(0));
  const auto at = keep(closed_form::regression_parameters{numbers(Width, 7), 0.3, 0.7});
  const auto gradient = keep(*at);
  (*model)[w] = at->weights;
  (*model)[b] = at->bias;
  (*model)[deviation] = at->deviation;
  const auto by_hand = [=] { return closed_form::regression(*inputs, *targets, *at, *gradient); };
  const auto by_formula = [=] { return value_and_grad(posterior, *model, *data); };

  const std::string name = "Bayesian regression, 1000 x " + std::to_string(Width);
  const double expected = by_hand();
  const auto [value, found] = by_formula();
  bench::require_equal(name, value, expected, tolerance);
  require_equal(name, found[w].values(), gradient->weights);
  bench::require_equal(name + ", gradient by b", found[b], gradient->bias, tolerance);
  bench::require_equal(name + ", gradient by deviation", found[deviation], gradient->deviation, tolerance);
  bench::add_run(name, "by hand", {}, by_hand);
  bench::add_run(name, "by hand, value only", {},
                 [=] { return closed_form::regression(*inputs, *targets, *at); });
  bench::add_run(name, "fusegrad", {}, by_formula);
}

template <int Size> void add_stochastic_volatility() {
  constexpr auto y = param<"y", Size>;
  static constexpr auto persistence = param<"persistence">;
  constexpr auto deviation = param<"deviation">;
  constexpr auto mean = param<"mean">;
  constexpr auto shocks = param<"shocks", Size>;
  constexpr auto scaled = deviation * shocks;
  constexpr auto first = at<0>(scaled) / sqrt(constant<1> - square(persistence));
  constexpr auto others =
      scan([](auto path, auto shock) { return persistence * path + shock; }, first, slice<0, 1>(scaled));
  constexpr auto log_variances = concat<0>(reshape<1>(first), others) + mean;
  constexpr auto posterior =
      -sum(log_variances + square(stop_gradient(y)) * exp(-log_variances) + square(shocks)) / constant<2> -
      log1p(square(deviation / constant<5>)) - log1p(square(mean / constant<10>));

  const auto returns = keep(numbers(Size, 8));
  const auto model = keep(initialise<posterior, double>(0));
  const auto at = keep(closed_form::volatility_parameters{0.95, 0.25, -1.02, numbers(Size, 9)});
  const auto gradient = keep(*at);
  (*model)[y] = *returns;
  (*model)[persistence] = at->persistence;
  (*model)[deviation] = at->deviation;
  (*model)[mean] = at->mean;
  (*model)[shocks] = at->shocks;
  const auto by_hand = [=] { return closed_form::stochastic_volatility(*returns, *at, *gradient); };
  const auto by_formula = [=] { return value_and_grad(posterior, *model); };

  const std::string name = "stochastic volatility, " + std::to_string(Size) + " returns";
  const double expected = by_hand();
  const auto [value, found] = by_formula();
  bench::require_equal(name, value, expected, tolerance);
  require_equal(name, found[shocks].values(), gradient->shocks);
  bench::require_equal(name + ", by persistence", found[persistence], gradient->persistence, tolerance);
  bench::require_equal(name + ", by deviation", found[deviation], gradient->deviation, tolerance);
  bench::require_equal(name + ", by mean", found[mean], gradient->mean, tolerance);
  bench::add_run(name, "by hand", {}, by_hand);
  bench::add_run(name, "by hand, value only", {},
                 [=] { return closed_form::stochastic_volatility(*returns, *at); });
  bench::add_run(name, "fusegrad", {}, by_formula);
}

}  // namespace

int main(int argc, char** argv) {
  add_logsumexp<64>();
  add_logsumexp<1024>();
  add_logsumexp<16384>();
  add_normal_log_density<64>();
  add_normal_log_density<1024>();
  add_normal_log_density<16384>();
  add_sum_of_product<16>();
  add_sum_of_product<181>();
  add_regression<10>();
  add_regression<150>();
  add_stochastic_volatility<500>();
  int result = EXIT_SUCCESS;
  tbb::task_arena(1).execute([&] {
    result = bench::run(argc, argv, "Value and gradient against closed forms, double, one thread");
  });
  return result;
}
