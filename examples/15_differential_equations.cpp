// SPDX-License-Identifier: BSL-1.0
// Two differential equations solved by fitting a network to them: the loss is made of derivatives of the
// network by its inputs. Initial and boundary values hold by the form of the solution.
// Source: Lagaris, Likas, Fotiadis 1998, "Artificial neural networks for solving ordinary and partial
//         differential equations".
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numbers>
#include <vector>

#include "fusegrad/fusegrad.hpp"

using namespace fusegrad;

constexpr auto t = input<"t">;  // time
constexpr auto x = input<"x">;  // place, from 0 to 1

constexpr auto V = param<"V", 24>;
constexpr auto U = param<"U", 24>;
constexpr auto b = param<"b", 24>;
constexpr auto a = param<"a", 24>;

/// u'' = -u with u(0) = 1 and u'(0) = 0; the solution is cos(t).
namespace oscillator {
constexpr auto network = dot(a, tanh(V* t + b));
constexpr auto u = constant<1> + square(t) * network;
constexpr auto loss = square(grad(grad(u, t), t) + u);
}  // namespace oscillator

/// du/dt = k d2u/dx2, u = sin(pi x) at t = 0 and 0 at both ends: exp(-k pi^2 t) sin(pi x).
namespace heat {
constexpr double conductivity = 0.1;
constexpr auto start = sin(constant<std::numbers::pi> * x);
constexpr auto network = dot(a, tanh(V* t + U * x + b));
constexpr auto u = start + t * x * (constant<1> - x) * network;
constexpr auto loss = square(grad(u, t) - constant<conductivity> * grad(grad(u, x), x));
}  // namespace heat

/// So many numbers from 0 to `most`, in a random order.
std::vector<double> drawn(std::size_t count, double most, std::uint64_t seed) {
  std::vector<double> numbers(count);
  uniform(0, most).fill(numbers, seed);
  return numbers;
}

template <class Loss, class Model, class Data> void solve(Loss loss, Model& model, const Data& points) {
  const auto every = [&](double rate, std::size_t epochs) {
    fit(loss, model, points, adam{.learning_rate = rate},
        {.epochs = epochs, .batch_size = 50, .seed = 15, .log = nullptr});
  };
  every(0.01, 400);
  every(0.001, 400);
}

int main() {
  auto swing =
      initialise<oscillator::loss, double>(1, V = normal(0, 1), b = normal(0, 1), a = normal(0, 0.1));
  solve(oscillator::loss, swing, dataset(t = drawn(400, 4, 1)));
  std::printf("   t     u(t)     cos(t)\n");
  for (const double time : {0.0, 1.0, 2.0, 3.0, 4.0})
    std::printf("%4.1f %9.5f %9.5f\n", time, predict(oscillator::u, swing, t = {time})[0], std::cos(time));

  auto rod = initialise<heat::loss, double>(1, V = normal(0, 1), U = normal(0, 2), b = normal(0, 1),
                                            a = normal(0, 0.1));
  solve(heat::loss, rod, dataset(t = drawn(400, 1, 2), x = drawn(400, 1, 3)));
  std::printf("\n   t    x   u(t, x)   exact\n");
  constexpr double pi = std::numbers::pi;
  for (const double time : {0.5, 1.0})
    for (const double place : {0.25, 0.5})
      std::printf("%4.1f %5.2f %9.5f %9.5f\n", time, place, predict(heat::u, rod, t = {time}, x = {place})[0],
                  std::exp(-heat::conductivity * pi * pi * time) * std::sin(pi * place));
}
