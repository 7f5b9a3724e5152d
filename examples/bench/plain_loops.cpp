// SPDX-License-Identifier: BSL-1.0
// Compiled with all that a compiler may do: see CMakeLists.txt.
#include "plain_loops.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace bench::plain {
namespace {

template <class Function> inline void for_each(values x, results to, Function function) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = function(x[i]);
}
template <class Function> inline void for_each(values x, values y, results to, Function function) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = function(x[i], y[i]);
}

}  // namespace

void add(values x, values y, results to) {
  for_each(x, y, to, [](float a, float b) { return a + b; });
}
void multiply(values x, values y, results to) {
  for_each(x, y, to, [](float a, float b) { return a * b; });
}
void divide(values x, values y, results to) {
  for_each(x, y, to, [](float a, float b) { return a / b; });
}
void square_root(values x, results to) {
  for_each(x, to, [](float a) { return std::sqrt(a); });
}
void absolute(values x, results to) {
  for_each(x, to, [](float a) { return std::fabs(a); });
}
void relu(values x, results to) {
  for_each(x, to, [](float a) { return a > 0 ? a : 0; });
}
void cube(values x, results to) {
  for_each(x, to, [](float a) { return a * a * a; });
}
void exp(values x, results to) {
  for_each(x, to, [](float a) { return std::exp(a); });
}
void log(values x, results to) {
  for_each(x, to, [](float a) { return std::log(a); });
}
void log1p(values x, results to) {
  for_each(x, to, [](float a) { return std::log1p(a); });
}
void expm1(values x, results to) {
  for_each(x, to, [](float a) { return std::expm1(a); });
}
void tanh(values x, results to) {
  for_each(x, to, [](float a) { return std::tanh(a); });
}
void logistic(values x, results to) {
  for_each(x, to, [](float a) { return 1 / (1 + std::exp(-a)); });
}
void softplus(values x, results to) {
  for_each(x, to, [](float a) { return std::max(a, 0.0F) + std::log1p(std::exp(-std::fabs(a))); });
}
void robust(values x, values y, results to) {
  for_each(x, y, to, [](float a, float b) { return std::log1p((a - b) * (a - b) / 3); });
}

}  // namespace bench::plain
