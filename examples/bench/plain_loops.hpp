// SPDX-License-Identifier: BSL-1.0
// One plain loop for each function, results written to memory: what a compiler makes of it that may do
// anything.
#pragma once

#include <span>

namespace bench::plain {

using values = std::span<const float>;
using results = std::span<float>;

void add(values x, values y, results to);
void multiply(values x, values y, results to);
void divide(values x, values y, results to);
void square_root(values x, results to);
void absolute(values x, results to);
void relu(values x, results to);
void cube(values x, results to);
void exp(values x, results to);
void log(values x, results to);
void log1p(values x, results to);
void expm1(values x, results to);
void tanh(values x, results to);
void logistic(values x, results to);
void softplus(values x, results to);
void robust(values x, values y, results to);

}  // namespace bench::plain
