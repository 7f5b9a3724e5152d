// SPDX-License-Identifier: BSL-1.0
// Example 19: the loss and its gradient by plain loops, forwards and back through time, as the textbooks
// write them. Source: Werbos 1990, "Backpropagation through time: what it does and how to do it".
#define BOOST_TEST_MODULE example_19_recurrent_net
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

namespace {

constexpr int length = 12, hidden = 5;
constexpr std::size_t rows = 21, n = hidden;

constexpr auto x = input<"x", length>;
constexpr auto y = target<"y">;
constexpr auto W = param<"W", hidden, hidden>;
constexpr auto u = param<"u", hidden>;
constexpr auto b = param<"b", hidden>;
constexpr auto v = param<"v", hidden>;
constexpr auto c = param<"c">;

constexpr auto nothing = broadcast_to<hidden>(0_c);
constexpr auto memory = fold([](auto h, auto number) { return tanh(W * h + u * number + b); }, nothing, x);
constexpr auto loss = squared_error(dot(v, memory) + c, y);

/// Mean loss and gradients, by hand.
struct by_hand {
  double value = 0;
  std::vector<double> W = std::vector<double>(n * n), u = std::vector<double>(n), b = u, v = u;
  double c = 0;

  template <class Model>
  by_hand(const Model& model, const std::vector<double>& numbers, const std::vector<double>& after) {
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<std::vector<double>> h{std::vector<double>(n, 0.0)};
      for (std::size_t t = 0; t < length; ++t) {
        std::vector<double> next(n);
        for (std::size_t i = 0; i < n; ++i) {
          double sum = model[::u](i) * numbers[row * length + t] + model[::b](i);
          for (std::size_t k = 0; k < n; ++k) sum += model[::W](i, k) * h.back()[k];
          next[i] = std::tanh(sum);
        }
        h.push_back(next);
      }
      double off = model[::c]() - after[row];
      for (std::size_t i = 0; i < n; ++i) off += model[::v](i) * h.back()[i];
      value += off * off / 2 / rows;
      back(model, h, off / rows, &numbers[row * length]);
    }
  }

 private:
  template <class Model>
  void back(const Model& model, const std::vector<std::vector<double>>& h, double off,
            const double* numbers) {
    c += off;
    std::vector<double> adjoint(n);
    for (std::size_t i = 0; i < n; ++i) {
      v[i] += off * h.back()[i];
      adjoint[i] = off * model[::v](i);
    }
    for (std::size_t t = length; t-- > 0;) {
      std::vector<double> before(n);
      for (std::size_t i = 0; i < n; ++i) {
        const double slope = adjoint[i] * (1 - h[t + 1][i] * h[t + 1][i]);
        u[i] += slope * numbers[t];
        b[i] += slope;
        for (std::size_t k = 0; k < n; ++k) {
          W[i * n + k] += slope * h[t][k];
          before[k] += slope * model[::W](i, k);
        }
      }
      adjoint = before;
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(loss_and_gradient_equal_those_of_plain_loops) {
  std::vector<double> numbers, after;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t t = 0; t < length; ++t) numbers.push_back(std::sin(0.3 * double(t) + double(row)));
    after.push_back(std::cos(double(row)));
  }
  const auto data = dataset(x = numbers, y = after);
  auto model = initialise<loss, double>(3, W = normal(0, 0.4), u = normal(0, 0.5), b = normal(0, 0.1),
                                        v = normal(0, 0.5), c = normal(0, 1));
  const by_hand expected(model, numbers, after);
  const auto [value, gradient] = value_and_grad(loss, model, data);
  // Some hundred operations, each off by 1e-16 of numbers of about 1.
  constexpr double tolerance = 1e-13;
  BOOST_TEST(std::abs(double(value) - expected.value) < tolerance);
  for (std::size_t i = 0; i < n * n; ++i) BOOST_TEST(std::abs(gradient[W][i] - expected.W[i]) < tolerance);
  for (std::size_t i = 0; i < n; ++i) {
    BOOST_TEST(std::abs(gradient[u][i] - expected.u[i]) < tolerance);
    BOOST_TEST(std::abs(gradient[b][i] - expected.b[i]) < tolerance);
    BOOST_TEST(std::abs(gradient[v][i] - expected.v[i]) < tolerance);
  }
  BOOST_TEST(std::abs(gradient[c][0] - expected.c) < tolerance);
}
