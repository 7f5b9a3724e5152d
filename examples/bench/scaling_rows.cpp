// SPDX-License-Identifier: BSL-1.0
// The number of rows, from a thousand to a hundred million: a linear regression with four features, its loss
// and its gradient. The largest counts run where memory allows.
#include "scaling.hpp"

#include <unistd.h>

#include <span>

namespace {

using namespace fusegrad;

constexpr int width = 4;
constexpr double bytes_per_row = sizeof(float) * (width + 1);

/// The rows that take at most half of the memory that is free.
std::size_t most_rows() {
  const double free = double(sysconf(_SC_AVPHYS_PAGES)) * double(sysconf(_SC_PAGESIZE));
  return std::size_t(free / 2 / bytes_per_row);
}

void add_rows(std::span<const float> inputs, std::span<const float> targets, std::size_t rows) {
  constexpr auto x = input<"x", width>;
  constexpr auto y = target<"y">;
  constexpr auto w = param<"w", width>;
  constexpr auto b = param<"b">;
  constexpr auto loss = squared_error(dot(w, x) + b, y);

  auto data = dataset(x = inputs.first(rows * width), y = targets.first(rows));
  auto model = initialise<loss>(1, w = normal(0, 1));
  bench::add_step(std::to_string(rows) + " rows",
                  {.elements = double(rows), .bytes = bytes_per_row * double(rows)}, loss,
                  std::make_shared<decltype(model)>(model), std::make_shared<decltype(data)>(data));
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::size_t counts[] = {1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  std::size_t largest = counts[0];
  for (const std::size_t each : counts)
    if (each <= most_rows()) largest = each;
  const std::vector<float> inputs = bench::scattered(largest * width), targets = bench::scattered(largest);
  for (const std::size_t each : counts)
    if (each <= largest) add_rows(inputs, targets, each);
  return bench::run(argc, argv,
                    "Rows of a linear regression with 4 features, value and gradient; an element is a row");
}
